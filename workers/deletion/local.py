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
from workers.captures.redaction.segment_deletion import SegmentDeletion, Writers, bounded
from workers.captures.segments.compression import DamagedError, open_local, stored_lines
from workers.captures.segments.file_system import FileSystem
from workers.captures.segments.names import PART, TORN, is_side, plain_name
from workers.captures.segments.timestamps import ms_of
from workers.captures.settings import CaptureSettings, asked_settings, machine_settings
from workers.deletion.deletion_pass import AccountPass

UPLOADS = "(uploads)"
"""Stands for a collection where a file was uploaded: no collection can have this name."""


class LocalDeletion:
    """Scans the folders below `captures`; a file is scanned again only after it changed."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        machine: str,
        file_system: FileSystem | None = None,
        writers: Writers | None = None,
    ) -> None:
        self._root = settings.data_dir / "captures"
        self._settings = machine_settings(settings)
        self._store = store
        self._machine = machine
        self._file_system = file_system or FileSystem()
        self._data_dir = settings.data_dir
        self._segment_deletion = SegmentDeletion(self._file_system, writers)

    def clear(self) -> None:
        """Forget what was scanned: no order is pending."""
        self._segment_deletion.clear()

    def scan(self, deletion_pass: AccountPass) -> None:
        """Remove what the orders name; an error in one segment is recorded in the pass."""
        for folder, stream, settings in self._folders(deletion_pass.account_id):
            if stream is not None:
                self._repair(folder, settings, stream, deletion_pass)
            deletion_pass.matcher.enter(folder.name)
            self._segment_deletion.write_out(folder.name, deletion_pass)
            writes = stream.id if stream else None
            for path in self._owned(folder, stream, settings, deletion_pass.account_id):
                self._segment_deletion.remove_from(
                    path, settings.temporary_extension, deletion_pass, writes
                )
        deletion_pass.matcher.enter(UPLOADS)
        for path in self._uploads(deletion_pass.account_id):
            self._segment_deletion.remove_from_upload(path, UPLOADS, deletion_pass)

    def lines(self, account_id: int) -> Iterator[bytes]:
        """Yield every line of an account's files that can be read; raises OSError."""
        files = self._uploads(account_id)
        for folder, stream, settings in self._folders(account_id):
            owned = self._owned(folder, stream, settings, account_id)
            files += [path for path in owned if not is_side(path.name)]
        for path in files:
            with suppress(DamagedError, FileNotFoundError), open_local(path) as lines:
                yield from bounded(stored_lines(lines))

    def _folders(self, account_id: int) -> Iterator[tuple[Path, Stream | None, CaptureSettings]]:
        """Yield the folders with an account's segments, and its stream that writes there now."""
        streams = self._store.streams.of_account(account_id, archived=True)
        for name, writes_now in self._store.deletions.folders(account_id).items():
            folder, settings = self._root / name, self._settings
            if not folder.is_dir():
                continue
            stream = next((each for each in streams if each.folder == name), None)
            stream = stream if writes_now else None
            if stream is not None and stream.plan.capture is not None:
                settings = asked_settings(stream.plan.capture, settings)
            yield folder, stream, settings

    def _owned(
        self, folder: Path, stream: Stream | None, settings: CaptureSettings, account_id: int
    ) -> Iterator[Path]:
        """Yield an account's own files: the folder may have belonged to another account before."""
        owners = self._store.deletions.files(folder.name)
        for path in sorted(folder.iterdir()):
            sealed = path.name.partition(TORN)[0].removesuffix(settings.temporary_extension)
            owner = owners.get((self._machine, plain_name(sealed)))
            owner = owners.get((self._machine, sealed), owner)
            if owner == account_id or (owner is None and stream is not None):
                yield path

    def _uploads(self, account_id: int) -> list[Path]:
        """List the files that an account uploaded for replays."""
        folder = uploads(self._data_dir, account_id)
        found = sorted(folder.iterdir()) if folder.is_dir() else []
        return [path for path in found if is_file_id(path.name) and not path.name.endswith(PART)]

    def _repair(
        self, folder: Path, settings: CaptureSettings, stream: Stream, deletion_pass: AccountPass
    ) -> None:
        """Seal what a crash left open, and record it in SQL."""
        for each in repair(self._file_system, folder, settings, deletion_pass.now):
            manifest: dict[str, Any] = msgspec.to_builtins(each.manifest)
            self._store.segments.add(
                stream.id,
                folder.name,
                self._machine,
                each.manifest.count,
                each.manifest.bytes,
                ms_of(each.manifest.sealed_at),
                manifest,
            )
