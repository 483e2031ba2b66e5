"""Plans: what is refused, and which field is named."""

from typing import Any

import pytest

from streams.filter import FilterError
from streams.plan import CaptureOptions, Plan


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("collection", "../rain"),
        ("collection", " rain"),
        ("extension", ".json/x"),
        ("extension", ".manifest"),
        ("filename_timefmt", "%Y/%m"),
        ("filename_timefmt", "%Y\n"),
        ("filename_timefmt", "%Y\0%m"),
        ("filename_timefmt", "%Y.manifest"),
        ("extension", ".Manifest"),
        ("extension", ".json\0"),
        ("extension", ".json\n"),
    ],
)
def test_what_no_file_can_be_called_is_refused_by_name(field: str, value: str) -> None:
    options: dict[str, Any] = {"collection": "rain", field: value}
    capture = CaptureOptions(**options)
    with pytest.raises(FilterError) as refused:
        Plan(capture=capture).checked()
    assert refused.value.field == f"capture.{field}"


def test_format_and_ending_together_do_not_read_as_a_manifest() -> None:
    capture = CaptureOptions("rain", filename_timefmt="%Y.mani", extension="fest")
    with pytest.raises(FilterError, match=r"none of \.manifest"):
        capture.checked()


def test_what_is_not_said_of_files_is_left_to_the_machine() -> None:
    plan = Plan(capture=CaptureOptions("rain", extension=".jsonl", filename_timefmt="-%Y%m%d"))
    assert plan.checked() == plan
