"""Deletion in object stores: segments uploaded by this machine, or by one that no longer exists."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import redis

from streams.clock import now_ms
from streams.live import LiveStoreError, machines
from streams.live.lease import Lease
from streams.object_store import ObjectStore
from streams.settings import Settings
from streams.store import Store
from workers.captures.redaction.object_store_redaction import ObjectStoreRedaction
from workers.captures.segments.catalog import SegmentInfo, UploadedSegment
from workers.captures.segments.file_system import FileSystem, write_over
from workers.captures.segments.manifest import Manifest, encode
from workers.captures.segments.names import MANIFEST, SHIPPED, plain_name
from workers.captures.segments.timestamps import ms_of
from workers.deletion.deletion_pass import AccountPass

SLOT = "stored deletion"
"""One machine at a time changes stores: two that rewrite one object would undo each other."""
SECONDS = 600


class ObjectStoreDeletion:
    """Scans the stores once for each set of orders."""

    def __init__(self, settings: Settings, store: Store, client: redis.Redis, machine: str) -> None:
        self._ship_to = settings.object_store
        self._root = settings.data_dir / "captures"
        self._scratch = settings.data_dir / "deletion"
        self._store = store
        self._client = client
        self._machine = machine
        self._file_system = FileSystem()
        self._done: dict[str, frozenset[str]] = {}
        self._clean: dict[str, tuple[str, frozenset[str]]] = {}

    def clear(self) -> None:
        """Forget what was scanned: no order is pending."""
        self._done.clear()
        self._clean.clear()

    def scan(self, deletion_pass: AccountPass) -> None:
        """Remove what the orders name; errors are recorded in the pass, which is then repeated."""
        orders = frozenset(deletion_pass.matcher.orders)
        for folder, writes_now in self._store.deletions.folders(deletion_pass.account_id).items():
            deletion_pass.matcher.enter(folder)
            for url in self._urls(folder):
                if not deletion_pass.changed and orders <= self._done.get(url, frozenset()):
                    continue
                try:
                    if self._scan_store(url, folder, writes_now, deletion_pass):
                        self._done[url] = orders
                except Exception as error:
                    # Each kind of store has errors of its own; the segment is still there.
                    deletion_pass.errors.append(
                        f"{url}: {(self._ship_to or ObjectStore(url)).describe(error)}"
                    )

    def _urls(self, folder: str) -> list[str]:
        """List the store folders that a collection's segments were uploaded to."""
        urls = [f"{self._ship_to.url}/{folder}"] if self._ship_to else []
        records = sorted((self._root / folder).glob(f"*{SHIPPED}"))
        return list(
            dict.fromkeys(
                [*urls, *(_upload_record(each).url.rpartition("/")[0] for each in records)]
            )
        )

    def _open(self, url: str) -> ObjectStoreRedaction:
        """Open a store, with our options where it is of the same kind."""
        options = self._ship_to.options_for(url) if self._ship_to else {}
        return ObjectStoreRedaction(url, self._scratch, **options)

    def _scan_store(
        self, url: str, folder: str, writes_now: bool, deletion_pass: AccountPass
    ) -> bool:
        lease = Lease.acquire(self._client, SLOT, self._machine, SECONDS)
        if lease is None:
            deletion_pass.busy = True
            return False
        try:
            self._remove_from_store(lease, url, folder, writes_now, deletion_pass)
        finally:
            lease.release()
        return True

    def _remove_from_store(
        self, lease: Lease, url: str, folder: str, writes_now: bool, deletion_pass: AccountPass
    ) -> None:
        redaction = self._open(url)
        orders = frozenset(deletion_pass.matcher.orders)
        for segment, manifest in self._owned(
            redaction, folder, writes_now, deletion_pass.account_id
        ):
            deletion_pass.scanned += 1
            if self._clean.get(segment.path) == (manifest.sha256, orders):
                continue
            if not lease.renew():
                raise LiveStoreError("another machine is changing this store")
            self._redact(redaction, segment, manifest, folder, deletion_pass)
            self._clean[segment.path] = (manifest.sha256, orders)

    def lines(self, account_id: int) -> Iterator[bytes]:
        """Yield every line of an account's segments; raises what the stores raise."""
        for folder, writes_now in self._store.deletions.folders(account_id).items():
            for url in self._urls(folder):
                redaction = self._open(url)
                for segment, _ in self._owned(redaction, folder, writes_now, account_id):
                    yield from redaction.lines(segment)

    def _owned(
        self, redaction: ObjectStoreRedaction, folder: str, writes_now: bool, account_id: int
    ) -> Iterator[tuple[SegmentInfo, Manifest]]:
        """Yield an account's segments that this machine, or one that no longer exists, uploaded."""
        owners = self._store.deletions.files(folder)
        now = now_ms()
        known = machines.known(self._client, now)
        others = {each.name for each in known if each.state(now) != "disconnected"}
        for segment, manifest in redaction.segments():
            machine = manifest.machine or self._machine
            owner = owners.get((machine, plain_name(segment.name)))
            owner = owners.get((machine, segment.name), owner)
            owned = owner == account_id or (owner is None and writes_now)
            if owned and (machine == self._machine or machine not in others):
                yield segment, manifest

    def _redact(
        self,
        redaction: ObjectStoreRedaction,
        segment: SegmentInfo,
        manifest: Manifest,
        folder: str,
        deletion_pass: AccountPass,
    ) -> None:
        found = redaction.redact_partial_tail(
            segment, deletion_pass.matcher, deletion_pass.record_found
        )
        deletion_pass.record_unverified(folder, segment.name + ".torn", found)
        last = manifest.last_received_at
        if deletion_pass.matcher.may_lie_in(ms_of(last) if last else None):
            done = redaction.redact(
                segment, deletion_pass.matcher, deletion_pass.now, deletion_pass.record_found
            )
            manifest = done.manifest if done and done.manifest else manifest
        deletion_pass.record_removed(folder, segment.name, manifest)
        self._note(redaction.url(segment), self._root / folder, manifest)

    def _note(self, url: str, folder: Path, manifest: Manifest) -> None:
        """Update the local manifest and upload record of a segment."""
        for record in folder.glob(f"*{SHIPPED}"):
            upload_record = _upload_record(record)
            if upload_record.url != url or upload_record.sha256 == manifest.sha256:
                continue
            name = record.name.removesuffix(SHIPPED)
            if not record.with_name(name).exists():
                here = msgspec.structs.replace(manifest, file=name)
                write_over(self._file_system, record.with_name(name + MANIFEST), encode(here))
            upload_record.sha256, upload_record.bytes = manifest.sha256, manifest.bytes
            write_over(self._file_system, record, msgspec.json.encode(upload_record) + b"\n")
            self._file_system.sync_folder(folder)


def _upload_record(record: Path) -> UploadedSegment:
    return msgspec.json.decode(record.read_bytes(), type=UploadedSegment)
