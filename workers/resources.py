"""What the tasks of one process share; made at first use, so forked children make their own."""

import time
from functools import cache

import redis

from models import Model, ModelReloader
from streams.live import connect
from streams.live.frames import FrameWriter
from streams.live.models import ModelInUse, announce
from streams.settings import settings
from streams.store import Store
from workers.forgotten import Forgotten
from workers.replay.shelf import Archive


@cache
def live() -> redis.Redis:
    """Return the client of the live store."""
    return connect(settings())


@cache
def store() -> Store:
    """Return the SQL store."""
    return Store.open(settings().database_url)


@cache
def frames() -> FrameWriter:
    """Return the sending end of the relay."""
    return FrameWriter(live(), settings().ring_posts)


@cache
def forgotten() -> Forgotten:
    """Return what accounts had deleted."""
    return Forgotten(store().deletions.forgotten)


@cache
def archive() -> Archive:
    """Return the way to segments that are not on this disk."""
    return Archive(store().segments, settings().object_store, settings().data_dir)


@cache
def _current() -> ModelReloader:
    return ModelReloader(settings().model_dir)


_announced: set[str] = set()


def model() -> Model:
    """Return the newest valid model; the first time that one is used, announce it."""
    found = _current().model()
    if found.version not in _announced:
        announce(live(), ModelInUse(found.version, int(time.time() * 1000), found.card()))
        _announced.add(found.version)
    return found
