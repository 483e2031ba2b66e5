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
