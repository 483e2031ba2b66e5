"""Seen: a state that a stream was seen in, as the record of its life keeps it."""

import msgspec

from streams.live.report import Fault
from streams.status import State, Status

_PASSING = (State.STARTING, State.STOPPING)


class RecordedState(msgspec.Struct, frozen=True):
    """A state, and why, where something was wrong."""

    state: State
    fault: Fault | None = None

    def is_like(self, other: "RecordedState") -> bool:
        """Return whether it is the same state for the same reason, whatever the words for it."""
        return (self.state, self._code) == (other.state, other._code)

    @property
    def _code(self) -> str | None:
        return self.fault.code if self.fault else None


AT_REST = RecordedState(State.STOPPED)


def recordable(status: Status) -> RecordedState | None:
    """Take what is worth recording; None for an order that is just being carried out."""
    if status.state in _PASSING and status.fault is None:
        return None
    if status.state is State.ARCHIVED:
        return AT_REST
    return RecordedState(status.state, status.fault)
