"""Lines become batches: each post once, captured first, routed, counted whatever happens."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate

import pytest

from streams.batch import Batch
from streams.live.history import RingAuthor, RingEntry
from streams.post import Post
from streams.settings import Settings
from streams.stream import Stream
from tests.rig.waiting import wait_until
from workers.collector import intake as intake_module
from workers.collector.budgets import Budgets
from workers.collector.in_flight import InFlight
from workers.collector.intake import Intake
from workers.collector.outbox import Outbox
from workers.collector.post_filter import PostFilter
from workers.sources.source import Arrival, Received, Skipped

SETTINGS = Settings(_env_file=None, batch_posts=10, batch_ms=20)  # type: ignore[call-arg]


def line(text: str) -> Received:
    """A line `id text` for stream s; one that begins with # is no post, ! cannot be decoded."""
    raw = text.encode()
    if text.startswith("#"):
        return Received(raw, 1, Skipped("comment"))
    if text.startswith("!"):
        return Received(raw, 1, Skipped("not_json", ("s",)))
    post_id, _, said = text.partition(" ")
    return Received(raw, 1, Arrival(Post(post_id, said, received_at=1), ("s",)))


class Kept:
    """Keeps what it is given in a list."""

    def __init__(self, keeping: bool = True) -> None:
        self.keeping = keeping
        self.lines: list[bytes] = []
        self.written = 0
        """Of the lines, how many no killed process loses."""
        self.unread: list[bytes] = []

    def keep_unread(self, stream_ids: tuple[str, ...], raw: bytes, received_at: int) -> None:
        assert stream_ids == ("s",)
        self.unread.append(raw)

    def keep(self, arrival: Arrival, raw: bytes, received_at: int) -> None:
        self.lines.append(raw)

    def write_out(self, stream_ids: Iterable[str], now: int) -> None:
        self.written = len(self.lines)

    def is_captured(self, stream_id: str) -> bool:
        return self.keeping

    def has(self, stream_id: str, post_id: str) -> bool:
        return any(raw.split()[0] == post_id.encode() for raw in self.lines)

    def holding(self, post_ids: Iterable[str]) -> tuple[str, ...]:
        return ("captured",) if "kept" in post_ids else ()


class Bench:
    """An intake on a thread, with both ends in the test's hands."""

    def __init__(
        self,
        room: int = 100,
        keeping: bool = True,
        filters: Sequence[PostFilter] = (),
        live: bool = True,
    ) -> None:
        self.batches: list[Batch] = []
        self.on_sent: Callable[[Batch], None] = lambda batch: None
        self.kept = Kept(keeping)
        self.in_flight = InFlight(room)
        outbox = Outbox(self.in_flight, self._send, self._send)
        self.intake = Intake(
            "x", SETTINGS, Budgets(), self.kept, outbox, filters=filters, live=live
        )
        self.thread = threading.Thread(target=self.intake.run, daemon=True)
        self.thread.start()

    def _send(self, batch: Batch) -> None:
        self.batches.append(batch)
        self.on_sent(batch)

    def ids(self) -> list[str]:
        return [post.id for batch in list(self.batches) for post in batch.posts]

    def close(self) -> None:
        assert self.intake.stop(10)
        self.thread.join(10)


def test_every_line_is_kept_and_sent_once_in_order_in_batches_of_the_asked_size() -> None:
    bench = Bench()
    for number in range(95):
        bench.intake.receive(line(f"{number} rain"))
    bench.close()
    assert bench.ids() == [str(number) for number in range(95)]
    assert max(len(batch.posts) for batch in bench.batches) <= 10
    assert [batch.number for batch in bench.batches] == list(range(1, len(bench.batches) + 1))
    assert len(bench.kept.lines) == 95


def test_no_batch_is_sent_before_its_lines_are_written_out() -> None:
    bench = Bench()
    written: list[int] = []
    bench.on_sent = lambda batch: written.append(bench.kept.written)
    for number in range(95):
        bench.intake.receive(line(f"{number} rain"))
    bench.close()
    sent = list(accumulate(len(batch.posts) for batch in bench.batches))
    assert len(written) == len(sent) > 5
    assert all(lines >= posts for lines, posts in zip(written, sent, strict=True))


