"""The cursor of Jetstream: what is safe to resume from, and what proves a gap."""

from hypothesis import given
from hypothesis import strategies as st

from workers.sources.bluesky.cursor import WINDOW_US, Cursor, SavedCursor

SECOND = 1_000_000


@given(st.lists(st.sampled_from(["read", "hand on", "take"]), max_size=60))
def test_nothing_that_is_under_way_counts_as_done(steps: list[str]) -> None:
    cursor, now, pending = Cursor(None), 0, list[int]()
    for step in steps:
        if step == "take" and pending:
            pending.pop(0)
            cursor.taken()
        elif step != "take":
            now += SECOND
            cursor.read(now, handed_on=step == "hand on")
            if step == "hand on":
                pending.append(now)
        assert cursor.done == (pending[0] - 1 if pending else now)


def test_what_may_be_saved_was_done_one_call_before_unless_all_is_safe() -> None:
    cursor = Cursor(None)
    cursor.read(5 * SECOND, handed_on=False)
    assert cursor.safe(everything=False) is None
    cursor.read(9 * SECOND, handed_on=False)
    safe = cursor.safe(everything=False)
    assert safe is not None
    assert safe.time_us == 5 * SECOND
    last = cursor.safe(everything=True)
    assert last is not None
    assert last.time_us == 9 * SECOND


def test_a_rewound_connection_proves_no_gap() -> None:
    assert not Cursor(SavedCursor(9 * SECOND, 30.0)).connected(7 * SECOND, 9 * SECOND)


def test_a_jump_is_a_gap_where_many_events_were_to_be_expected() -> None:
    assert Cursor(SavedCursor(10 * SECOND, 30.0)).connected(40 * SECOND, 10 * SECOND)
    assert not Cursor(SavedCursor(10 * SECOND, 0.1)).connected(40 * SECOND, 10 * SECOND)


def test_a_jump_longer_than_the_window_is_always_a_gap() -> None:
    assert Cursor(None).connected(WINDOW_US + 2 * SECOND, SECOND)


def test_it_resumes_where_it_was_or_where_the_first_stream_began() -> None:
    assert Cursor(None).resume_at(7) == 7
    assert Cursor(SavedCursor(9)).resume_at(7) == 9
    assert Cursor(SavedCursor(5)).resume_at(7) == 7


def test_the_rate_is_learnt_and_saved() -> None:
    cursor = Cursor(None)
    cursor.connected(SECOND, SECOND)
    for second in range(1, 22):
        cursor.read(second * SECOND, handed_on=False)
    safe = cursor.safe(everything=True)
    assert safe is not None
    assert 0.9 < safe.rate < 1.2
