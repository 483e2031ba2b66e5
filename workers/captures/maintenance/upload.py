"""Uploads sealed segments to an object store and removes them here once proved there."""

import hashlib
import itertools
import logging
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import msgspec

from streams.object_store import ObjectStore
from workers.captures.segments.catalog import UploadedSegment
from workers.captures.segments.compression import CHUNK
from workers.captures.segments.file_system import FileSystem, claim, file_sha256, write_new
from workers.captures.segments.manifest import (
    Manifest,
    ManifestError,
    encode,
    manifest_path,
    read_manifest,
)
from workers.captures.segments.names import MANIFEST, SHIPPED, TORN, is_side
from workers.captures.segments.timestamps import iso, ms_of
from workers.captures.settings import SUFFIXES

log = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = 1_000, 300_000
"""Milliseconds between tries; doubled each time, with a quarter more or less."""
OBJECT_STORES = {"s3", "s3a", "gs", "gcs", "az", "abfs", "memory"}
"""Protocols whose folders are only parts of names; a missing bucket is an error."""


class UploadError(Exception):
    """An upload that failed; the segment stays here and Weir tries again."""


class SegmentUploader:
    """Uploads the segments of one collection; the folder alone says which are waiting."""

    def __init__(
        self,
        file_system: FileSystem,
        folder: Path,
        store: ObjectStore,
        *,
        compression_first: bool = False,
        keep_minutes: float = 10,
    ) -> None:
        """Each collection has the same folder below `store` as here.

        With `compression_first` plain files wait until compressed. An uploaded file stays here
        for `keep_minutes` after its seal, so that a restart still knows the newest ids.
        """
        self.fault: str | None = None
        self._file_system = file_system
        self._folder = folder
        self._store = store
        self._url = f"{store.url.rstrip('/')}/{folder.name}"
        self._packed_only = compression_first
        self._keep_ms = keep_minutes * 60_000
        self._waits: dict[str, tuple[int, int]] = {}
        """By file: how often it was tried, and when (ms) it may be tried again."""

    def step(self, now: int) -> bool:
        """Do the next due step at `now` (ms); False when nothing is due."""
        for data in self._sealed():
            if _record(data).exists():
                if self._remove(data, now):
                    return True
                continue
            tries, again_at = self._waits.get(data.name, (0, 0))
            if now < again_at:
                continue
            try:
                if not self._upload_segment(data, now):
                    continue
            except Exception as error:
                # Each kind of store has errors of its own; whatever it was, the file is still here.
                self._fail(data, error, tries, now)
                return False
            self._waits.pop(data.name, None)
            self.fault = None
            return True
        return False

    def waiting(self) -> list[Path]:
        """List the sealed segments that are not uploaded yet, oldest name first."""
        return [data for data in self._sealed() if not _record(data).exists()]

    def _sealed(self) -> list[Path]:
        packed = tuple(filter(None, SUFFIXES.values()))
        found = [
            path.with_name(path.name.removesuffix(MANIFEST))
            for path in sorted(self._folder.glob(f"*{MANIFEST}"))
        ]
        wanted = [path for path in found if not self._packed_only or path.name.endswith(packed)]
        return [path for path in wanted if path.exists() and not is_side(path.name)]

    def _upload_segment(self, data: Path, now: int) -> bool:
        descriptor = claim(self._file_system, data)
        if descriptor is None:
            return False
        try:
            manifest = read_manifest(manifest_path(data).read_bytes())
            url = self._send(data, manifest)
            record = UploadedSegment(url, manifest.sha256, manifest.bytes, iso(now))
            write_new(self._file_system, _record(data), msgspec.json.encode(record) + b"\n")
        except ManifestError as error:
            raise UploadError(f"{data}: {error}") from None
        finally:
            self._file_system.close(descriptor)
        log.info("Uploaded %s to %s", data.name, url)
        return True

    def _send(self, data: Path, manifest: Manifest) -> str:
        """Upload under its own name or, when that is taken, the next free one."""
        if file_sha256(data) != manifest.sha256:
            raise UploadError(f"{data}: the file does not match its manifest")
        store, root = fsspec.core.url_to_fs(self._url, **self._store.options)
        if not is_whole(store):
            store.makedirs(root, exist_ok=True)
        for name in _names(data.name):
            target = f"{root}/{name}"
            store.invalidate_cache()
            put = not store.exists(target) and _put(store, data, target)
            if is_there(store, target, data, manifest.sha256):
                break
            if put:
                raise UploadError(f"{target}: the store does not hold the bytes that were uploaded")
        described = msgspec.structs.replace(manifest, file=name)
        store.pipe_file(target + MANIFEST, encode(described))
        torn = data.with_name(data.name + TORN)
        if torn.exists():
            store.put_file(str(torn), target + TORN)
        return str(store.unstrip_protocol(target))

    def _remove(self, data: Path, now: int) -> bool:
        """Remove the local copy once it is old enough; its manifest and upload record stay."""
        try:
            manifest = read_manifest(manifest_path(data).read_bytes())
            sealed_at = ms_of(manifest.sealed_at)
            shipped = msgspec.json.decode(_record(data).read_bytes(), type=UploadedSegment)
        except (ManifestError, ValueError, FileNotFoundError):
            return False
        if shipped.sha256 != manifest.sha256:
            return False  # lines were taken out here, and not there yet
        if now - sealed_at < self._keep_ms:
            return False
        self._file_system.unlink(data)
        self._file_system.sync_folder(self._folder)
        return True

    def _fail(self, data: Path, error: Exception, tries: int, now: int) -> None:
        wait = min(FIRST_WAIT * 2**tries, LONGEST_WAIT)
        again_at = now + round(wait * random.uniform(0.75, 1.25))  # noqa: S311
        self._waits[data.name] = (min(tries + 1, 20), again_at)
        self.fault = f"{self._url}: {self._store.describe(error)}"
        log.warning(
            "%s is not uploaded; Weir tries again in %d s: %s", data.name, wait // 1000, self.fault
        )


def _record(data: Path) -> Path:
    return data.with_name(data.name + SHIPPED)


def _names(name: str) -> Iterator[str]:
    """Yield rain….json.gz, then rain…_00.json.gz and so on."""
    yield name
    stem, dot, endings = name.partition(".")
    for number in itertools.count():
        yield f"{stem}_{number:02d}{dot}{endings}"


def is_whole(store: Any) -> bool:
    """Return whether a store writes objects atomically."""
    return bool(OBJECT_STORES & set(_protocols(store)))


def _protocols(store: Any) -> tuple[str, ...]:
    return (store.protocol,) if isinstance(store.protocol, str) else tuple(store.protocol)


def _put(store: Any, data: Path, target: str) -> bool:
    """Upload to a free name; False when the store reports that it was taken meanwhile."""
    try:
        store.put_file(str(data), target, mode="create")
    except FileExistsError:
        return False
    return True


def is_there(store: Any, target: str, data: Path, sha256: str) -> bool:
    """Return whether the store holds these bytes.

    An ETag that equals the file's MD5 proves it; any other (multipart, encrypted) proves nothing,
    and the object is read back.
    """
    store.invalidate_cache()
    details = store.info(target)
    if details["size"] != data.stat().st_size:
        return False
    etag = str(details.get("ETag", "")).strip('"')
    if etag and etag == _md5(data):
        return file_sha256(data) == sha256
    with store.open(target, "rb") as stream:
        digest = hashlib.sha256()
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest() == sha256


def _md5(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
