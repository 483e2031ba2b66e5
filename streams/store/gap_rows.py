"""Rows of gaps, which doubts share: begun once, ended once, never before they began."""

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from streams.store.schema import DOUBT, GapRow


def begin(
    session: Session, stream_id: str, at: int, reason: str, source: str | None = None
) -> None:
    """Add a row, unless one like it is open: a doubt, or a gap of that source."""
    is_same = GapRow.source.is_(None) if source is None else GapRow.source == source
    query = _open(stream_id, doubt=reason == DOUBT).where(is_same)
    if session.scalar(query) is None:
        session.add(GapRow(stream_id=stream_id, started_at=at, reason=reason, source=source))


def end(
    session: Session, stream_id: str, at: int, source: str | None = None, *, doubt: bool = False
) -> None:
    """End the open doubt; or the open gap of a source, without one every gap that is open."""
    query = _open(stream_id, doubt=doubt)
    for row in session.scalars(query if source is None else query.filter_by(source=source)):
        row.ended_at = max(at, row.started_at)


def reaching(stream_id: str, since: int, *, doubt: bool = False) -> Select[GapRow]:
    """Select the gaps or doubts of a stream that reach past `since`, oldest first."""
    lasts = GapRow.ended_at.is_(None) | (GapRow.ended_at >= since)
    query = select(GapRow).where(GapRow.stream_id == stream_id, lasts, _are(doubt))
    return query.order_by(GapRow.started_at)


def _open(stream_id: str, *, doubt: bool) -> Select[GapRow]:
    return select(GapRow).where(
        GapRow.stream_id == stream_id, GapRow.ended_at.is_(None), _are(doubt)
    )


def _are(doubt: bool) -> ColumnElement[bool]:
    return GapRow.reason == DOUBT if doubt else GapRow.reason != DOUBT
