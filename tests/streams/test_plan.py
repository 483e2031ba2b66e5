"""Plans: what is refused, and which field is named."""

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
    ],
)
def test_what_no_file_can_be_called_is_refused_by_name(field: str, value: str) -> None:
    capture = CaptureOptions(**{"collection": "rain", field: value})
    with pytest.raises(FilterError) as refused:
        Plan(capture=capture).checked()
    assert refused.value.field == f"capture.{field}"


def test_what_is_not_said_of_files_is_left_to_the_machine() -> None:
    plan = Plan(capture=CaptureOptions("rain", extension=".jsonl", filename_timefmt="-%Y%m%d"))
    assert plan.checked() == plan
