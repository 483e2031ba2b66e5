"""Rates are taken over the last seconds."""

from workers.collector.meter import ThroughputMeter


def test_a_steady_stream_shows_its_rate_and_a_quiet_one_falls_to_nothing() -> None:
    meter = ThroughputMeter()
    for second in range(10):
        meter.sample(float(second))
        meter.received += 20
        meter.posts["a"] += 10
    meter.sample(10.0)
    assert meter.rates["a"] == 10
    assert meter.rate == 20
    for second in range(11, 20):
        meter.sample(float(second))
    assert meter.rates["a"] == 0


def test_one_sample_says_nothing() -> None:
    meter = ThroughputMeter()
    meter.sample(1.0)
    assert meter.rates == {}
    assert meter.rate == 0


def test_the_longest_delay_of_the_last_seconds_counts() -> None:
    meter = ThroughputMeter()
    meter.note_delay("x", 1_000, 3_000)
    meter.note_delay("x", 4_900, 5_000)
    assert meter.delay_of("x") == 2_000
    meter.note_delay("x", 13_900, 14_000)
    assert meter.delay_of("x") == 100
    meter.note_delay("x", 3_600_000, 3_610_000)  # by a clock that was an hour ahead
    meter.note_delay("x", 13_900, 14_000)
    assert meter.delay_of("x") == 100
    meter.note_delay("x", 20_000, 14_500)  # a clock of the platform that is ahead
    assert meter.delay_of("x") == 100
