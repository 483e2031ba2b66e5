"""The disk policy: what to do before the disk is full, decided from figures alone."""

import msgspec

from streams.collection import collection_of
from streams.live.machines import Level

HOUR = 3600.0


class DiskLimits(msgspec.Struct, frozen=True, kw_only=True):
    """When to act: by the hours until the disk is full at the present rate, or by free bytes."""

    warn_hours: float = 24.0
    pack_hours: float = 12.0
    stop_hours: float = 1.0
    stop_free_bytes: int = 512 << 20
    """Below this a capture is stopped at any rate: databases and logs need room as well."""


class RunningCapture(msgspec.Struct, frozen=True):
    """A capture that writes; the one with the lowest priority is stopped first."""

    folder: str
    bytes_per_second: float
    priority: int = 0


class DiskState(msgspec.Struct, frozen=True):
    """State of the disk; `plain` is (path, bytes) of sealed segments not compressed yet."""

    free: int
    total: int
    running: tuple[RunningCapture, ...] = ()
    plain: tuple[tuple[str, int], ...] = ()

    @property
    def bytes_per_second(self) -> float:
        """Rate of all captures together."""
        return sum(one.bytes_per_second for one in self.running)


class DiskDecision(msgspec.Struct, frozen=True):
    """What to do now: compress these files, stop this capture.

    `stop` is the folder of a capture. `message` is for its owner; `public` names no capture.
    """

    hours_left: float | None
    """Until `stop_free_bytes` is reached; None when nothing is written."""
    level: Level = "ok"
    pack: tuple[str, ...] = ()
    stop: str | None = None
    message: str = ""
    public: str = ""


def decide(state: DiskState, limits: DiskLimits) -> DiskDecision:
    """Warn, then compress plain segments, then name the capture to stop, before the disk is full.

    No capture stops while compression can make room, unless the disk is below its reserve.
    """
    hours = hours_left(state, limits)
    out_of_reserve = state.free < limits.stop_free_bytes
    text = _text(state, hours)
    stop_due = out_of_reserve or (hours is not None and hours < limits.stop_hours)
    if out_of_reserve or (hours is not None and hours < limits.pack_hours):
        pack = _fitting(state)
        if stop_due and (out_of_reserve or not pack):
            stop = _first_to_stop(state)
            if stop is not None:
                name = collection_of(stop)
                message = f"{text} Weir stops the capture {name} so that the others can continue."
                public = f"{text} Weir stops a capture so that the others can continue."
                return DiskDecision(hours, "stop", pack, stop, message, public)
        if pack:
            message = f"{text} {len(pack)} sealed segments will be compressed to make room."
            return DiskDecision(hours, "pack", pack, None, message, message)
    if out_of_reserve or (hours is not None and hours < limits.warn_hours):
        return DiskDecision(hours, "warn", (), None, text, text)
    return DiskDecision(hours)


def hours_left(state: DiskState, limits: DiskLimits) -> float | None:
    """Forecast when the reserve is reached at the present rate; None when nothing is written."""
    rate = state.bytes_per_second
    if rate <= 0:
        return None
    return max(0.0, state.free - limits.stop_free_bytes) / rate / HOUR


def may_resume(state: DiskState, limits: DiskLimits, bytes_per_second: float) -> bool:
    """Return whether a capture that was stopped has room again, at the rate it had.

    It needs a quarter more than the reserve, and the hours at which Weir begins to compress: a
    capture that starts is not to be stopped again at once.
    """
    room = state.free - limits.stop_free_bytes
    rate = state.bytes_per_second + bytes_per_second
    return room >= limits.stop_free_bytes / 4 and room >= rate * limits.pack_hours * HOUR


def _fitting(state: DiskState) -> tuple[str, ...]:
    """List the plain segments, largest first, whose compressed copy fits beside them.

    Posts compress to a fifth or less; half is assumed.
    """
    largest_first = sorted(state.plain, key=lambda one: (-one[1], one[0]))
    return tuple(path for path, size in largest_first if size / 2 < state.free)


def _first_to_stop(state: DiskState) -> str | None:
    """Return the capture with the lowest priority; of equals, the one that writes most."""
    order = sorted(state.running, key=lambda one: (one.priority, -one.bytes_per_second))
    return order[0].folder if order else None


def _text(state: DiskState, hours: float | None) -> str:
    free = f"{state.free / (1 << 30):.1f} GiB of {state.total / (1 << 30):.1f} are free."
    if hours is None:
        return free
    lasts = f"{hours:.1f} hours" if hours < 48 else f"{hours / 24:.0f} days"
    return f"{free} At the present rate the disk is full in {lasts}."
