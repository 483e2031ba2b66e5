"""The backfiller reads a gap page by page, says what came of it, and goes on after a crash."""

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from streams.clock import now_ms
from streams.filter import Filter
from streams.plan import CaptureOptions, Plan
from streams.post import Post
from streams.settings import Settings
from streams.store.gaps import Gap
from streams.stream import Stream, Wanted
from tests.rig.database import new_store
from tests.rig.waiting import wait_until
from workers.captures import recorder
from workers.captures.segments.envelope import unwrap
from workers.collector import backfiller as backfiller_module
from workers.collector.backfilled_pages import BackfilledPage, BackfilledPages
from workers.collector.backfiller import Backfiller
from workers.collector.budgets import Budgets
from workers.collector.recent_ids import RecentIds
from workers.collector.recordings import Recordings
from workers.sources.gap_search import (
    FoundPage,
    FoundPost,
    GapQuery,
    SearchDelayedError,
    SearchImpossibleError,
    SearchWindow,
)
from workers.sources.source import Arrival

DAY = 86_400_000


class Crash(BaseException):
    """The process is killed here."""


class Archive:
    """A platform's search over the posts with the ids from `newest` down to 1, three a page."""

    reach_ms = 7 * DAY
    least_posts, most_posts = 1, 3

    def __init__(self, newest: int, **troubles: BaseException) -> None:
        """`troubles` are raised, once each, before the page of that number: `before_2=...`."""
        self.newest = newest
        self.troubles = {int(name.removeprefix("before_")): it for name, it in troubles.items()}
        self.asked: list[tuple[str, str | None, str | None, int]] = []
        self.pages = 0

    def queries(self, filter_: Filter) -> Sequence[GapQuery]:
        if filter_.word == "unaskable":
            raise SearchImpossibleError("no_query", "too long")
        return [GapQuery(word) for word in filter_.terms]

    def absent(self, filter_: Filter) -> Sequence[str]:
        return ("reposts",)

    def page(
        self,
        query: GapQuery,
        window: SearchWindow,
        size: int,
        *,
        before_id: str | None,
        next_token: str | None,
    ) -> FoundPage:
        self.asked.append((query.text, before_id, next_token, size))
        if trouble := self.troubles.pop(self.pages + 1, None):
            raise trouble
        self.pages += 1
        below = int(next_token or before_id or self.newest + 1)
        ids = [str(number) for number in range(below - 1, max(0, below - 1 - size), -1)]
        posts = [
            FoundPost(Post(each, "rain"), b'{"data":{"id":"%s"}}' % each.encode()) for each in ids
        ]
        more = ids[-1] if ids and ids[-1] != "1" else None
        return FoundPage(posts, ids[-1] if ids else None, more, len(ids))


class Bench:
    """A stream with a gap on real tables and files; each `attempt` is a process of its own."""

    def __init__(self, folder: Path, **plan: object) -> None:
        self.folder = folder
        self.store = new_store(folder)
        account = self.store.accounts.sign_in("1", "ada", "Ada", None, b"", 0)
        captured = {"capture": CaptureOptions("kept"), "backfill": True} | plan
        made = self.store.streams.create(
            account.id,
            "kept",
            Filter("rain"),
            0,
            plan=Plan(**captured),  # type: ignore[arg-type]
        )
        self.stream = replace(made, wanted=Wanted.RUNNING)
        self.ended_at = now_ms() - 1_000
        self.shown: list[str] = []
        self.budgets = Budgets()

    def gap(self, started_at: int = -60_000, ended_at: int = 0) -> None:
        at = self.ended_at
        self.store.gaps.add(self.stream.id, at + started_at, at + ended_at, "disconnected")

    def attempt(
        self,
        search: Archive,
        room: Callable[[Stream], int | None] = lambda stream: None,
        before: Callable[[Recordings], None] = lambda recordings: None,
        killed_after: int | None = None,
    ) -> None:
        """Fill what is to be filled; dies after so many pages were captured, where that is set."""
        recordings = Recordings(
            Settings(data_dir=self.folder), "lab", 1, "x", self.store.segments, self.store.gaps
        )
        recordings.follow([self.stream], now_ms())
        before(recordings)
        pages = BackfilledPages((), self.budgets, recordings)
        pages.follow([self.stream.id], lambda stream_id: self.shown)
        handed: list[BackfilledPage] = []

        def put(page: BackfilledPage) -> None:
            self.shown += [post.id for post in pages.take(page, now_ms())]
            page.done.set()
            handed.append(page)
            if killed_after == len(handed):
                raise Crash

        filler = Backfiller(self.store, search, recordings, put, room, 0)
        filler.follow([self.stream])
        try:
            filler.fill_all()
        except Crash:
            pass
        finally:
            recordings.close()
            recordings.commit()

    def state(self) -> tuple[str, int, tuple[str, ...]]:
        (gap,) = self.store.gaps.of(self.stream.id)
        return gap.state, gap.posts, gap.missing

    def captured(self) -> list[str]:
        found = []
        for path in sorted((self.folder / "captures" / "kept.1").glob("*.json")):
            found += [unwrap(line) for line in path.read_bytes().splitlines()]
        return sorted((str(line.id) for line in found), key=int)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backfiller_module, "PAGE_SECONDS", 0.0)
    monkeypatch.setattr(backfiller_module, "SYNC_SECONDS", 0.01)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.store.engine.dispose()


