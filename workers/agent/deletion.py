"""Deletion on an agent's disk: removes what the server orders, and keeps it out."""

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
from workers.captures.redaction.segment_deletion import DeletionPass, SegmentDeletion
from workers.captures.segments.file_system import FileSystem
from workers.captures.segments.manifest import Manifest
from workers.captures.segments.names import DRAFT, MANIFEST
from workers.collector.deletion_filter import DeletedIds

log = logging.getLogger(__name__)

RETRY = 1.0
"""Seconds between two passes while orders are pending."""
UNKNOWN_RETRY = 600.0
"""Seconds until a server without deletions is asked again."""
PORTION = 500
"""Ids or files in one report."""
ONLY_ACCOUNT = 0
"""The account of all jobs: an agent works for one person."""


class AgentDeletions:
    """Fetches and carries out orders; `run` has its own thread, so that no capture waits."""

    def __init__(self, server: CaptureServer, recorder: Recorder, seconds: float) -> None:
        self._server = server
        self._recorder = recorder
        self._seconds = seconds
        self._file_system = FileSystem()
        self._segment_deletion = SegmentDeletion(self._file_system)
        self._deleted_ids = DeletedIds(self._entries)
        self._orders: list[DeletionOrder] = []
        self._passed_once: set[str] = set()
        self._is_known = True

    def run(self, stopped: threading.Event) -> None:
        """Step until stopped. A pass may be interrupted anywhere: the next one continues."""
        reported, pause = "", 0.0
        while not stopped.wait(pause):
            try:
                again, problem = self.step(), ""
                pause = RETRY if again else self._seconds if self._is_known else UNKNOWN_RETRY
            except ServerError as error:
                problem = "" if error.is_logged else str(error)
                pause = max(self._seconds, RETRY)
            except OSError as error:
                problem, pause = str(error), max(self._seconds, RETRY)
            except Exception:
                log.exception("A deletion pass failed; the agent tries again")
                problem, pause = reported, max(self._seconds, RETRY)
            if problem and problem != reported:
                log.warning("Deletion requests: %s", problem)
            reported = problem

    def refresh(self) -> None:
        """Fetch the orders, and what must not be captured again; raises ServerError."""
        self._deleted_ids.refresh()
        self._deleted_ids.add(self._orders)

    def holds(self, post: Post) -> bool:
        """Return whether a post was deleted before it was received."""
        return self._deleted_ids.holds(ONLY_ACCOUNT, post)

    def step(self) -> bool:
        """Make a pass for each account with pending orders; True when another pass is due."""
        self.refresh()
        if not self._orders:
            self._passed_once.clear()
            self._segment_deletion.clear()
            return False
        deletion_pass = _AgentPass(self._server, self._orders)
        self._scan(deletion_pass)
        again = deletion_pass.must_repeat(self._passed_once)
        deletion_pass.report(done=not again)
        return again

    def _scan(self, deletion_pass: "_AgentPass") -> None:
        settings = self._recorder.settings
        for folder in sorted(filter(_is_ours, self._recorder.root.iterdir())):
            for each in repair(self._file_system, folder, settings, deletion_pass.now):
                log.warning("%s: sealed a segment that an earlier run left open: %s", folder, each)
            self._segment_deletion.write_out(folder.name, deletion_pass)
            for path in sorted(folder.iterdir()):
                if path.is_file():
                    self._segment_deletion.remove_from(
                        path, settings.temporary_extension, deletion_pass
                    )

    def _entries(self, after: int) -> Iterator[DeletedSubject]:
        """Yield what must not be captured again, page by page, and keep the pending orders."""
        while True:
            answer = self._server.deletions(after)
            self._is_known = answer is not None
            orders = answer.orders if answer else []
            self._orders = [
                msgspec.structs.replace(each, account_id=ONLY_ACCOUNT) for each in orders
            ]
            if answer is None or not answer.forgotten:
                return
            for number, kind, value, asked_at in answer.forgotten:
                after = number
                yield DeletedSubject(number, ONLY_ACCOUNT, kind, value, asked_at)


class _AgentPass(DeletionPass):
    """A pass on an agent's disk; `report` sends what was removed to the server."""

    def __init__(self, server: CaptureServer, orders: Sequence[DeletionOrder]) -> None:
        super().__init__(PostMatcher(orders), now_ms())
        self._server = server
        self._removed: dict[str, list[dict[str, str | int]]] = defaultdict(list)

    def record_found(self, found: dict[str, FoundPosts]) -> None:
        """Report to the server what was found, before it is removed; raises ServerError."""
        self.changed = True
        for order_id, each in found.items():
            for kind, values in (("posts", each.posts), ("authors", each.authors)):
                for some in _portions(sorted(values)):
                    self._server.report(order_id, {kind: some})

    def record_removed(
        self, collection: str, file: str, manifest: Manifest, stream_id: str | None = None
    ) -> None:
        """Collect what a manifest says was removed."""
        for order_id, lines, copies in self.removed_by(manifest):
            self._note(order_id, collection, file, lines, copies)

    def record_unverified(self, collection: str, file: str, found: dict[str, FoundPosts]) -> None:
        """Collect what was removed from a file that has no manifest."""
        for order_id, each in found.items():
            self._note(order_id, collection, file, len(each.lines), each.copies)

    def report(self, *, done: bool) -> None:
        """Report the progress of each order to the server; raises ServerError."""
        for order_id in self.matcher.orders:
            for some in _portions(self._removed[order_id]):
                self._server.report(order_id, {"taken": some, "looked": self.scanned})
            last = {"looked": self.scanned, "trouble": self.error, "done": done}
            self._server.report(order_id, last)

    def _note(self, order_id: str, collection: str, file: str, lines: int, copies: int) -> None:
        removed: dict[str, str | int] = {"collection": collection, "file": file}
        self._removed[order_id].append(removed | {"lines": lines, "copies": copies})


def _is_ours(folder: Path) -> bool:
    """Return whether an agent captured to a folder: other folders are not touched."""
    return folder.is_dir() and any(
        path.name.endswith((MANIFEST, DRAFT)) for path in folder.iterdir()
    )


def _portions(values: Sequence[Any]) -> Iterator[list[Any]]:
    return (list(values[at : at + PORTION]) for at in range(0, len(values), PORTION))
