"""A running stream is listened to or in a gap: from the last proof before it to the first after."""

import bisect
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from streams.gap_event import GapEvent
from streams.live.report import Fault, SlotReport, StreamReport
from workers.collector.gap_tracker import START_GRACE_MS, GapTracker, Moment
from workers.sources.source import Followed, Link, Outage

S = "stream"
IN_FORCE = {S: Followed(1)}


def up(now: int, connected_at: int = 0, last_line_at: int | None = None) -> Moment:
    return Moment(now, Link("connected", connected_at, last_line_at or now), IN_FORCE)


def down(now: int, last_line_at: int | None, fault: Fault | None = None) -> Moment:
    return Moment(now, Link("backing_off", last_line_at=last_line_at, fault=fault), IN_FORCE)


def gaps(*parts: list[GapEvent]) -> list[tuple[int, int | None, str]]:
    """Pair beginnings with ends."""
    found: list[tuple[int, int | None, str]] = []
    for event in [event for part in parts for event in part]:
        if event.reason is not None:
            found.append((event.at, None, event.reason))
        else:
            since, until, reason = found.pop()
            assert until is None
            found.append((since, event.at, reason))
    return found


def test_a_lost_connection_is_a_gap_from_the_last_line_to_the_next_connection() -> None:
    tracker = GapTracker()
    first = tracker.advance(up(1_000))
    lost = tracker.advance(down(3_000, 2_500, Fault("upstream_error", "X answers 503.")))
    assert gaps(first, lost) == [(2_500, None, "upstream_error")]
    assert tracker.advance(down(4_000, 2_500)) == []
    back = tracker.advance(up(5_000, connected_at=4_400))
    assert gaps(lost, back) == [(2_500, 4_400, "upstream_error")]


def test_an_outage_shorter_than_the_time_between_two_looks_is_a_gap() -> None:
    tracker = GapTracker()
    tracker.advance(up(1_000))
    outage = Outage(1_200, 1_450, "disconnected")
    moment = Moment(2_000, Link("connected", 1_450, 1_900), IN_FORCE, outages=[outage])
    assert gaps(tracker.advance(moment)) == [(1_200, 1_450, "disconnected")]


def test_a_stalled_connection_is_a_gap_from_its_last_line_though_it_looked_connected() -> None:
    tracker = GapTracker()
    tracker.advance(up(1_000))
    assert tracker.advance(up(21_000, last_line_at=900)) == []
    outage = Outage(900, 21_950, "disconnected")
    moment = Moment(22_000, Link("connected", 21_950, 21_950), IN_FORCE, outages=[outage])
    assert gaps(tracker.advance(moment)) == [(900, 21_950, "disconnected")]


def test_a_stream_that_starts_at_once_has_no_gap() -> None:
    tracker = GapTracker()
    moment = Moment(1_000, Link("connecting"), IN_FORCE, wanted_since={S: 500})
    assert tracker.advance(moment) == []
    assert tracker.advance(up(2_000, connected_at=1_500)) == []


def test_a_start_that_the_platform_refuses_is_a_gap_from_the_request() -> None:
    tracker = GapTracker()
    refused = Fault("unauthorized", "X does not accept the bearer token.")
    moment = Moment(
        500 + START_GRACE_MS + 1, Link("refused", fault=refused), IN_FORCE, wanted_since={S: 500}
    )
    begun = tracker.advance(moment)
    assert gaps(begun) == [(500, None, "unauthorized")]
    ended = tracker.advance(up(60_000, connected_at=59_500))
    assert gaps(begun, ended) == [(500, 59_500, "unauthorized")]


def test_a_planned_start_that_comes_late_is_a_gap_from_the_planned_time() -> None:
    tracker = GapTracker()
    moment = Moment(
        1_900,
        Link("connected", 0, 1_900),
        IN_FORCE,
        wanted_since={S: 1_000},
        planned=frozenset((S,)),
    )
    assert gaps(tracker.advance(moment)) == [(1_000, 1_900, "starting")]


def test_a_stream_cut_off_on_a_standing_connection_misses_what_was_on_its_way_too() -> None:
    tracker = GapTracker()
    tracker.advance(up(1_000))
    full = Fault("disk_full", "The disk is full.")
    moment = Moment(2_000, Link("connected", 0, 2_000), {}, held_back={S: full}, delay_ms=300)
    begun = tracker.advance(moment)
    ended = tracker.advance(up(9_000))
    assert gaps(begun, ended) == [(700, 9_000, "disk_full")]


def test_a_reconnection_ends_no_gap_of_a_stream_that_was_held_back_meanwhile() -> None:
    tracker = GapTracker()
    tracker.advance(up(1_000))
    full = {S: Fault("disk_full", "The disk is full.")}
    begun = tracker.advance(Moment(2_000, Link("connected", 0, 2_000), {}, held_back=full))
    link, outage = Link("connected", 4_000, 5_000), Outage(3_000, 4_000, "disconnected")
    tracker.advance(Moment(5_000, link, {}, held_back=full))
    ended = tracker.advance(Moment(9_000, link, IN_FORCE, outages=[outage]))
    assert gaps(begun, ended) == [(1_000, 9_000, "disk_full")]


