"""Several sources as one: each has its own connection, positions and answers."""

import threading
from collections.abc import Sequence

from msgspec.structs import replace

from streams.box import Box
from streams.filter import Filter
from streams.gap_event import GapEvent
from streams.live.report import Fault, SlotReport, StreamReport
from streams.place import Place
from streams.plan import Plan
from streams.post import Post
from streams.store.gaps import Gap
from streams.stream import Stream, Wanted
from tests.rig.waiting import wait_until
from workers.collector.slot_report import with_sources
from workers.collector.source_gaps import SourceGaps
from workers.sources.combined import CombinedSource
from workers.sources.source import Arrival, Followed, Link, Outage, Receive, Received, Skipped

AWAY = Fault("unreachable", "The instance cannot be reached.")
HERE = Link("connected", connected_at=500, last_line_at=900)
BOTH = Stream(
    id="both",
    account_id=1,
    name="both",
    source="x",
    further_sources=("bluesky",),
    filter=Filter("rain", ("geo: 0 0 1 1",), place=Place("here", Box.of(0, 0, 1, 1))),
    wanted=Wanted.RUNNING,
    generation=3,
    old=False,
    created_at=0,
    changed_at=0,
)
ALONE = replace(BOTH, id="alone", further_sources=())


class Scripted:
    """A source that does what a test says."""

    def __init__(self, *lines: Received) -> None:
        self.asked: list[Stream] = []
        self.fault: Fault | None = None
        self.state = HERE
        self.positions: list[object] = []
        self.committed: list[bool] = []
        self._lines = lines
        self._stopped = threading.Event()

    def follow(self, wanted: Sequence[Stream]) -> dict[str, Followed]:
        self.asked = list(wanted)
        return {each.id: Followed(each.generation, self.fault, "wide") for each in wanted}

    def run(self, receive: Receive) -> None:
        for line in self._lines:
            receive(line)
        self._stopped.wait(10)

    def taken(self, position: object) -> None:
        self.positions.append(position)

    def link(self) -> Link:
        return self.state

    def outages(self) -> Sequence[Outage]:
        return ()

    def commit(self, everything: bool) -> None:
        self.committed.append(everything)

    def stop(self) -> None:
        self._stopped.set()


def line(position: object) -> Received:
    return Received(b"{}", 1, Arrival(Post(str(position), "rain"), ("both",)), position)


def combined(own: Scripted, part: Scripted) -> CombinedSource:
    opened = {"bluesky:x": part}
    return CombinedSource("x", own, opened.__getitem__)


def test_each_source_is_asked_for_its_streams_and_for_no_place_that_it_lacks() -> None:
    own, part = Scripted(), Scripted()
    source = combined(own, part)
    assert set(source.follow([ALONE])) == {"alone"}
    assert source.connections == ("x",)
    assert source.follow([ALONE, BOTH])["both"] == Followed(3, None, "X: wide Bluesky: wide")
    assert own.asked == [ALONE, BOTH]
    assert part.asked == [replace(BOTH, filter=Filter("rain"))]


def test_a_stream_has_a_fault_only_where_no_source_brings_posts() -> None:
    own, part = Scripted(), Scripted()
    source = combined(own, part)
    part.fault = AWAY
    assert source.follow([BOTH])["both"].fault is None
    own.fault = AWAY
    assert source.follow([BOTH, ALONE])["both"].fault == AWAY


def test_positions_go_back_to_the_source_that_they_are_of() -> None:
    own, part = Scripted(line(1)), Scripted(line(2))
    source, received = combined(own, part), list[Received]()
    source.follow([BOTH])
    thread = threading.Thread(target=source.run, args=(received.append,))
    thread.start()
    wait_until(lambda: len(received) == 2, 10, "a line of each")
    for each in received:
        source.taken(each.position)
    source.commit(everything=True)
    source.stop()
    thread.join(10)
    assert (own.positions, part.positions) == ([1], [2])
    assert (own.committed, part.committed) == ([True], [True])


SINCE = {"both": 0, "alone": 0}


