"""A flood of lines of one kind is found in a log, and nothing else is taken for one."""

from pathlib import Path

import pytest

from tests.faults.log_repeats import MOST, LogRepeats, too_often

CELERY = "[2026-11-28 07:41:{:02d},320: {}/MainProcess] Error in timer: {}\n"
WEB = "2026-11-28 07:41:{:02d},320 {} web.stream_views: Redis does not answer after {} s\n"


@pytest.mark.parametrize("form", [CELERY, WEB])
def test_more_lines_of_one_kind_than_a_minute_may_have_are_found(form: str) -> None:
    lines = [form.format(second, "WARNING", second) for second in range(MOST)]
    assert too_often(lines) == {}
    lines.append(form.format(59, "WARNING", 59))
    (count,) = too_often(lines).values()
    assert count == MOST + 1


def test_lines_over_several_minutes_and_lines_of_information_are_no_flood() -> None:
    spread = [f"[2026-11-28 07:{minute:02d}:00,000: ERROR/M] away\n" for minute in range(40)]
    assert too_often(spread) == {}
    assert too_often([CELERY.format(1, "INFO", 1)] * 50) == {}


def test_only_what_was_logged_since_then_counts(tmp_path: Path) -> None:
    log = tmp_path / "collector.log"
    log.write_text(CELERY.format(1, "ERROR", "x") * 50)
    repeats = LogRepeats(tmp_path)
    assert repeats.found() == []
    with log.open("a") as file:
        file.write(CELERY.format(1, "ERROR", "x") * 8)
    assert repeats.found() == ["collector logged 8 times in a minute: Error in timer: x"]