def test_stopping_a_stream_ends_its_gap() -> None:
    tracker = GapTracker()
    tracker.advance(up(1_000))
    lost = tracker.advance(down(3_000, 2_500))
    stopped = tracker.advance(Moment(4_000, Link("backing_off"), {}))
    assert gaps(lost, stopped) == [(2_500, 4_000, "disconnected")]


def test_a_dead_collector_leaves_a_gap_from_what_it_had_on_disk() -> None:
    tracker = GapTracker()
    report = SlotReport(
        "x", "gone", 1, 7_000, "connected", {S: StreamReport(generation=1)}, kept_until=6_400
    )
    tracker.inherit(report)
    begun = tracker.advance(Moment(17_000, Link("connecting"), IN_FORCE))
    ended = tracker.advance(up(18_000, connected_at=17_300))
    assert gaps(begun, ended) == [(6_400, 17_300, "collector_restarted")]


def test_what_a_repair_finds_on_disk_proves_more_than_the_last_report() -> None:
    tracker = GapTracker()
    tracker.inherit(SlotReport("x", "gone", 1, 7_000, "connected", {S: StreamReport(1)}))
    begun = tracker.advance(Moment(17_000, Link("connecting"), IN_FORCE), {S: 7_800})
    assert gaps(begun) == [(7_800, None, "collector_restarted")]


def test_a_successor_that_connects_at_once_still_records_the_gap() -> None:
    tracker = GapTracker()
    tracker.inherit(SlotReport("x", "gone", 1, 7_000, "connected", {S: StreamReport(1)}))
    assert gaps(tracker.advance(up(9_000, connected_at=8_700))) == [
        (7_000, 9_000, "collector_restarted")
    ]


def test_a_gap_that_another_machine_left_ends_when_this_one_listens() -> None:
    tracker = GapTracker()
    tracker.advance(Moment(1_000, Link("connected", 0, 1_000), {}))
    tracker.adopt({S: 500})
    assert tracker.advance(up(2_000)) == [GapEvent(S, 2_000)]


def test_a_stream_that_was_given_up_has_a_gap_from_then_until_it_is_confirmed() -> None:
    tracker = GapTracker()
    tracker.advance(up(1_000))
    moment = Moment(9_000, Link("connected", 0, 9_000), IN_FORCE, lost={S: 5_000})
    assert gaps(tracker.advance(moment)) == [(5_000, 9_000, "cut_off")]


def test_a_stream_that_a_full_disk_holds_back_is_in_a_gap_until_it_runs_again() -> None:
    tracker = GapTracker()
    tracker.advance(up(1_000))
    full = {S: Fault("disk_full", "The disk is full.")}
    begun = tracker.advance(Moment(2_000, Link("connected", 0, 2_000), {}, held_back=full))
    ended = tracker.advance(up(9_000))
    assert gaps(begun, ended) == [(1_000, 9_000, "disk_full")]


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[int], list[int], int]:
    """Times at which connections end and begin in turn, lines in ms, and the end of it all."""
    steps = draw(st.lists(st.integers(1, 4_000), min_size=2, max_size=16))
    edges = [sum(steps[: n + 1]) for n in range(len(steps))]
    edges = edges[: len(edges) // 2 * 2]
    end = edges[-1] + draw(st.integers(1, 3_000))
    lines = sorted(draw(st.sets(st.integers(1, end), max_size=60)))
    return edges, lines, end


@given(histories())
def test_every_post_that_was_not_delivered_lies_in_a_gap_and_gaps_are_not_longer(
    history: tuple[list[int], list[int], int],
) -> None:
    edges, lines, end = history
    spans = list(zip([0, *edges[1::2]], [*edges[::2], end + 1], strict=True))
    delivered = [at for at in lines if any(since <= at < until for since, until in spans)]
    missed = sorted(set(lines) - set(delivered))

    def proof(at: int) -> int:
        """The last line up to a moment, or the beginning of the connection."""
        begun = max(since for since, _ in spans if since <= at)
        return max([begun, *delivered[: bisect.bisect_right(delivered, at)][-1:]])

    outages = [
        Outage(proof(gone - 1), back, "disconnected") for (_, gone), (back, _) in pairwise(spans)
    ]
    tracker = GapTracker()
    events: list[GapEvent] = []
    told = 0
    for now in [*range(0, end, 1_000), end]:
        begun = next((since for since, until in spans if since <= now < until), None)
        over = [each for each in outages[told:] if each.until <= now]
        told += len(over)
        state = "connected" if begun is not None else "connecting"
        link = Link("connected" if state == "connected" else "connecting", begun, proof(now))
        events += tracker.advance(Moment(now, link, IN_FORCE, outages=over))
    found = gaps(events)
    for at in missed:
        assert any(since <= at and (until is None or at <= until) for since, until, _ in found)
    assert [(since, until) for since, until, _ in found] == [
        (each.since, each.until) for each in outages if each.until <= end
    ]
