"""Deletion on this machine's disk: every segment of an account, sealed or open."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from streams.replay import is_file_id, uploads
from streams.settings import Settings
from streams.store import Store
from streams.stream import Stream
from workers.asked_settings import asked_settings, machine_settings
from workers.captures.codec import DamagedError, open_local, stored_lines
from workers.captures.disk import Disk
from workers.captures.manifest import ManifestError, manifest_path, read_manifest
from workers.captures.moment import ms_of
from workers.captures.packing import pack_segment
from workers.captures.recorder import at_work
from workers.captures.redacted_line import Found
from workers.captures.redaction import BusyError, packed_beside, redact, redact_torn, scan
from workers.captures.repair import repair
from workers.captures.segment_name import PART, TORN, is_side
from workers.captures.settings import CaptureSettings
from workers.deletion_work import Work, plain_name

UPLOADS = "(uploads)"
"""What stands for a collection where a file was uploaded: no collection can be called so."""
MOST_UNPACKED = 64 << 30
"""Bytes of lines that a packed file is looked through for; a hostile one has no end."""

Identity = tuple[int, int, int]


class Here:
    """Looks through the folders below `captures`; what was looked at is not looked at again."""

    def __init__(self, settings: Settings, store: Store, machine: str) -> None:
        self._root = settings.data_dir / "captures"
        self._settings = machine_settings(settings)
        self._store = store
        self._machine = machine
        self._disk = Disk()
        self._data_dir = settings.data_dir
        self._clean: dict[Path, tuple[Identity, frozenset[str]]] = {}
        self._hopeless: dict[Path, tuple[Identity, str]] = {}

    def forget(self) -> None:
        """Begin anew: nothing is pending."""
        self._clean.clear()
        self._hopeless.clear()

    def look(self, work: Work) -> None:
        """Take out what is looked for; what goes wrong with one segment is told in `work`."""
        for folder, stream, settings in self._folders(work.account_id):
            if stream is not None:
                self._repair(folder, settings, stream, work)
            for recorder in list(at_work):
                work.busy |= not recorder.write_out(folder.name)
            for path in self._mine(folder, stream, settings, work.account_id):
                with _troubles_of(path, work):
                    self._take_from(path, settings, stream, work)
        for path in self._uploads(work.account_id):
            with _troubles_of(path, work):
                self._take_from_upload(path, work)

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

    def _repair(self, folder: Path, settings: CaptureSettings, stream: Stream, work: Work) -> None:
        """Seal what a crash left open, and tell SQL of it."""
        for each in repair(self._disk, folder, settings, work.now):
            manifest: dict[str, Any] = msgspec.to_builtins(each.manifest)
            self._store.segments.add(
                stream.id,
                self._machine,
                each.manifest.count,
                each.manifest.bytes,
                ms_of(each.manifest.sealed_at),
                manifest,
            )

    def _take_from(
        self, path: Path, settings: CaptureSettings, stream: Stream | None, work: Work
    ) -> None:
        if TORN in path.name:
            found = redact_torn(self._disk, path, work.search, work.tell)
            work.took_unproved(path.parent.name, path.name, found)
        elif is_side(path.name):
            return
        elif path.name.endswith(settings.temporary_extension):
            self._look_into_open(path, work)
        else:
            self._take_from_sealed(path, stream, work)

    def _take_from_upload(self, path: Path, work: Work) -> None:
        """Take out of a file that somebody brought: it may hold, and be called, anything."""
        work.looked += 1
        identity, text = self._hopeless.get(path, (None, ""))
        if identity == _identity(path):
            raise DamagedError(text)
        if self._is_clean(path, work):
            return
        found: dict[str, Found] = {}
        try:
            with open_local(path) as stream:
                for _ in work.search.keep(bounded(stored_lines(stream)), found):
                    pass
        except DamagedError as error:
            if found:  # nothing that could be read of it may get lost
                text = f"{error}; it holds deleted posts: delete the file"
                self._hopeless[path] = (_identity(path), text)
                raise DamagedError(text) from None
        if found and (done := redact(self._disk, path, work.search, work.now, work.tell)):
            work.took_unproved(UPLOADS, path.name, done.found)
        self._note_clean(path, work)

    def _look_into_open(self, path: Path, work: Work) -> None:
        """Have an open segment sealed when it holds anything: it is taken out afterwards."""
        work.looked += 1
        if scan(path, work.search):
            work.busy = True
            for recorder in list(at_work):
                recorder.seal(path.parent.name)

    def _take_from_sealed(self, path: Path, stream: Stream | None, work: Work) -> None:
        work.looked += 1
        if self._is_clean(path, work):
            return
        if compression := packed_beside(path):
            pack_segment(self._disk, path, compression)
            work.busy = True
            return
        done = redact(self._disk, path, work.search, work.now, work.tell)
        collection = path.parent.name
        if done is not None and done.manifest is None:
            work.took_unproved(collection, path.name, done.found)
        elif manifest_path(path).exists():
            manifest = read_manifest(manifest_path(path).read_bytes())
            work.took(collection, path.name, manifest, stream.id if stream else None)
        self._note_clean(path, work)

    def _is_clean(self, path: Path, work: Work) -> bool:
        known, looked_for = self._clean.get(path, (None, frozenset()))
        return known == _identity(path) and looked_for.issuperset(work.search.orders)

    def _note_clean(self, path: Path, work: Work) -> None:
        self._clean[path] = (_identity(path), frozenset(work.search.orders))


def bounded(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield lines up to what a file may hold unpacked; raises DamagedError past it."""
    left = MOST_UNPACKED
    for line in lines:
        left -= len(line)
        if left < 0:
            raise DamagedError(f"it unpacks to more than {MOST_UNPACKED >> 30} GiB")
        yield line


@contextmanager
def _troubles_of(path: Path, work: Work) -> Iterator[None]:
    """Note what goes wrong with one file; the others are gone through all the same."""
    try:
        yield
    except FileNotFoundError:
        work.busy = True  # sealed, packed, shipped or deleted meanwhile
    except BusyError:
        work.busy = True
    except (DamagedError, ManifestError, OSError) as error:
        work.trouble.append(f"{path.name}: {error}")


def _writes(stream: Stream, collection: str) -> bool:
    return stream.plan.capture is not None and stream.plan.capture.collection == collection


def _identity(path: Path) -> Identity:
    stat = path.stat()
    return (stat.st_ino, stat.st_size, stat.st_mtime_ns)
