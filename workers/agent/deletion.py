"""Deletion on an agent's disk: what its server wants taken out leaves its files, and stays out."""

import logging
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from streams.clock import now_ms
from streams.deletion import DeletedSubject, DeletionOrder
from streams.post import Post
from workers.agent.server import CaptureServer, ServerError
from workers.captures.maintenance.repair import repair
from workers.captures.recorder import Recorder
from workers.captures.redaction.post_matcher import FoundPosts, PostMatcher
from workers.captures.redaction.segment_deletion import SegmentDeletion, write_out
from workers.captures.segments.file_system import FileSystem
from workers.captures.segments.manifest import Manifest
from workers.captures.segments.names import DRAFT, MANIFEST
from workers.collector.deletion_filter import DeletedIds

log = logging.getLogger(__name__)

AGAIN = 1.0
"""Seconds between two passes over the files when something is left to do."""
PATIENCE = 600.0
"""Seconds until a server that knows nothing of deletions is asked again."""
AT_ONCE = 500
"""Ids or files in one report."""
OURS = 0
"""The account, as far as an agent has one: all its jobs are of one person."""


class AgentDeletions:
    """Asks, and does it; `run` has a thread of its own, so that no capture waits for it."""

    def __init__(self, server: CaptureServer, recorder: Recorder, seconds: float) -> None:
        self._server = server
        self._recorder = recorder
        self._seconds = seconds
        self._file_system = FileSystem()
        self._erasing = SegmentDeletion(self._file_system)
        self._forgotten = DeletedIds(self._entries)
        self._orders: list[DeletionOrder] = []
        self._gated: set[str] = set()
        self._is_known = True

    def run(self, stopped: threading.Event) -> None:
        """Step until stopped. A pass may be cut short anywhere: the next one goes on."""
        said, pause = "", 0.0
        while not stopped.wait(pause):
            try:
                again, trouble = self.step(), ""
                pause = AGAIN if again else self._seconds if self._is_known else PATIENCE
            except (ServerError, OSError) as error:
                trouble, pause = str(error), max(self._seconds, AGAIN)
            except Exception:
                log.exception("a deletion went wrong, trying again")
                trouble, pause = said, max(self._seconds, AGAIN)
            if trouble and trouble != said:
                log.warning("deletions: %s", trouble)
            said = trouble

    def learn(self) -> None:
        """Ask what is to be taken out, and what may not come back; raises Trouble."""
        self._forgotten.refresh()
        self._forgotten.add(self._orders)

    def holds(self, post: Post) -> bool:
        """Tell whether a post was deleted before it came."""
        return self._forgotten.holds(OURS, post)

    def step(self) -> bool:
        """Look through everything for what is pending; True when it must look again."""
        self.learn()
        if not self._orders:
            self._gated.clear()
            self._erasing.forget()
            return False
        work = _Work(self._server, self._orders)
        self._look(work)
        new = {order.id for order in self._orders} - self._gated
        self._gated |= new  # what was read before this was known is on the disk by the next pass
        again = bool(new or work.busy or work.trouble or work.changed)
        work.report(done=not again)
        return again

    def _look(self, work: "_Work") -> None:
        settings = self._recorder.settings
        for folder in sorted(filter(_is_ours, self._recorder.root.iterdir())):
            for each in repair(self._file_system, folder, settings, work.now):
                log.warning("%s: sealed what an earlier end had left open: %s", folder, each)
            work.busy |= not write_out(folder.name)
            for path in sorted(folder.iterdir()):
                if path.is_file():
                    self._erasing.take_from(path, settings.temporary_extension, work)

    def _entries(self, after: int) -> Iterator[DeletedSubject]:
        """Yield what may not come back, page after page, and note what is pending."""
        while True:
            answer = self._server.deletions(after)
            self._is_known = answer is not None
            orders = answer.orders if answer else []
            self._orders = [msgspec.structs.replace(each, account_id=OURS) for each in orders]
            if answer is None or not answer.forgotten:
                return
            for number, kind, value, asked_at in answer.forgotten:
                after = number
                yield DeletedSubject(number, OURS, kind, value, asked_at)


class _Work:
    """A pass of an agent: keeps what came of it until it is told."""

    def __init__(self, server: CaptureServer, orders: Sequence[DeletionOrder]) -> None:
        self.search = PostMatcher(orders)
        self.now = now_ms()
        self.looked = 0
        self.busy = False
        self.changed = False
        self.trouble: list[str] = []
        self._server = server
        self._taken: dict[str, list[dict[str, str | int]]] = defaultdict(list)

    def tell(self, found: dict[str, FoundPosts]) -> None:
        """Have the server remember what was found, before it goes; raises Trouble."""
        self.changed = True
        for order_id, each in found.items():
            for kind, values in (("posts", each.posts), ("authors", each.authors)):
                for some in _portions(sorted(values)):
                    self._server.report(order_id, {kind: some})

    def record_removed(
        self, collection: str, file: str, manifest: Manifest, stream_id: str | None = None
    ) -> None:
        """Note what a manifest says was taken out."""
        for order_id in self.search.orders:
            notes = [each for each in manifest.redactions if each.request == order_id]
            if notes:
                counts = (sum(each.count for each in notes), sum(each.copies for each in notes))
                self._note(order_id, collection, file, *counts)

    def record_unverified(self, collection: str, file: str, found: dict[str, FoundPosts]) -> None:
        """Note what went that no manifest tells of."""
        for order_id, each in found.items():
            self._note(order_id, collection, file, len(each.lines), each.copies)

    def report(self, *, done: bool) -> None:
        """Tell the server how far each is; raises Trouble."""
        trouble = "; ".join(self.trouble)[:500] or None
        for order_id in self.search.orders:
            for some in _portions(self._taken[order_id]):
                self._server.report(order_id, {"taken": some, "looked": self.looked})
            last = {"looked": self.looked, "trouble": trouble, "done": done}
            self._server.report(order_id, last)

    def _note(self, order_id: str, collection: str, file: str, lines: int, copies: int) -> None:
        taken: dict[str, str | int] = {"collection": collection, "file": file}
        self._taken[order_id].append(taken | {"lines": lines, "copies": copies})


def _is_ours(folder: Path) -> bool:
    """Tell whether an agent captured to a folder: others are left alone."""
    return folder.is_dir() and any(
        path.name.endswith((MANIFEST, DRAFT)) for path in folder.iterdir()
    )


def _portions(values: Sequence[Any]) -> Iterator[list[Any]]:
    return (list(values[at : at + AT_ONCE]) for at in range(0, len(values), AT_ONCE))
