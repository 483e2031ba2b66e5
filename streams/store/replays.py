"""Replays: how far each has come."""

from collections.abc import Collection, Sequence

import msgspec
from sqlalchemy import select

from streams.live.report import Fault
from streams.replay import ReplayProgress
from streams.store.engine import Begin
from streams.store.schema import ReplayRow
from streams.stream import Stream


class Replays:
    """Reads and writes progress. Only the owner of a slot writes."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    def of(self, stream_ids: Collection[str]) -> dict[str, ReplayProgress]:
        """Return what is known, by stream."""
        query = select(ReplayRow).where(ReplayRow.stream_id.in_(stream_ids))
        if not stream_ids:
            return {}
        with self._begin() as session:
            return {row.stream_id: _progress(row) for row in session.scalars(query)}

    def get(self, stream_id: str) -> ReplayProgress | None:
        """Return how far a stream has come in the run that was noted last."""
        return self.of([stream_id]).get(stream_id)

    def write(self, progress: ReplayProgress) -> None:
        """Record the progress of a stream."""
        fields = msgspec.structs.asdict(progress)
        fault = fields.pop("fault")
        fields["fault"] = msgspec.json.encode(fault).decode() if fault else None
        with self._begin() as session:
            session.merge(ReplayRow(**fields))

    def unfinished(self, streams: Sequence[Stream]) -> list[Stream]:
        """Return those that have not come to the end of their present run."""
        known = self.of([stream.id for stream in streams if stream.plan.replay])
        return [stream for stream in streams if not _has_ended(stream, known.get(stream.id))]


def _has_ended(stream: Stream, progress: ReplayProgress | None) -> bool:
    replay = stream.plan.replay
    return replay is not None and progress is not None and progress.has_ended(replay)


def _progress(row: ReplayRow) -> ReplayProgress:
    return ReplayProgress(
        stream_id=row.stream_id,
        run=row.run,
        began_at=row.began_at,
        lines=row.lines,
        posts=row.posts,
        share=row.share,
        moment=row.moment,
        said=row.said,
        ended_at=row.ended_at,
        fault=msgspec.json.decode(row.fault, type=Fault) if row.fault else None,
    )
