"""Settings and names: what is refused, with which words, and how intervals are floored."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.captures.segments.names import interval_of
from workers.captures.segments.timestamps import iso, ms_of
from workers.captures.settings import CaptureSettings, CaptureSettingsError


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("minute_interval", 0),
        ("minute_interval", 1441),
        ("filename_timefmt", "%Y/%m"),
        ("filename_timefmt", "x" * 200),
        ("extension", "/../../etc/x"),
        ("extension", ".manifest"),
        ("extension", ".json.gz"),
        ("extension", ".tmp"),
        ("temporary_extension", ""),
        ("temporary_extension", ".part"),
        ("compression", "lzma"),
        ("dedupe_ids", -1),
        ("fsync_seconds", -1),
        ("waiting_bytes", 0),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_with_what_was_expected(
    field: str, value: object
) -> None:
    with pytest.raises(CaptureSettingsError, match=f"^{field}: expected .*, got "):
        CaptureSettings(**{field: value}).checked()  # type: ignore[arg-type]


def test_the_defaults_are_those_of_the_existing_client() -> None:
    chosen = CaptureSettings().checked()
    assert (chosen.minute_interval, chosen.filename_timefmt) == (10, "%Y%m%d_%H%M")
    assert (chosen.extension, chosen.temporary_extension) == (".json", ".tmp")


@pytest.mark.parametrize(
    ("clock", "minutes", "start", "end"),
    [
        ("12:17", 10, "12:10", "12:20"),
        ("12:59", 10, "12:50", "13:00"),
        ("12:59", 7, "12:56", "13:00"),
        ("12:00", 1, "12:00", "12:01"),
        ("12:17", 60, "12:00", "13:00"),
        ("12:17", 90, "12:00", "13:30"),
        ("23:59", 1440, "00:00", "24:00"),
    ],
)
def test_intervals_are_floored(clock: str, minutes: int, start: str, end: str) -> None:
    midnight = ms_of("2026-11-22T00:00:00Z")

    def at(text: str) -> int:
        hour, minute = text.split(":")
        return midnight + (int(hour) * 60 + int(minute)) * 60_000

    found = interval_of(at(clock), minutes)
    assert (found.start, found.end) == (at(start), at(end))


@given(st.integers(0, 4_000_000_000_000), st.integers(1, 1440))
def test_every_moment_lies_in_its_own_interval(moment: int, minutes: int) -> None:
    found = interval_of(moment, minutes)
    assert found.start <= moment < found.end
    assert interval_of(found.start, minutes) == found
    assert interval_of(found.end - 1, minutes) == found


@given(st.integers(0, 253_402_300_799_999))
def test_a_moment_comes_back_from_its_text(moment: int) -> None:
    assert ms_of(iso(moment)) == moment
    assert datetime.fromisoformat(iso(moment)).tzinfo == UTC
