"""The totals of a segment: what its lines add up to."""

import hashlib
from collections.abc import Iterable, Sequence

import msgspec

from workers.captures.segments.envelope import BASE64_END, EnvelopeError, is_base64, unwrap
from workers.captures.segments.timestamps import written_ms


class SegmentLine(msgspec.Struct, frozen=True, gc=False):
    """One line of a segment with its line end, and what the collector knows about it."""

    data: bytes
    received_at: int
    id: str | None = None
    created_at: str | None = None
    rules_left_out: int = 0
    backfilled: bool = False
    is_edit: bool = False

    @property
    def written_at(self) -> int:
        """When the post was written (ms), as far as that is known and credible."""
        return written_ms(self.created_at, self.received_at)


class SegmentTotals:
    """Counts lines as they are written or read. Times are ms since the epoch."""

    def __init__(self) -> None:
        self.count = 0
        self.not_json = 0
        self.rules_left_out = 0
        self.backfilled = 0
        self.edits = 0
        self.bytes = 0
        self.first_id: str | None = None
        self.last_id: str | None = None
        self.first_created_at: str | None = None
        self.last_created_at: str | None = None
        self.first_received_at: int | None = None
        self.last_received_at: int | None = None
        self._sha256 = hashlib.sha256()
        self._last_raw: bytes | None = None

    @property
    def sha256(self) -> str:
        """SHA-256 of the lines so far, uncompressed, in hexadecimal."""
        return self._sha256.hexdigest()

    def add(self, lines: Sequence[SegmentLine], blob: bytes) -> None:
        """Add lines, of which `blob` is the bytes."""
        self._sha256.update(blob)
        self.bytes += len(blob)
        self.count += len(lines)
        may_be = [line.data for line in lines if line.data.endswith(BASE64_END)]
        self.not_json += sum(map(is_base64, may_be))
        for line in lines:
            if line.rules_left_out or line.backfilled or line.is_edit:
                self.rules_left_out += line.rules_left_out > 0
                self.backfilled += line.backfilled
                self.edits += line.is_edit
        with_id = [line for line in lines if line.id is not None]
        for line in (*lines[:1], *with_id[:1], *with_id[-1:], *lines[-1:]):
            self._see(line.received_at, line.id, line.created_at)

    def add_stored(self, data: bytes) -> None:
        """Add one stored line, described by its envelope alone; a blank one only adds bytes."""
        self._sha256.update(data)
        self.bytes += len(data)
        if not data.strip():
            return
        self.count += 1
        self.not_json += is_base64(data)
        try:
            record = unwrap(data.rstrip(b"\r\n"))
        except EnvelopeError:
            return
        self.rules_left_out += record.rules_left_out > 0
        self.backfilled += record.backfilled
        self.edits += record.edit_of is not None
        created_at = created_at_of(record.raw) if self.first_id is None else None
        self._see(record.received_at, record.id, created_at)
        if record.id is not None:
            self._last_raw = record.raw

    def finish(self) -> "SegmentTotals":
        """Look up the fields that only the last stored line has."""
        if self._last_raw is not None:
            self.last_created_at = created_at_of(self._last_raw)
        return self

    def _see(self, received_at: int | None, id: str | None, created_at: str | None) -> None:
        if received_at is not None:
            if self.first_received_at is None:
                self.first_received_at = received_at
            self.last_received_at = received_at
        if id is not None:
            if self.first_id is None:
                self.first_id, self.first_created_at = id, created_at
            self.last_id, self.last_created_at = id, created_at


def totals_of(lines: Iterable[bytes]) -> SegmentTotals:
    """Add up stored lines, each with its line end."""
    totals = SegmentTotals()
    for data in lines:
        totals.add_stored(data)
    return totals.finish()


class _Created(msgspec.Struct):
    created_at: str | None = None


class _Delivered(_Created):
    data: _Created | None = None


_delivered = msgspec.json.Decoder(_Delivered)


def created_at_of(raw: bytes) -> str | None:
    """Return the creation time of a post, from where platforms commonly put it."""
    try:
        found = _delivered.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return found.data.created_at if found.data else found.created_at
