"""What a report proves to be on the disk: no line that waits anywhere on its way there."""

from types import SimpleNamespace
from typing import cast

from workers.collector.intake import Intake
from workers.collector.slot_report import kept_until


def test_a_line_that_goes_from_the_intake_to_the_captures_meanwhile_is_not_believed_kept() -> None:
    waits_in = ["intake"]

    def taken_until(now: int) -> int:
        where = waits_in.pop()
        waits_in.append("captures")
        return 400 if where == "intake" else now

    def captured_until(now: int) -> int:
        return 400 if waits_in == ["captures"] else now

    intake = cast(Intake, SimpleNamespace(taken_until=taken_until))
    assert kept_until(1_000, intake, captured_until, None) == 400
    assert kept_until(1_000, intake, captured_until, None) == 400  # in the captures by now


def test_what_came_after_the_last_line_that_was_read_is_not_proved() -> None:
    intake = cast(Intake, SimpleNamespace(taken_until=lambda now: now))
    assert kept_until(1_000, intake, lambda now: now, 900) == 900
    assert kept_until(1_000, intake, lambda now: now, None) == 1_000
