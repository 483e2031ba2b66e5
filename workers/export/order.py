"""Make one file that somebody ordered, in a child process of the jobs worker."""

import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import msgspec
from celery.exceptions import SoftTimeLimitExceeded

from models import ACCURATE, ArtefactError, load_any
from models.tree import UNKNOWN
from streams import label_sets
from streams.clock import now_ms
from streams.exports import ExportOrder
from streams.settings import Settings, settings
from streams.store import Store, StoreError
from streams.store.segments import SegmentRecord
from workers.captures.segments.catalog import CatalogError, SegmentInfo
from workers.captures.segments.file_system import file_sha256
from workers.export.datapackage import Description, describe, description_path
from workers.export.export import Export
from workers.export.formats import OutError, output
from workers.export.graph import GraphTooLargeError
from workers.export.inspection import NoPostsError
from workers.export.kept_labels import KeptLabels, keep
from workers.export.label_source import LabelSource, ModelLabels
from workers.jobs.stopping import JobStopped, stop_job, stoppable
from workers.replay.segment_reader import SegmentArchive, SegmentReader

BEAT_SECONDS = 1.0
RESERVE = 1 << 30
"""Bytes of the disk that exports leave free for captures."""
TOO_LARGE = (
    "The file takes more than the bytes left of your limit of uploads and exports: delete some, or "
    "have an administrator raise it on the page People."
)
LESS = "Order fewer posts: a shorter time, a language, a smaller sample."
REFUSED = (CatalogError, OutError, ArtefactError, GraphTooLargeError, NoPostsError)


def make(order_id: str) -> None:
    """Make the file, unless another attempt does or nobody wants it any more.

    When the worker stops meanwhile, the order waits for another one.
    """
    store = Store.open(settings().database_url)
    order = store.exports.get(order_id)
    if order is not None and order.expires_at <= now_ms():
        store.exports.remove(order_id)
        shutil.rmtree(order.folder(settings().data_dir), ignore_errors=True)
    elif (order := store.exports.claim(order_id, now_ms())) is not None:
        with suppress(JobStopped), stoppable(partial(store.exports.put_back, order)):
            OrderedFile(order, store, settings()).make()


