"""What viewers get of a stream: of how many posts a second, and why not all."""

import pytest

from web.live.shown_part import SECONDS, Reason, ShownPart, ShownParts


class Parts(ShownParts):
    """Under a clock of its own; records how often a part began."""

    def __init__(self) -> None:
        self.now = 100.0
        self.begun: list[float] = []
        super().__init__(lambda: self.now)
        self.on_first = lambda: self.begun.append(self.now)


def test_a_stream_that_is_shown_whole_has_no_part() -> None:
    parts = Parts()
    parts.add("a", 500, 0, "viewer_limit")
    assert (parts.of("a"), parts.of("b"), parts.begun) == (None, None, [])


@pytest.mark.parametrize("reason", ["viewer_limit", "taggers_behind"])
def test_a_part_names_both_rates_and_the_reason(reason: Reason) -> None:
    parts = Parts()
    parts.add("a", 7800, 0, "viewer_limit")
    parts.add("a", 0, 12600, reason)
    part = parts.of("a")
    assert part is not None
    assert (part.shown, part.of, getattr(part, reason)) == (3900.0, 10200.0, 6300.0)
    assert part.viewer_limit + part.taggers_behind == 6300.0


def test_a_part_is_reported_at_once_when_it_begins_and_again_after_it_was_over() -> None:
    parts = Parts()
    for _ in range(3):
        parts.add("a", 10, 5, "viewer_limit")
        parts.now += 0.5
    assert parts.begun == [100.0]
    parts.now += SECONDS
    assert parts.of("a") is None
    parts.add("a", 0, 5, "taggers_behind")
    assert len(parts.begun) == 2
    assert parts.of("a") == ShownPart(0.0, 2.5, 0.0, 2.5)