def test_doubles_and_what_is_no_post_are_counted_and_the_rest_goes_on() -> None:
    bench = Bench()
    for text in ("1 rain", "# note", "1 rain", "! broken", "2 rain"):
        bench.intake.receive(line(text))
    bench.close()
    assert bench.ids() == ["1", "2"]
    assert bench.intake.meter.skipped == {"comment": 1, "duplicate": 1, "not_json": 1}
    assert bench.kept.unread == [b"! broken"]
    assert bench.intake.meter.received == 5
    assert bench.intake.meter.posts == {"s": 2}


def came(post_id: str, *stream_ids: str, version: str = "", earlier: str = "") -> Received:
    """A line with a post; with a version it is an edit, with `earlier` ids an edit of X."""
    post = Post(post_id, f"{post_id} {version}", received_at=1)
    if version or earlier:
        post.edited = True
    if earlier:
        post.replaces = tuple(earlier)
    return Received(post.text.encode(), 1, Arrival(post, stream_ids, version=version))


def edits_of(bench: Bench) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """What is relayed of edits: text, streams, and those of them that had the post."""
    return [
        (batch.posts[index].text, batch.routes[index], had)
        for batch in bench.batches
        for index, had in batch.edits.items()
    ]


def test_an_edit_goes_to_who_had_the_post_and_counts_once() -> None:
    bench = Bench()
    for line_ in (
        came("1", "s"),
        came("1", "t", version="a"),
        came("1", "t", version="a"),
        came("1", "s", version="b"),
        came("2", "s", version="c"),
        came("2", "s"),
    ):
        bench.intake.receive(line_)
    bench.close()
    assert bench.kept.lines == [b"1 ", b"1 a", b"1 b", b"2 c"]
    assert edits_of(bench) == [
        ("1 a", ("t", "s"), ("s",)),
        ("1 b", ("s", "t"), ("s", "t")),
        ("2 c", ("s",), ()),
    ]
    assert bench.intake.meter.skipped == {"duplicate": 2}
    assert bench.intake.meter.posts == {"s": 2, "t": 1}
    assert sum((batch.counted() for batch in bench.batches), Counter()) == {"s": 2, "t": 1}


def test_an_edit_with_an_id_of_its_own_follows_its_chain_and_an_earlier_one_is_captured_alone() -> (
    None
):
    bench = Bench()
    for line_ in (came("1", "s"), came("3", "s", earlier="12"), came("2", "s", earlier="1")):
        bench.intake.receive(line_)
    bench.close()
    assert bench.kept.lines == [b"1 ", b"3 ", b"2 "]
    assert bench.ids() == ["1", "3"]
    assert edits_of(bench) == [("3 ", ("s",), ("s",))]
    assert bench.intake.meter.skipped == {"outdated": 1}


def test_an_edit_of_a_post_that_an_owner_had_deleted_is_nothing_for_them() -> None:
    class NotT:
        skipped_as = "deleted"

        def follow(self, wanted: Sequence[Stream]) -> None: ...

        def allowed(self, arrival: Arrival) -> tuple[str, ...]:
            return tuple(each for each in arrival.stream_ids if each != "t")

    bench = Bench(filters=[NotT()])
    for line_ in (came("1", "s"), came("1", "s", "t", version="a"), came("9", "t", version="b")):
        bench.intake.receive(line_)
    bench.close()
    assert edits_of(bench) == [("1 a", ("s",), ("s",))]
    assert bench.intake.meter.skipped == {"deleted": 1}


def test_a_single_post_does_not_wait_for_company() -> None:
    bench = Bench()
    bench.intake.receive(line("1 rain"))
    wait_until(lambda: bench.ids() == ["1"], 5, "the post to leave")
    bench.close()


def test_while_posts_are_kept_on_disk_the_source_never_waits_for_taggers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(intake_module, "MOST_WAITING", 120)
    bench = Bench(room=1)
    for number in range(400):
        bench.intake.receive(line(f"{number} rain"))
    wait_until(lambda: len(bench.kept.lines) == 400, 10, "every line to be kept")
    bench.close()
    assert bench.intake.meter.skipped["not_shown"] > 0
    assert bench.intake.meter.posts == {"s": 400}