class OrderedFile:
    """One attempt at an order: makes the file and reports on it once a second."""

    def __init__(self, order: ExportOrder, store: Store, configured: Settings) -> None:
        self._order = order
        self._store = store
        self._settings = configured
        self._folder = order.folder(configured.data_dir)
        self._path = self._folder / order.file
        folder = store.segments.folder(order.account_id, order.collection)
        self._reader = SegmentReader(
            configured.data_dir / "captures" / folder,
            lambda _: None,
            SegmentArchive(store.segments, configured.object_store, configured.data_dir),
        )
        self._export: Export | None = None
        self._total = 0

    def make(self) -> None:
        """Write the file and its description; what hinders that is reported in one line."""
        shutil.rmtree(self._folder, ignore_errors=True)  # of an attempt that was killed
        self._folder.mkdir(mode=0o700, parents=True)
        try:
            with self._reporting():
                self._write()
        except REFUSED as error:
            self._fail(str(error))
            return
        except MemoryError:
            self._fail(
                f"It takes more than {self._settings.job_memory >> 20} MiB of memory. {LESS}"
            )
            return
        except SoftTimeLimitExceeded:
            self._fail(f"It takes more than {self._settings.job_seconds:,} seconds. {LESS}")
            return
        size = self._size()
        if self._passes_limit(size):
            self._fail(TOO_LARGE)
            return
        posts = self._export.posts if self._export else 0
        is_wanted = self._report(
            state="done",
            fault=None,
            posts_read=self._read(),
            posts_total=self._total,
            posts=posts,
            bytes=size,
            sha256=file_sha256(self._path),
        )
        if not is_wanted:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _write(self) -> None:
        segments = self._segments()
        selection = self._order.selection
        labels = self._labels()
        _check_labels(selection.labels, labels)
        made = self._export = Export(self._reader, segments, selection, labels)
        with output(str(self._path)) as out:
            made.write(out)
        options = msgspec.to_builtins(selection)
        del options["columns"]
        written = Description(
            format=selection.format,
            columns=selection.columns,
            options=options,
            posts=made.posts,
            counts={**made.reader.formats, **made.reader.skipped},
            model=labels.version if labels else None,
            gaps=self._store.gaps.of(self._order.stream_id),
            doubts=self._store.doubts.of(self._order.stream_id),
        )
        description_path(self._path).write_bytes(
            describe(self._path, written, self._reader, segments)
        )

        if labels is not None and selection.keep_labels:
            keep(self._path, self._label_sets(), labels.version, self._order.created_at)

    def _labels(self) -> LabelSource | None:
        """Return what gives the labels; raises CatalogError for a set that is not here."""
        selection = self._order.selection
        if not selection.needs_labels:
            return None
        if selection.label_set is not None:
            return KeptLabels(label_sets.data_path(self._label_sets(), selection.label_set))
        return ModelLabels(load_any(ACCURATE if selection.speed == "accurate" else None))

    def _label_sets(self) -> Path:
        order = self._order
        return label_sets.folder_of(self._settings.data_dir, order.account_id, order.stream_id)

    def _segments(self) -> list[SegmentInfo]:
        """Return the stream's own sealed files; raises CatalogError when one cannot be read."""
        order = self._order
        known = self._store.segments.of_collection(order.account_id, order.collection)
        mine = [each for each in known if each.stream_id == order.stream_id]
        pairs = self._reader.segments(mine)
        wanted = [(info, found) for info, found in pairs if found and _is_of(mine, info)]
        if missing := len(mine) - len(wanted):
            raise CatalogError(
                f"{missing} of {len(mine)} sealed files are on another machine, or missing"
            )
        self._total = sum(manifest.count for _, manifest in wanted)
        return [info for info, _ in wanted]

    @contextmanager
    def _reporting(self) -> Iterator[None]:
        over = threading.Event()
        reporter = threading.Thread(target=self._report_until, args=(over,), daemon=True)
        reporter.start()
        try:
            yield
        finally:
            over.set()
            reporter.join()

    def _report_until(self, over: threading.Event) -> None:
        """Report; stop the job when the file is no longer wanted, or takes too much room."""
        while not over.wait(BEAT_SECONDS):
            size, free = self._size(), shutil.disk_usage(self._settings.data_dir).free
            if self._passes_limit(size):
                self._fail(TOO_LARGE)
            elif free < RESERVE:
                self._fail("The server's disk has no room for this file.")
            elif self._report(posts_read=self._read(), posts_total=self._total, bytes=size):
                continue
            stop_job()
            return

    def _read(self) -> int:
        return sum(self._export.reader.formats.values()) if self._export else 0

    def _size(self) -> int:
        return sum(each.stat().st_size for each in self._folder.glob("*"))

    def _passes_limit(self, size: int) -> bool:
        """Return whether the account's exports, this one with `size` bytes, take too much."""
        order = self._order
        if order.room is None:
            return False
        try:
            reported = self._store.exports.get(order.id)
            taken = self._store.exports.taken(order.account_id)[1]
        except StoreError:
            return False  # the next look tells
        return taken - (reported.bytes if reported else 0) + size > order.room

    def _fail(self, fault: str) -> None:
        said = fault.replace(f"{self._settings.data_dir}/", "")  # the server's folders are its own
        self._report(state="failed", fault=said[:500], bytes=0)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _report(self, **values: object) -> bool:
        try:
            return self._store.exports.report(self._order, now_ms(), **values)
        except StoreError:
            return True  # the next report, or the next attempt, tells


def _is_of(mine: Sequence[SegmentRecord], info: SegmentInfo) -> bool:
    """Return whether a file is one of these, by its name or by where it was shipped."""
    file = info.path.rpartition("/")[2]
    return any(
        info.path == each.where.shipped_to or file in (each.file, each.where.stored_as)
        for each in mine
    )


def _check_labels(wanted: Sequence[str], source: LabelSource | None) -> None:
    known = (*source.labels, UNKNOWN) if source is not None else ()
    for label in wanted:
        if label not in known:
            raise OutError(f"the model gives no label {label!r}; it gives {', '.join(known)}")
