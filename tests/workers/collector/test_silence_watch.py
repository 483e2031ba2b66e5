"""A silence on a connection that lives is a doubt; one that ends in a disconnect is a gap."""

from streams.gap_event import GapEvent
from streams.store.schema import DOUBT
from workers.collector.silence_watch import SilenceWatch

S = "stream"


def test_a_silence_becomes_a_doubt_once_a_keep_alive_proves_the_connection() -> None:
    watch = SilenceWatch()
    assert watch.advance({S: 1000}, 1500, 12_000) == []
    assert watch.advance({S: 1000}, 11_900, 13_000) == [GapEvent(S, 1000, DOUBT, doubt=True)]
    assert watch.advance({S: 1000}, 12_900, 14_000) == []
    assert watch.advance({}, 14_900, 15_000) == [GapEvent(S, 15_000, doubt=True)]
    assert watch.advance({}, 15_900, 16_000) == []


def test_a_silence_after_which_posts_come_on_the_same_connection_is_a_doubt_afterwards() -> None:
    watch = SilenceWatch()
    assert watch.advance({S: 1000}, 1500, 12_000) == []
    expected = [GapEvent(S, 1000, DOUBT, doubt=True), GapEvent(S, 15_000, doubt=True)]
    assert watch.advance({}, 14_900, 15_000) == expected


def test_a_silence_that_ends_in_a_disconnect_is_no_doubt_but_for_its_proved_part() -> None:
    watch = SilenceWatch()
    watch.advance({S: 1000}, 1500, 12_000)
    assert watch.interrupt(1500) == []
    watch.advance({S: 30_000}, 41_000, 42_000)
    assert watch.interrupt(41_000) == [GapEvent(S, 41_000, doubt=True)]
    assert watch.advance({}, 60_000, 60_000) == []