def test_a_recording_of_long_posts_waits_for_taggers_by_its_bytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(intake_module, "MOST_BYTES", 10_000)
    bench = Bench(room=100, keeping=False, live=False)
    for number in range(1000, 1100):
        bench.in_flight.started(number, 1)
    most: list[int] = []

    def play() -> None:
        for number in range(60):
            bench.intake.receive(line(f"{number:02} " + "x" * 997))
            most.append(bench.intake.waiting_bytes)

    player = threading.Thread(target=play, daemon=True)
    player.start()
    wait_until(lambda: bench.intake.came_in == 11, 10, "as many lines as may wait")
    bench.in_flight.done(range(1000, 1100))
    player.join(10)
    wait_until(lambda: len(bench.ids()) == 60, 10, "all posts")
    assert max(most) <= 10_000
    assert max(len(batch.posts) for batch in bench.batches) == 10  # live posts wait behind it
    wait_until(lambda: bench.intake.waiting_bytes == 0, 10, "nothing to wait")
    bench.close()


def test_what_is_taken_is_reported_to_the_source_in_order_and_proves_the_time() -> None:
    taken: list[object] = []
    kept = Kept()
    outbox = Outbox(InFlight(10), lambda batch: None, lambda batch: None)
    intake = Intake("x", SETTINGS, Budgets(), kept, outbox, on_taken=taken.append)
    for number, at in ((1, 50), (2, 60)):
        arrival = Arrival(Post(str(number), "rain"), ("s",))
        intake.receive(Received(b"", at, arrival, position=number))
    assert intake.taken_until(100) == 0  # nothing has been captured yet
    thread = threading.Thread(target=intake.run, daemon=True)
    thread.start()
    assert intake.stop(10)
    thread.join(10)
    assert taken == [1, 2]
    assert intake.taken_until(100) == 100


def test_a_batch_names_the_posts_whose_streams_chose_another_tagger() -> None:
    bench = Bench()
    bench.intake.taggers = {"s": ("topic", "emotion")}
    bench.intake.receive(line("1 rain"))
    bench.intake.receive(line("2 rain"))
    bench.close()
    chosen = [(batch.taggers, len(batch.posts)) for batch in bench.batches]
    assert all(
        taggers == {"emotion": list(range(posts)), "topic": list(range(posts))}
        for taggers, posts in chosen
    )


def test_a_batch_is_recorded_within_a_second_even_while_no_tagger_has_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(intake_module, "LONGEST_OPEN", 0.05)
    recorded: list[Batch] = []
    outbox = Outbox(InFlight(0), recorded.append, recorded.append, on_put=recorded.append)
    intake = Intake("x", SETTINGS, Budgets(), Kept(), outbox)
    thread = threading.Thread(target=intake.run, daemon=True)
    thread.start()
    for number in range(3):
        intake.receive(line(f"{number} rain"))
        wait_until(lambda number=number: len(recorded) == number + 1, 4, "its batch")  # type: ignore[misc]
    intake.stop(10)
    thread.join(10)


def test_what_a_platform_deletes_finds_who_has_it_by_any_memory() -> None:
    bench = Bench()
    heard: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    bench.intake.on_deleted = lambda it: heard.append(
        (it.deleted or it.gone_authors, it.deleted_from)
    )
    ring = [RingEntry("9", RingAuthor("ada"), ("8",))]
    bench.intake.shown_before("r", ring, relays_again=True)
    bench.intake.receive(came("1", "s"))
    for deleted, by in (("1", ("b",)), ("8", ()), ("kept", ()), ("other", ())):
        notice = Skipped("deleted", deleted=(deleted,), deleted_from=by)
        bench.intake.receive(Received(b"{}", 1, notice))
    for author in ("ada", "bob"):
        bench.intake.receive(Received(b"{}", 1, Skipped("account_gone", gone_authors=(author,))))
    bench.close()
    assert heard == [
        (("1",), ("b", "s")), (("8",), ("r",)), (("kept",), ("captured",)), (("ada",), ("r",)),
    ]  # fmt: skip
    assert bench.intake.meter.skipped == {"deleted": 3, "account_gone": 1}
