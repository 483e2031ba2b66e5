"""Flower sees every task, but of tagging one batch in fifty."""

import pytest

from workers.lifecycle.task_events import is_shown


@pytest.mark.parametrize(
    ("task_id", "shown"),
    [
        ("5f1c3a3e-0000-4000-8000-000000000000", True),
        ("x:3:1", True),
        ("x:3:2", False),
        ("x:3:50", False),
        ("x:3:51", True),
        ("replay:0a1b@lab:3:2", False),
    ],
)
def test_a_task_is_shown_whole_or_not_at_all(task_id: str, shown: bool) -> None:
    assert is_shown(task_id) is shown
