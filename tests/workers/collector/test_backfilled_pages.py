"""What fills a gap is captured once and shown once, whatever the stream had of it already."""

from collections.abc import Iterable

import pytest

from streams.deletion import DeletedSubject
from streams.filter import Filter
from streams.plan import Plan
from streams.post import Author, Post
from streams.stream import Stream, Wanted
from workers.captures.segments.timestamps import iso
from workers.collector.backfilled_pages import BackfilledPage, BackfilledPages
from workers.collector.budgets import Budgets
from workers.collector.deletion_filter import DeletedIds, DeletionFilter
from workers.sources.gap_search import FoundPost
from workers.sources.source import Arrival


class Disk:
    """A capture of stream s, or none."""

    def __init__(self, *ids: str, is_open: bool = True) -> None:
        self.ids = list(ids)
        self.is_open = is_open

    def keep(self, arrival: Arrival, raw: bytes, received_at: int) -> None:
        if self.is_open:
            self.ids.append(arrival.post.id)

    def is_captured(self, stream_id: str) -> bool:
        return self.is_open

    def has(self, stream_id: str, post_id: str) -> bool:
        return post_id in self.ids


def page(*ids: str, captured: Iterable[str] = ()) -> BackfilledPage:
    posts = [FoundPost(Post(each, "rain"), b"{}") for each in ids]
    return BackfilledPage("s", posts, captured)


def pages(disk: Disk, *shown: str, budgets: Budgets | None = None) -> BackfilledPages:
    made = BackfilledPages((), budgets or Budgets(), disk)
    made.follow(["s"], lambda stream_id: shown)
    return made


@pytest.mark.parametrize(
    ("words", "disk", "shown", "in_files", "taken", "fresh"),
    [
        ("new", Disk(), (), (), {"1"}, ["1"]),
        ("captured", Disk("1"), (), (), set(), []),
        ("captured long ago", Disk(), (), ("1",), set(), []),
        ("captured and shown", Disk("1"), ("1",), (), set(), []),
        ("shown, and lost before it was on disk", Disk(), ("1",), (), {"1"}, []),
        ("new, without a capture", Disk(is_open=False), (), (), {"1"}, ["1"]),
        ("shown, without a capture", Disk(is_open=False), ("1",), (), set(), []),
    ],
)
def test_a_post_is_captured_and_shown_unless_it_was(
    words: str,
    disk: Disk,
    shown: tuple[str, ...],
    in_files: tuple[str, ...],
    taken: set[str],
    fresh: list[str],
) -> None:
    handed = page("1", captured=in_files)
    found = pages(disk, *shown).take(handed, 7)
    assert (handed.taken, [post.id for post in found]) == (taken, fresh), words
    assert handed.known == {"1"} - taken, words
    assert disk.ids.count("1") == (1 if disk.is_open and not in_files else 0), words
    assert all(post.backfilled is True and post.received_at == 7 for post in found)


def test_a_page_that_comes_again_brings_nothing_new() -> None:
    disk = Disk()
    filled = pages(disk)
    filled.take(page("1", "2"), 7)
    again = page("1", "2", "3")
    assert [post.id for post in filled.take(again, 8)] == ["3"]
    assert disk.ids == ["1", "2", "3"]
    assert again.known == {"1", "2"}


def test_a_post_that_filled_a_gap_is_not_shown_again_when_it_comes_late() -> None:
    filled = pages(Disk())
    filled.take(page("1"), 7)
    assert filled.unshown(("s", "other"), "1") == ("other",)
    assert filled.unshown(("s", "other"), "2") == ("s", "other")
    assert filled.unshown(("s",), "2") == ()


def test_a_budget_ends_a_page_where_it_is_spent() -> None:
    budgets = Budgets()
    plan = Plan(budget_posts=2, backfill=True)
    stream = Stream("s", 1, "s", "x", Filter("rain"), Wanted.RUNNING, 1, False, 0, 0, plan)
    budgets.admit(stream, lambda stream_id: 0)
    disk = Disk("0")
    handed = page("0", "1", "2", "3")
    assert [post.id for post in pages(disk, budgets=budgets).take(handed, 7)] == ["1", "2"]
    assert disk.ids == ["0", "1", "2"]


def test_a_page_for_a_stream_that_stopped_is_refused() -> None:
    disk = Disk()
    filled = pages(disk)
    filled.follow([], lambda stream_id: ())
    handed = page("1")
    assert filled.take(handed, 7) == []
    assert handed.is_refused
    assert disk.ids == []


def test_posts_that_somebody_had_deleted_do_not_come_back() -> None:
    asked_at = 1_795_000_000_000
    orders = [
        DeletedSubject(1, 1, "post", "1", asked_at),
        DeletedSubject(2, 1, "author", "42", asked_at),
    ]
    deleted = DeletionFilter(DeletedIds(lambda number: [] if number else orders))
    stream = Stream("s", 1, "s", "x", Filter("rain"), Wanted.RUNNING, 1, False, 0, 0)
    deleted.follow([stream])
    disk = Disk()
    filled = BackfilledPages((deleted,), Budgets(), disk)
    filled.follow(["s"], lambda stream_id: ())
    times = {"1": asked_at, "2": asked_at - 60_000, "3": asked_at + 60_000}
    posts = [
        Post(each, "rain", author=Author("42" if each != "1" else "7"), created_at=iso(at))
        for each, at in times.items()
    ]
    page = BackfilledPage("s", [FoundPost(post, b"{}") for post in posts])
    found = filled.take(page, asked_at + 3_600_000)
    assert [(post.id, post.received_at) for post in found] == [("3", asked_at + 3_600_000)]
    assert disk.ids == ["3"]
