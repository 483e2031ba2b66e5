"""Deletion on this machine's disk: every segment of an account, sealed or open."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from streams.replay import is_file_id, uploads
from streams.settings import Settings
from streams.store import Store
from streams.stream import Stream
from workers.captures.maintenance.repair import repair
from workers.captures.redaction.segment_deletion import SegmentDeletion, bounded, write_out
from workers.captures.segments.compression import DamagedError, open_local, stored_lines
from workers.captures.segments.file_system import FileSystem
from workers.captures.segments.names import PART, TORN, is_side, plain_name
from workers.captures.segments.timestamps import ms_of
from workers.captures.settings import CaptureSettings, asked_settings, machine_settings
from workers.deletion.deletion_pass import AccountPass

UPLOADS = "(uploads)"
"""What stands for a collection where a file was uploaded: no collection can be called so."""


class LocalDeletion:
    """Looks through the folders below `captures`; what was looked at is not looked at again."""

    def __init__(self, settings: Settings, store: Store, machine: str) -> None:
        self._root = settings.data_dir / "captures"
        self._settings = machine_settings(settings)
        self._store = store
        self._machine = machine
        self._file_system = FileSystem()
        self._data_dir = settings.data_dir
        self._erasing = SegmentDeletion(self._file_system)

    def forget(self) -> None:
        """Begin anew: nothing is pending."""
        self._erasing.forget()

    def look(self, work: AccountPass) -> None:
        """Take out what is looked for; what goes wrong with one segment is told in `work`."""
        for folder, stream, settings in self._folders(work.account_id):
            if stream is not None:
                self._repair(folder, settings, stream, work)
            work.busy |= not write_out(folder.name)
            writes = stream.id if stream else None
            for path in self._mine(folder, stream, settings, work.account_id):
                self._erasing.take_from(path, settings.temporary_extension, work, writes)
        for path in self._uploads(work.account_id):
            self._erasing.take_from_foreign(path, UPLOADS, work)

    def lines(self, account_id: int) -> Iterator[bytes]:
        """Yield every line of an account's files that can be read; raises OSError."""
        files = self._uploads(account_id)
        for folder, stream, settings in self._folders(account_id):
            mine = self._mine(folder, stream, settings, account_id)
            files += [path for path in mine if not is_side(path.name)]
        for path in files:
            with suppress(DamagedError, FileNotFoundError), open_local(path) as lines:
                yield from bounded(stored_lines(lines))

    def _folders(self, account_id: int) -> Iterator[tuple[Path, Stream | None, CaptureSettings]]:
        """Yield the folders with segments of an account, and who of theirs writes there now."""
        streams = self._store.streams.of_account(account_id, archived=True)
        for collection, writes_now in self._store.deletions.collections(account_id).items():
            folder, settings = self._root / collection, self._settings
            if not folder.is_dir():
                continue
            stream = next((each for each in streams if _writes(each, collection)), None)
            stream = stream if writes_now else None
            if stream is not None and stream.plan.capture is not None:
                settings = asked_settings(stream.plan.capture, settings)
            yield folder, stream, settings

    def _mine(
        self, folder: Path, stream: Stream | None, settings: CaptureSettings, account_id: int
    ) -> Iterator[Path]:
        """Yield an account's own files: the folder may have been somebody else's once."""
        owners = self._store.deletions.files(folder.name)
        for path in sorted(folder.iterdir()):
            sealed = path.name.partition(TORN)[0].removesuffix(settings.temporary_extension)
            owner = owners.get((self._machine, plain_name(sealed)))
            owner = owners.get((self._machine, sealed), owner)
            if owner == account_id or (owner is None and stream is not None):
                yield path

    def _uploads(self, account_id: int) -> list[Path]:
        """List the files that an account brought to be replayed."""
        folder = uploads(self._data_dir, account_id)
        found = sorted(folder.iterdir()) if folder.is_dir() else []
        return [path for path in found if is_file_id(path.name) and not path.name.endswith(PART)]

    def _repair(
        self, folder: Path, settings: CaptureSettings, stream: Stream, work: AccountPass
    ) -> None:
        """Seal what a crash left open, and tell SQL of it."""
        for each in repair(self._file_system, folder, settings, work.now):
            manifest: dict[str, Any] = msgspec.to_builtins(each.manifest)
            self._store.segments.add(
                stream.id,
                self._machine,
                each.manifest.count,
                each.manifest.bytes,
                ms_of(each.manifest.sealed_at),
                manifest,
            )


def _writes(stream: Stream, collection: str) -> bool:
    return stream.plan.capture is not None and stream.plan.capture.collection == collection
