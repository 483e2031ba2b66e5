"""One machine with captures whose posts are asked to be deleted."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import redis
from sqlalchemy import text

from streams.deletion import Deletion
from streams.filter import Filter
from streams.plan import CaptureOptions, OnDeletion, Plan
from streams.settings import Settings
from streams.store import Store
from tests.workers.captures.killing_file_system import QuickDisk
from tests.workers.captures.life import MINUTE, START, Clock
from workers.captures.recorder import Recorder
from workers.captures.segments.catalog import SegmentCatalog
from workers.captures.segments.envelope import unwrap
from workers.captures.segments.file_system import FileSystem
from workers.captures.segments.verify import verify
from workers.captures.settings import CaptureSettings
from workers.collector.deletion_filter import DeletedIds
from workers.deletion.runner import DeletionRunner


@dataclass
class Lab:
    """One machine with a database, a Redis and a clock that stands unless it is turned."""

    settings: Settings
    store: Store
    client: redis.Redis
    clock: Clock
    account_id: int
    name: str = "lab"

    @property
    def root(self) -> Path:
        return self.settings.data_dir / "captures"

    def runner(self, file_system: FileSystem | None = None, **changed: Any) -> DeletionRunner:
        chosen = self.settings.model_copy(update=changed)
        deleted_ids = DeletedIds(self.store.deletions.forgotten)
        return DeletionRunner(
            chosen, self.store, self.client, self.name, deleted_ids, self.clock, file_system
        )

    def stream(
        self,
        collection: str | None,
        account_id: int | None = None,
        on_deletion: OnDeletion = "redact",
    ) -> str:
        capture = CaptureOptions(collection, on_deletion=on_deletion) if collection else None
        owner = account_id or self.account_id
        plan = Plan(capture=capture)
        return self.store.streams.create(owner, "s", Filter(word="rain"), START, plan=plan).id

    def older(self, collection: str, account_id: int | None = None) -> str:
        """A stream from before folders of one's own: its folder is called like its collection."""
        stream_id = self.stream(collection, account_id)
        with self.store.engine.begin() as connection:
            change = text("UPDATE streams SET folder = collection WHERE id = :id")
            connection.execute(change, {"id": stream_id})
        return stream_id

    def recorder(self) -> Recorder:
        chosen = CaptureSettings(fsync_seconds=0)
        return Recorder(
            self.root, chosen, machine=self.name, file_system=QuickDisk(), clock=self.clock
        )

    def seal(self, stream_id: str, collection: str, *posts: bytes) -> str:
        """Write a segment and tell SQL of it; gives the name of the file."""
        recorder = self.recorder()
        stream = self.store.streams.get(stream_id)
        folder = (stream and stream.folder) or collection
        writer, _ = recorder.open(folder)
        sealed: list[Any] = []
        writer._on_sealed = lambda path, manifest: sealed.append(manifest)
        for raw in posts:
            writer.write(raw, self.clock.now, msgspec.json.decode(raw)["data"]["id"])
        recorder.close()
        plain = msgspec.to_builtins(sealed[0])
        count, size = sealed[0].count, sealed[0].bytes
        self.store.segments.add(stream_id, folder, self.name, count, size, self.clock.now, plain)
        self.clock.now += 10 * MINUTE
        return str(sealed[0].file)

    def ask(self, *posts: str, authors: tuple[str, ...] = ()) -> str:
        now = self.clock.now
        self.clock.now += 1
        return self.store.deletions.ask(
            self.account_id, "request", now, [self.name], posts=posts, authors=authors
        )

    def deletion(self, deletion_id: str) -> Deletion:
        found = self.store.deletions.get(deletion_id)
        assert found is not None
        return found

    def kept(self, collection: str) -> list[str]:
        """Ids in all segments that can be read."""
        ids = []
        for path in sorted(self.root.glob(f"{collection}*")):
            folder = SegmentCatalog(str(path))
            for each in folder.segments():
                if each.state == "sealed":
                    with folder.open_decompressed(each.path) as stream:
                        ids += [unwrap(line.rstrip()).id or "" for line in stream]
        return ids

    def is_proved(self) -> bool:
        folder = SegmentCatalog(str(self.root))
        return not any(verify(folder, each).bad for each in folder.segments())


def raw(id: str, author: str = "9") -> bytes:
    return msgspec.json.encode({"data": {"id": id, "text": f"rain {id}", "author_id": author}})


def finish(runner: DeletionRunner) -> int:
    """Step until nothing is left; gives how often."""
    for count in range(1, 10):
        if not runner.step():
            return count
    raise AssertionError("it never ends")
