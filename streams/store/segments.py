"""Segments: the sealed files of captures, wherever they lie."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import wraps
from typing import Any, Literal, ParamSpec

import msgspec
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from streams.collection import collection_of
from streams.store import folders
from streams.store.engine import Begin
from streams.store.schema import SegmentRow, StreamRow

P = ParamSpec("P")

SegmentState = Literal["local", "shipping", "shipped", "missing"]
"""On its machine; there and on its way to the object store; in the store; nowhere any more."""


class SegmentLocation(msgspec.Struct, frozen=True):
    """Where a segment is; `stored_as` is its name in the folder once it was packed."""

    state: SegmentState = "local"
    stored_as: str | None = None
    shipped_to: str | None = None
    shipped_at: int | None = None


class SegmentRecord(msgspec.Struct, frozen=True):
    """A sealed file in a folder of a machine; times are ms since the epoch."""

    id: int
    stream_id: str
    collection: str
    folder: str
    machine: str
    file: str
    posts: int
    bytes: int
    sealed_at: int
    manifest: dict[str, Any]
    where: SegmentLocation = SegmentLocation()


class SegmentSums(msgspec.Struct, frozen=True):
    """The sealed files of a stream, taken together; `sealed_at` is when the last was sealed."""

    segments: int = 0
    posts: int = 0
    bytes: int = 0
    sealed_at: int | None = None


class SealedPosts(msgspec.Struct, frozen=True):
    """The sealed files of a stream up to the record `until`: they hold `most` posts, or fewer."""

    until: int
    most: int


class _LineCounts(msgspec.Struct):
    """The part of a manifest that says how many of its lines are posts, each once."""

    count: int
    not_json: int = 0
    edits: int = 0


def _again_if_added(change: Callable[P, None]) -> Callable[P, None]:
    """Repeat a change when another process has added the same file in the middle of it."""

    @wraps(change)
    def changed(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            change(*args, **kwargs)
        except IntegrityError:
            change(*args, **kwargs)

    return changed


class Segments:
    """Reads and writes segments: the owner of a slot, and deletions of its machine."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin

    @_again_if_added
    def add(
        self,
        stream_id: str,
        folder: str,
        machine: str,
        posts: int,
        bytes_: int,
        sealed_at: int,
        manifest: dict[str, Any],
    ) -> None:
        """Record a sealed file once; its manifest names collection and file."""
        file = manifest["file"]
        with self._begin() as session:
            known = select(SegmentRow).filter_by(folder=folder, machine=machine, file=file)
            row = session.scalar(known)
            if row is None:
                row = SegmentRow(folder=folder, machine=machine, file=file)
                row.collection = manifest["collection"]
                session.add(row)
            elif row.stored_as or _redactions(msgspec.json.decode(row.manifest)):
                return  # word of the seal, come late: it was packed, or lines were taken out since
            row.stream_id, row.posts, row.bytes = stream_id, posts, bytes_
            row.sealed_at, row.manifest = sealed_at, msgspec.json.encode(manifest).decode()

    @_again_if_added
    def rewritten(
        self,
        folder: str,
        machine: str,
        files: Sequence[str],
        manifest: dict[str, Any],
        stream_id: str | None,
    ) -> None:
        """Record that lines were taken out of a file, known by any of these names.

        One that was sealed but is not known yet is added, for a stream, by the last of the names:
        word of the seal comes later, and must not undo this.
        """
        values = {
            "posts": manifest["count"],
            "bytes": manifest["bytes"],
            "manifest": msgspec.json.encode(manifest).decode(),
        }
        known = (
            SegmentRow.folder == folder,
            SegmentRow.machine == machine,
            SegmentRow.file.in_(files),
        )
        with self._begin() as session:
            row = session.scalar(select(SegmentRow.id).where(*known))
            if row is not None:
                session.execute(update(SegmentRow).where(*known).values(**values))
            elif stream_id is not None:
                where = {"folder": folder, "machine": machine, "file": files[-1]}
                where["collection"] = collection_of(folder)
                sealed_at = datetime.fromisoformat(manifest["sealed_at"])
                values["sealed_at"] = round(sealed_at.timestamp() * 1000)
                session.add(SegmentRow(stream_id=stream_id, **where, **values))

    def newest(self, machine: str) -> dict[str, int]:
        """Return the highest id among a machine's segments, by folder."""
        query = select(SegmentRow.folder, func.max(SegmentRow.id))
        query = query.where(SegmentRow.machine == machine).group_by(SegmentRow.folder)
        with self._begin() as session:
            return {row[0]: row[1] for row in session.execute(query)}

    def files(self, machine: str, folder: str) -> set[str]:
        """Name the known files of a machine's folder as they were sealed."""
        query = select(SegmentRow.file)
        query = query.where(SegmentRow.machine == machine, SegmentRow.folder == folder)
        with self._begin() as session:
            return set(session.scalars(query))

    def unshipped(self, machine: str, folder: str) -> list[tuple[int, str, SegmentLocation]]:
        """List the id, the file, and what is known of segments that are in no object store."""
        query = select(SegmentRow.id, SegmentRow.file, SegmentRow.state, SegmentRow.stored_as)
        query = query.where(
            SegmentRow.folder == folder,
            SegmentRow.machine == machine,
            SegmentRow.state != "shipped",
        )
        with self._begin() as session:
            found = session.execute(query)
            return [(row.id, row.file, _where(row.state, row.stored_as)) for row in found]

    def found(self, id_: int, where: SegmentLocation, manifest: dict[str, Any] | None) -> None:
        """Record where a segment is, and its manifest if that is another one there."""
        with self._begin() as session:
            row = session.get_one(SegmentRow, id_)
            row.state, row.stored_as = where.state, where.stored_as
            row.shipped_to, row.shipped_at = where.shipped_to, where.shipped_at
            known = msgspec.json.decode(row.manifest)
            if manifest is not None and _redactions(known) <= _redactions(manifest):
                row.bytes, row.manifest = manifest["bytes"], msgspec.json.encode(manifest).decode()

    def of(self, stream_id: str, limit: int, offset: int) -> tuple[list[SegmentRecord], int]:
        """List a stream's segments, newest first, and how many there are."""
        mine = SegmentRow.stream_id == stream_id
        query = select(SegmentRow).where(mine).order_by(SegmentRow.id.desc())
        with self._begin() as session:
            total = session.scalar(select(func.count()).select_from(SegmentRow).where(mine)) or 0
            rows = session.scalars(query.limit(limit).offset(offset))
            return [_segment(row) for row in rows], total

    def of_collection(self, account_id: int, collection: str) -> list[SegmentRecord]:
        """List an account's segments of a collection, oldest first."""
        query = select(SegmentRow).join(StreamRow, StreamRow.id == SegmentRow.stream_id)
        query = query.where(SegmentRow.collection == collection, StreamRow.account_id == account_id)
        with self._begin() as session:
            return [_segment(row) for row in session.scalars(query.order_by(SegmentRow.id))]

    def folder(self, account_id: int, collection: str) -> str:
        """Name the folder of an account's collection."""
        with self._begin() as session:
            return folders.folder_in(session, account_id, collection)

    def sums(self, account_id: int) -> dict[str, SegmentSums]:
        """Add up the segments of an account, by stream; streams without any are left out."""
        row = SegmentRow
        sums = (func.count(), func.sum(row.posts), func.sum(row.bytes), func.max(row.sealed_at))
        query = (
            select(row.stream_id, *sums)
            .join(StreamRow, StreamRow.id == row.stream_id)
            .where(StreamRow.account_id == account_id)
            .group_by(row.stream_id)
        )
        with self._begin() as session:
            return {
                stream_id: SegmentSums(int(count), int(posts), int(size), int(sealed_at))
                for stream_id, count, posts, size, sealed_at in session.execute(query)
            }

    def sealed(self, stream_ids: Collection[str]) -> dict[str, SealedPosts]:
        """Return what is sealed of each stream, those without any left out."""
        row = SegmentRow
        query = select(row.stream_id, func.max(row.id), func.sum(row.posts))
        query = query.where(row.stream_id.in_(stream_ids)).group_by(row.stream_id)
        with self._begin() as session:
            return {key: SealedPosts(last, int(most)) for key, last, most in session.execute(query)}

    def posts_in(self, stream_id: str, until: int) -> int:
        """Add up from manifests the posts of a stream, each once, in records up to `until`."""
        row = SegmentRow
        query = select(row.manifest).where(row.stream_id == stream_id, row.id <= until)
        with self._begin() as session:
            texts = session.scalars(query.execution_options(yield_per=500))
            found = [msgspec.json.decode(each, type=_LineCounts) for each in texts]
        return sum(each.count - each.not_json - each.edits for each in found)

    def get(self, stream_id: str, segment_id: int) -> SegmentRecord | None:
        """Return one segment of a stream."""
        with self._begin() as session:
            row = session.get(SegmentRow, segment_id)
            return _segment(row) if row and row.stream_id == stream_id else None


def _redactions(manifest: dict[str, Any]) -> int:
    return len(manifest.get("redactions", ()))


def _segment(row: SegmentRow) -> SegmentRecord:
    return SegmentRecord(
        row.id,
        row.stream_id,
        row.collection,
        row.folder,
        row.machine,
        row.file,
        row.posts,
        row.bytes,
        row.sealed_at,
        msgspec.json.decode(row.manifest),
        _where(row.state, row.stored_as, row.shipped_to, row.shipped_at),
    )


def _where(state: str, *rest: Any) -> SegmentLocation:
    return SegmentLocation(msgspec.convert(state, SegmentState), *rest)
