"""Compresses a sealed segment and proves the copy before the plain file is removed."""

import hashlib
import logging
import os
from pathlib import Path
from typing import BinaryIO, cast

from workers.captures.segments.compression import DamagedError, chunks, compress, open_local
from workers.captures.segments.file_system import DescriptorWriter, FileSystem, claim, give_name
from workers.captures.segments.manifest import (
    Manifest,
    ManifestError,
    manifest_path,
    read_manifest,
    with_file,
    write_manifest,
)
from workers.captures.segments.names import PART, is_side
from workers.captures.settings import SUFFIXES, CaptureSettings, Compression

log = logging.getLogger(__name__)


def compressible(folder: Path, settings: CaptureSettings) -> list[Path]:
    """List the sealed plain segments of a collection's folder, oldest name first."""
    packed = tuple(filter(None, SUFFIXES.values()))
    return [
        path
        for path in sorted(folder.iterdir())
        if not is_side(path.name)
        and not path.name.endswith((settings.temporary_extension, *packed))
        and (manifest_path(path).exists() or _compressed_copy(path) is not None)
    ]


def compress_segment(file_system: FileSystem, data: Path, compression: Compression) -> Path | None:
    """Replace a sealed plain file by a compressed one with its own manifest; returns its path.

    None when another process holds it, or the compressed name is taken by other lines. Raises
    OSError, with the plain file as it was. May be killed anywhere and called again.
    """
    descriptor = claim(file_system, data)
    if descriptor is None:
        return None
    try:
        manifest = _manifest_of(data)
        if manifest is None:
            return None
        target = data.with_name(data.name + SUFFIXES[compression])
        if not target.exists():
            _write(file_system, data, target, compression)
        if _content_sha256(target) != manifest.content_sha256:
            log.error("%s does not hold the lines of %s. Weir keeps both files.", target, data)
            return None
        if not manifest_path(target).exists():
            write_manifest(file_system, target, with_file(manifest, target))
        file_system.unlink(manifest_path(data))
        file_system.unlink(data)
        file_system.sync_folder(data.parent)
        return target
    finally:
        file_system.close(descriptor)


def _write(file_system: FileSystem, data: Path, target: Path, compression: Compression) -> None:
    part = target.with_name(target.name + PART)
    file_system.unlink(part)
    descriptor = file_system.create(part)
    try:
        with data.open("rb") as source:
            compress(source, cast(BinaryIO, DescriptorWriter(file_system, descriptor)), compression)
        stat = data.stat()
        os.utime(descriptor, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        file_system.fsync(descriptor)
    except OSError:
        file_system.unlink(part)  # a full disk is not helped by half a file
        raise
    finally:
        file_system.close(descriptor)
    give_name(file_system, part, target)
    file_system.unlink(part)


def _manifest_of(data: Path) -> Manifest | None:
    """Read the plain file's manifest, or the compressed copy's when the first is gone."""
    for path in (data, _compressed_copy(data)):
        try:
            if path is not None and manifest_path(path).exists():
                return read_manifest(manifest_path(path).read_bytes())
        except ManifestError as error:
            log.error("%s is not compressed: %s", data, error)
            return None
    return None


def _compressed_copy(data: Path) -> Path | None:
    """Find the compressed copy of a plain file that already has a manifest."""
    twins = [data.with_name(data.name + suffix) for suffix in SUFFIXES.values() if suffix]
    return next((twin for twin in twins if manifest_path(twin).exists()), None)


def _content_sha256(path: Path) -> str | None:
    digest = hashlib.sha256()
    try:
        with open_local(path) as stream:
            for chunk in chunks(stream):
                digest.update(chunk)
    except DamagedError:
        return None
    return digest.hexdigest()
