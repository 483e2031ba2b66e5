"""What the tasks of one process share; made at first use, so forked children make their own."""

import logging
from functools import cache
from typing import Any

import redis
from celery import signals

from models import ArtefactError, Model, ModelReloader
from streams.clock import now_ms
from streams.live import LiveStoreError, connect
from streams.live.models import ModelInUse, announce
from streams.live.relay import Relay
from streams.settings import settings
from streams.store import Store
from workers.collector.deletion_filter import DeletedIds
from workers.replay.segment_reader import SegmentArchive

log = logging.getLogger(__name__)


@cache
def live() -> redis.Redis:
    """Return the client of the live store."""
    return connect(settings())


@cache
def store() -> Store:
    """Return the SQL store."""
    return Store.open(settings().database_url)


@cache
def frames() -> Relay:
    """Return the sending end of the relay."""
    return Relay(live(), settings().ring_posts)


@cache
def forgotten() -> DeletedIds:
    """Return the posts that accounts had deleted."""
    return DeletedIds(store().deletions.forgotten)


@cache
def archive() -> SegmentArchive:
    """Return the access to segments that are not on this disk."""
    return SegmentArchive(store().segments, settings().object_store, settings().data_dir)


@cache
def _current() -> ModelReloader:
    return ModelReloader(settings().model_dir)


_announced: set[str] = set()


def model() -> Model:
    """Return the newest valid model; the first time that one is used, announce it."""
    found = _current().model()
    if found.version not in _announced:
        announce(live(), ModelInUse(found.version, now_ms(), found.card()))
        _announced.add(found.version)
    return found


@signals.worker_process_init.connect
def _load_model(**_: Any) -> None:
    """Load the model before the first batch needs it: only taggers have child processes."""
    try:
        model()
    except (LiveStoreError, ArtefactError) as error:
        log.error("the tagger has no model yet and tries again with every batch: %s", error)
