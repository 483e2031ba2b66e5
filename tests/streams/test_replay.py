"""The status of a replay, from how far it came and what its collector last said."""

import msgspec
import pytest

from streams.filter import FilterError
from streams.live.report import Fault, SlotReport, StreamReport
from streams.names import source_of
from streams.plan import CaptureOptions, Plan
from streams.replay import FASTEST, Replay, ReplayProgress
from streams.replay_status import WAITING, replay_status
from streams.status import PATIENCE_MS, State
from streams.stream import Wanted
from tests.streams.test_status import NOW, STREAM

PLAYED = msgspec.structs.replace(
    STREAM, source="replay", plan=Plan(replay=Replay(collection="rain", run=2))
)
HALF = ReplayProgress("s", 2, 1, lines=5, posts=4, share=0.5, said="half")
DONE = msgspec.structs.replace(HALF, ended_at=9, said="all")
FAULT = Fault("not_readable", "Mend it.")
RUNNING = SlotReport(
    "replay:s", "w", 1, NOW, "connected", {"s": StreamReport(2, note="just now")}, connected_at=1
)


@pytest.mark.parametrize(
    ("wanted", "known", "said", "state", "note"),
    [
        (Wanted.RUNNING, None, None, State.STARTING, None),
        (Wanted.RUNNING, HALF, None, State.STARTING, "half"),
        (Wanted.RUNNING, HALF, RUNNING, State.RUNNING, "just now"),
        (Wanted.RUNNING, DONE, RUNNING, State.FINISHED, "all"),
        (Wanted.RUNNING, DONE, None, State.FINISHED, "all"),
        (Wanted.RUNNING, msgspec.structs.replace(DONE, run=1), None, State.STARTING, None),
        (Wanted.RUNNING, msgspec.structs.replace(DONE, fault=FAULT), None, State.FAILED, "all"),
        (Wanted.STOPPED, HALF, None, State.STOPPED, "half"),
        (Wanted.STOPPED, DONE, None, State.STOPPED, "all"),
        (Wanted.ARCHIVED, DONE, None, State.ARCHIVED, "all"),
    ],
)
def test_the_status(
    wanted: Wanted,
    known: ReplayProgress | None,
    said: SlotReport | None,
    state: State,
    note: str | None,
) -> None:
    stream = msgspec.structs.replace(PLAYED, wanted=wanted)
    status = replay_status(stream, known, said, NOW)
    assert (status.state, status.note) == (state, note)


def test_one_that_waits_for_a_free_place_says_so() -> None:
    assert replay_status(PLAYED, None, None, NOW + PATIENCE_MS + 1).fault == WAITING


def test_each_replay_has_a_slot_of_its_own_on_any_machine() -> None:
    assert PLAYED.slot == "replay:s"
    placed = msgspec.structs.replace(PLAYED, plan=Plan(machine="lab-2"))
    assert placed.slot == "replay:s@lab-2"
    assert [source_of(slot) for slot in ("x", "x@lab", PLAYED.slot, placed.slot)] == [
        "x", "x", "replay", "replay"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("replay", "field"),
    [
        (Replay(), "collection"),
        (Replay("a", "b"), "collection"),
        (Replay("a", speed=float("nan")), "speed"),
        (Replay("a", speed=FASTEST * 2), "speed"),
        (Replay("a", since=5, until=5), "until"),
    ],
)
def test_what_cannot_be_played_is_refused(replay: Replay, field: str) -> None:
    with pytest.raises(FilterError) as raised:
        replay.checked()
    assert raised.value.field == field


def test_a_collection_is_not_played_into_itself() -> None:
    with pytest.raises(FilterError, match="another collection"):
        Plan(capture=CaptureOptions("a"), replay=Replay("a")).checked()