def numbers(last: int) -> list[str]:
    return [str(number) for number in range(1, last + 1)]


def test_a_gap_is_read_to_its_end_and_every_post_is_captured_and_shown_once(bench: Bench) -> None:
    bench.gap()
    search = Archive(8)
    bench.attempt(search)
    assert bench.state() == ("filled", 8, ("reposts",))
    assert bench.captured() == sorted(bench.shown, key=int) == numbers(8)
    assert search.asked == [("rain", None, None, 3), ("rain", None, "6", 3), ("rain", None, "3", 3)]
    bench.attempt(search)
    assert len(search.asked) == 3  # what is filled is not asked for again


def test_what_the_stream_captured_itself_is_neither_captured_nor_counted_again(
    bench: Bench,
) -> None:
    def live(recordings: Recordings) -> None:
        for each in ("2", "5"):
            raw = b'{"data":{"id":"%s"}}' % each.encode()
            recordings.keep(Arrival(Post(each, "rain"), (bench.stream.id,)), raw, now_ms())

    bench.gap()
    bench.attempt(Archive(6), before=live)
    assert bench.state() == ("filled", 4, ("reposts",))
    assert bench.captured() == numbers(6)
    assert sorted(bench.shown) == ["1", "3", "4", "6"]


@pytest.mark.parametrize("killed_after", [1, 2, 3])
def test_a_fill_that_was_killed_goes_on_without_doubles_and_counts_all(
    bench: Bench, killed_after: int
) -> None:
    bench.gap()
    bench.attempt(Archive(8), killed_after=killed_after)
    state, _, missing = bench.state()
    assert (state, missing) == ("filling", ())
    search = Archive(8)
    bench.attempt(search)
    assert bench.state() == ("filled", 8, ("reposts",))
    assert bench.captured() == sorted(bench.shown, key=int) == numbers(8)
    again = {1: None, 2: "6", 3: "3"}[killed_after]
    assert search.asked[0] == ("rain", again, None, 3)


def test_a_spent_budget_leaves_a_gap_partly_filled_and_says_so(bench: Bench) -> None:
    left = iter([3, 2, 0])
    bench.gap()
    search = Archive(8)
    bench.attempt(search, room=lambda stream: next(left))
    assert bench.state() == ("partly", 5, ("budget_spent", "reposts"))
    assert [size for *_, size in search.asked] == [3, 2]
    assert bench.captured() == ["4", "5", "6", "7", "8"]


def test_a_budget_that_allows_no_page_leaves_a_gap_unfillable(bench: Bench) -> None:
    bench.gap()
    search = Archive(8)
    bench.attempt(search, room=lambda stream: 0)
    assert (bench.state(), search.asked) == (("unfillable", 0, ("budget_spent",)), [])