def test_a_gap_of_one_source_names_it_and_closes_no_gap_of_another() -> None:
    own, part = Scripted(), Scripted()
    source, wanted = combined(own, part), [BOTH, ALONE]
    gaps = SourceGaps(source)
    gaps.adopt([("both", Gap(700, None, "machine_away", source="bluesky"))], wanted)
    source.follow(wanted)
    own.state = Link("backing_off", last_line_at=900, fault=AWAY)
    events = gaps.advance(lambda: 10_000, wanted, SINCE)
    assert sorted(events, key=str) == sorted(
        [
            GapEvent("both", 0, "unreachable", source="x"),
            GapEvent("alone", 0, "unreachable"),
            GapEvent("both", 10_000, None, source="bluesky"),
        ],
        key=str,
    )
    own.state = HERE
    back = gaps.advance(lambda: 11_000, wanted, SINCE)
    assert {(each.stream_id, each.source) for each in back} == {("both", "x"), ("alone", None)}


def test_a_killed_collector_leaves_a_gap_only_of_sources_that_are_not_read_on() -> None:
    source = combined(Scripted(), Scripted())
    source.follow([BOTH])
    report = SlotReport("x", "w", 1, 1_000, "connected", {"both": StreamReport(3)})
    report = with_sources(report, [BOTH], source, lambda last: last or 0)
    gaps = SourceGaps(source)
    gaps.inherit(report)
    events = gaps.advance(lambda: 3_000, [BOTH], SINCE, recovered={"both": 2_000})
    assert events == [
        GapEvent("both", 900, "collector_restarted", source="x"),
        GapEvent("both", 3_000, None, source="x"),
    ]


def test_announcements_name_their_source_where_it_is_not_the_slots_own() -> None:
    gone = Received(b"{}", 1, Skipped("deleted", deleted=("2",)))
    source, received = combined(Scripted(gone), Scripted(gone)), list[Received]()
    source.follow([BOTH])
    thread = threading.Thread(target=source.run, args=(received.append,))
    thread.start()
    wait_until(lambda: len(received) == 2, 10, "a line of each")
    source.stop()
    thread.join(10)
    assert {each.content.source for each in received if isinstance(each.content, Skipped)} == {
        "",
        "bluesky",
    }


def test_a_gap_begins_when_posts_on_their_way_were_written_by_the_delay_of_its_source() -> None:
    own, part = Scripted(), Scripted()
    source = combined(own, part)
    source.follow([BOTH])
    gaps, late = SourceGaps(source), {"x": 50, "bluesky": 7_000}.__getitem__
    gaps.advance(lambda: 1_000, [BOTH], SINCE, delay_of=late)
    own.state = Link("backing_off", last_line_at=900, fault=AWAY)
    (event,) = gaps.advance(lambda: 2_000, [BOTH], SINCE, delay_of=late)
    assert event == GapEvent("both", 850, "unreachable", source="x")


def test_a_moment_is_dated_after_what_is_seen_of_it() -> None:
    order: list[str] = []

    class Watched(Scripted):
        def link(self) -> Link:
            order.append("link")
            return super().link()

    def clock() -> int:
        order.append("clock")
        return 1_000

    source = combined(Watched(), Scripted())
    source.follow([ALONE])
    order.clear()
    SourceGaps(source).advance(clock, [ALONE], SINCE)
    assert order[:2] == ["link", "clock"]


def test_streams_on_instances_of_their_own_have_a_connection_each() -> None:
    opened: dict[str, Scripted] = {}

    def open_part(slot: str) -> Scripted:
        return opened.setdefault(slot, Scripted())

    source = CombinedSource("x@lab", Scripted(), open_part)
    shared = replace(BOTH, id="shared", further_sources=("mastodon",))
    own = replace(shared, id="own", plan=Plan(instance=5))
    source.follow([shared, own])
    assert source.connections == ("x", "mastodon", "mastodon:5")
    assert [each.id for each in opened["mastodon:5:x@lab"].asked] == ["own"]
    alone = replace(own, source="mastodon", further_sources=())
    assert (alone.slot, shared.slot) == ("mastodon:5", "x")
