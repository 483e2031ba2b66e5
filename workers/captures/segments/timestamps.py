"""Timestamps: milliseconds since the epoch in memory, ISO 8601 in UTC on disk."""

from datetime import UTC, datetime

LONG_AGO, FAR_AHEAD = 0, 253_402_300_799_999
"""The range of four-digit years, from 1970 on."""


def iso(ms: int) -> str:
    """Write 2026-11-22T04:00:01.123Z, always 24 characters; a moment out of range is clipped."""
    ms = min(max(ms, LONG_AGO), FAR_AHEAD)
    seconds, rest = divmod(ms, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"


def iso_or_none(ms: int | None) -> str | None:
    """Write a moment like `iso`, and none as None."""
    return None if ms is None else iso(ms)


def ms_of(text: str) -> int:
    """Read ISO 8601; without a zone it is UTC. Raises ValueError for anything else."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)


def posted_ms(text: str | None) -> int | None:
    """Parse the time of a post: ISO 8601, the form of v1.1, or a number; None for others."""
    if not text:
        return None
    for read in (_ms_of_number, ms_of, _ms_of_v1, _ms_of_old_archive):
        try:
            return read(text)
        except (ValueError, OverflowError):
            continue
    return None


LONGEST_DELAY_MS = 60_000
"""A delay longer than this is that of a post that was passed on late, or of a wrong clock."""


def written_ms(created_at: str | None, received_at: int) -> int:
    """Return when a post was written (ms), or when it was received if its time is not credible."""
    written = posted_ms(created_at)
    if written is None or not received_at - LONGEST_DELAY_MS <= written <= received_at:
        return received_at
    return written


def _ms_of_number(text: str) -> int:
    """Read seconds or milliseconds since the epoch, as pandas writes them."""
    if not (text.isascii() and text.isdigit() and len(text) in (10, 13)):
        raise ValueError(text)
    return int(text) * (1000 if len(text) == 10 else 1)


def _ms_of_old_archive(text: str) -> int:
    return round(datetime.strptime(text, "%Y-%m-%d %H:%M:%S %z").timestamp() * 1000)


def _ms_of_v1(text: str) -> int:
    return round(datetime.strptime(text, "%a %b %d %H:%M:%S %z %Y").timestamp() * 1000)