@pytest.mark.parametrize(
    ("trouble", "state"),
    [
        ({"before_1": SearchImpossibleError("forbidden", "no")}, ("unfillable", 0, ("forbidden",))),
        (
            {"before_2": SearchImpossibleError("credits_depleted", "no")},
            ("partly", 3, ("credits_depleted", "reposts")),
        ),
        ({"before_2": SearchDelayedError(0.01, "wait")}, ("filled", 8, ("reposts",))),
    ],
)
def test_a_refusal_ends_it_and_a_delay_does_not(
    bench: Bench, trouble: dict[str, BaseException], state: tuple[str, int, tuple[str, ...]]
) -> None:
    bench.gap()
    bench.attempt(Archive(8, **trouble))
    assert bench.state() == state


@pytest.mark.parametrize(
    ("gap", "state"),
    [
        ((-9 * DAY, -8 * DAY), ("unfillable", 0, ("too_old",))),
        ((-9 * DAY, -DAY), ("partly", 8, ("too_old", "reposts"))),
    ],
)
def test_what_is_older_than_the_search_reaches_is_named(
    bench: Bench, gap: tuple[int, int], state: tuple[str, int, tuple[str, ...]]
) -> None:
    bench.gap(*gap)
    bench.attempt(Archive(8))
    assert bench.state() == state


def test_a_filter_that_is_no_query_leaves_its_gap_unfillable(bench: Bench) -> None:
    bench.stream = replace(bench.stream, filter=Filter("unaskable"))
    bench.gap()
    bench.attempt(Archive(8))
    assert bench.state() == ("unfillable", 0, ("no_query",))


def test_the_manifest_of_the_segment_says_what_filled_it(bench: Bench) -> None:
    bench.gap()
    bench.attempt(Archive(4))
    (path,) = (bench.folder / "captures" / "kept.1").glob("*.manifest")
    manifest = msgspec.json.decode(path.read_bytes())
    (gap,) = bench.store.gaps.of(bench.stream.id)
    assert manifest["backfilled"] == manifest["count"] == 4
    (told,) = manifest["backfills"]
    assert (told["state"], told["posts"], told["missing"]) == ("filled", 4, ["reposts"])
    assert gap == Gap(gap.started_at, gap.ended_at, "disconnected", "filled", ("reposts",), 4)


def test_a_stream_that_stops_leaves_its_gap_for_later(bench: Bench) -> None:
    bench.gap()
    recordings = Recordings(
        Settings(data_dir=bench.folder), "lab", 1, "x", bench.store.segments, bench.store.gaps
    )
    recordings.follow([bench.stream], now_ms())
    search = Archive(8, before_1=SearchDelayedError(60, "the platform asks to wait"))
    filler = Backfiller(
        bench.store,
        search,
        recordings,
        lambda page: None,
        lambda stream: None,
        0,
    )
    filler.follow([bench.stream])
    thread = threading.Thread(target=filler.fill_all)
    thread.start()
    wait_until(lambda: search.asked, 10, "the search")
    assert "the platform asks to wait" in filler.notes()[bench.stream.id]
    filler.follow([])
    thread.join(10)
    assert not thread.is_alive()
    assert (bench.state(), filler.notes()) == (("open", 0, ()), {})
    recordings.close()


def test_what_sealed_files_hold_is_not_captured_again_though_the_capture_forgot_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def live(recordings: Recordings) -> None:
        for each in ("2", "5"):
            raw = b'{"data":{"id":"%s"}}' % each.encode()
            arrival = Arrival(Post(each, "rain"), (bench.stream.id,))
            recordings.keep(arrival, raw, bench.ended_at - 1_000)

    bench.attempt(Archive(0), before=live)  # seals them
    bench.gap()
    monkeypatch.setattr(recorder, "load_recent_ids", lambda folder, size: RecentIds())
    bench.attempt(Archive(6))
    assert bench.state() == ("filled", 4, ("reposts",))
    assert bench.captured() == numbers(6)


def test_a_gap_that_cannot_be_filled_for_a_reason_nobody_knows_holds_up_no_other(
    bench: Bench,
) -> None:
    bench.gap(-60_000, -50_000)
    bench.gap(-20_000, -10_000)
    bench.attempt(Archive(4, before_1=KeyError("id")))
    first, second = bench.store.gaps.of(bench.stream.id)
    assert (first.state, second.state) == ("open", "filled")
