"""Deletion in object stores: segments that were shipped, from here or by machines that are gone."""

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
from workers.captures.redaction.object_store_redaction import StoredRedaction
from workers.captures.segments.catalog import SegmentInfo, UploadedSegment
from workers.captures.segments.file_system import FileSystem, write_over
from workers.captures.segments.manifest import Manifest, encode
from workers.captures.segments.names import MANIFEST, SHIPPED, plain_name
from workers.captures.segments.timestamps import ms_of
from workers.deletion.deletion_pass import AccountPass

SLOT = "stored deletion"
"""One machine at a time works in stores: two at one object would undo each other's work."""
SECONDS = 600


class ObjectStoreDeletion:
    """Looks through the stores once for each set of orders."""

    def __init__(self, settings: Settings, store: Store, client: redis.Redis, machine: str) -> None:
        self._ship_to = settings.object_store
        self._root = settings.data_dir / "captures"
        self._work = settings.data_dir / "deletion"
        self._store = store
        self._client = client
        self._machine = machine
        self._file_system = FileSystem()
        self._done: dict[str, frozenset[str]] = {}
        self._clean: dict[str, tuple[str, frozenset[str]]] = {}

    def forget(self) -> None:
        """Begin anew: nothing is pending."""
        self._done.clear()
        self._clean.clear()

    def look(self, work: AccountPass) -> None:
        """Take out what is looked for; what goes wrong is told in `work`, and tried again."""
        orders = frozenset(work.search.orders)
        for collection, writes_now in self._store.deletions.collections(work.account_id).items():
            for url in self._urls(collection):
                if not work.changed and orders <= self._done.get(url, frozenset()):
                    continue
                try:
                    if self._look_in(url, collection, writes_now, work):
                        self._done[url] = orders
                except Exception as error:
                    # Each kind of store has errors of its own; the segment is still there.
                    work.trouble.append(f"{url}: {(self._ship_to or ObjectStore(url)).said(error)}")

    def _urls(self, collection: str) -> list[str]:
        """Name the folders that segments of a collection were shipped to."""
        urls = [f"{self._ship_to.url}/{collection}"] if self._ship_to else []
        records = sorted((self._root / collection).glob(f"*{SHIPPED}"))
        return list(
            dict.fromkeys(
                [*urls, *(_upload_record(each).url.rpartition("/")[0] for each in records)]
            )
        )

    def _open(self, url: str) -> StoredRedaction:
        """Reach a store, with the options of ours where it is of the same kind."""
        options = self._ship_to.options_for(url) if self._ship_to else {}
        return StoredRedaction(url, self._work, **options)

    def _look_in(self, url: str, collection: str, writes_now: bool, work: AccountPass) -> bool:
        lease = Lease.acquire(self._client, SLOT, self._machine, SECONDS)
        if lease is None:
            work.busy = True
            return False
        try:
            self._take_from(lease, url, collection, writes_now, work)
        finally:
            lease.release()
        return True

    def _take_from(
        self, lease: Lease, url: str, collection: str, writes_now: bool, work: AccountPass
    ) -> None:
        redaction = self._open(url)
        orders = frozenset(work.search.orders)
        for segment, manifest in self._mine(redaction, collection, writes_now, work.account_id):
            work.looked += 1
            if self._clean.get(segment.path) == (manifest.sha256, orders):
                continue
            if not lease.renew():
                raise LiveStoreError("another machine works in this store")
            self._redact(redaction, segment, manifest, collection, work)
            self._clean[segment.path] = (manifest.sha256, orders)

    def lines(self, account_id: int) -> Iterator[bytes]:
        """Yield every line of an account's segments; raises what the stores raise."""
        for collection, writes_now in self._store.deletions.collections(account_id).items():
            for url in self._urls(collection):
                redaction = self._open(url)
                for segment, _ in self._mine(redaction, collection, writes_now, account_id):
                    yield from redaction.lines(segment)

    def _mine(
        self, redaction: StoredRedaction, collection: str, writes_now: bool, account_id: int
    ) -> Iterator[tuple[SegmentInfo, Manifest]]:
        """Yield an account's segments that this machine shipped, or one that is gone."""
        owners = self._store.deletions.files(collection)
        now = now_ms()
        known = machines.known(self._client, now)
        others = {each.name for each in known if each.state(now) != "disconnected"}
        for segment, manifest in redaction.segments():
            machine = manifest.machine or self._machine
            owner = owners.get((machine, plain_name(segment.name)))
            owner = owners.get((machine, segment.name), owner)
            mine = owner == account_id or (owner is None and writes_now)
            if mine and (machine == self._machine or machine not in others):
                yield segment, manifest

    def _redact(
        self,
        redaction: StoredRedaction,
        segment: SegmentInfo,
        manifest: Manifest,
        collection: str,
        work: AccountPass,
    ) -> None:
        found = redaction.redact_partial_tail(segment, work.search, work.tell)
        work.record_unverified(collection, segment.name + ".torn", found)
        last = manifest.last_received_at
        if work.search.may_lie_in(ms_of(last) if last else None):
            done = redaction.redact(segment, work.search, work.now, work.tell)
            manifest = done.manifest if done and done.manifest else manifest
        work.record_removed(collection, segment.name, manifest)
        self._note(redaction.url(segment), self._root / collection, manifest)

    def _note(self, url: str, folder: Path, manifest: Manifest) -> None:
        """Bring what is written down here about a shipped segment in step."""
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
