"""Corrections: labels that people put right. Nothing is overwritten; the newest one counts."""

from collections.abc import Collection

import msgspec
from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from streams.store.engine import Begin
from streams.store.schema import CorrectionRow


class Correction(msgspec.Struct, frozen=True):
    """Who gave which label to a post instead of which one, and when (ms since the epoch).

    `before` is the label at that moment: the model's, named by `model`, or an earlier correction.
    """

    at: int
    account_id: int
    post_id: str
    author_id: str | None
    text: str
    tagger: str
    before: str
    model: str | None
    label: str


class Corrections:
    """Reads and writes corrections."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    def add(self, stream_id: str, correction: Correction) -> Correction:
        """Record a correction; `before` becomes the label that was in force."""
        with self._begin() as session:
            query = _latest().where(
                CorrectionRow.stream_id == stream_id,
                CorrectionRow.post_id == correction.post_id,
                CorrectionRow.tagger == correction.tagger,
            )
            if known := session.scalar(query.limit(1)):
                correction = msgspec.structs.replace(correction, before=known.label)
            session.add(CorrectionRow(stream_id=stream_id, **msgspec.structs.asdict(correction)))
        return correction

    def of_stream(self, stream_id: str, limit: int, offset: int) -> tuple[list[Correction], int]:
        """List the corrections of a stream, newest first, and how many there are."""
        mine = CorrectionRow.stream_id == stream_id
        with self._begin() as session:
            total = session.scalar(select(func.count()).select_from(CorrectionRow).where(mine)) or 0
            rows = session.scalars(_latest().where(mine).limit(limit).offset(offset))
            return [_correction(row) for row in rows], total

    def in_force(self, account_id: int, tagger: str) -> list[Correction]:
        """List the newest correction of each post in all streams of an account, oldest first."""
        query = _latest().where(
            CorrectionRow.account_id == account_id, CorrectionRow.tagger == tagger
        )
        with self._begin() as session:
            newest = {row.post_id: row for row in reversed(list(session.scalars(query)))}
            return [_correction(row) for row in newest.values()]


def forget(
    session: Session, account_id: int, posts: Collection[str], authors: Collection[str]
) -> None:
    """Delete an account's corrections of posts, and of posts by authors: they hold the text."""
    for column, values in ((CorrectionRow.post_id, posts), (CorrectionRow.author_id, authors)):
        wanted = list(values)
        for at in range(0, len(wanted), 500):
            session.execute(
                delete(CorrectionRow).where(
                    CorrectionRow.account_id == account_id, column.in_(wanted[at : at + 500])
                )
            )


def _latest() -> Select[CorrectionRow]:
    return select(CorrectionRow).order_by(CorrectionRow.id.desc())


def _correction(row: CorrectionRow) -> Correction:
    return Correction(
        row.at,
        row.account_id,
        row.post_id,
        row.author_id,
        row.text,
        row.tagger,
        row.before,
        row.model,
        row.label,
    )
