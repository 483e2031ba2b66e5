"""What the tasks of one process share; made at first use, so forked children make their own."""

import logging
import threading
import time
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

from celery import signals

from models import ArtefactError, Model, Taggers, language, load_accurate
from models.taggers import SENTIMENT
from streams.clock import now_ms
from streams.live import LiveStoreError
from streams.live.held_connection import HeldConnection
from streams.live.models import ModelInUse, announce, record
from streams.live.relay import Relay
from streams.settings import settings
from workers.accurate_share import AccurateShare
from workers.connections import live, store
from workers.lifecycle.memory import settle

if TYPE_CHECKING:  # imported by the process that uses them: a tagger does without
    from workers.collector.deletion_filter import DeletedIds
    from workers.replay.segment_reader import SegmentArchive

__all__ = ["accurate_share", "archive", "forgotten", "frames", "live", "model", "store", "taggers"]

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
"""Seconds between two looks for new taggers and models."""
_faults: dict[str, str] = {}
"""What was logged of a tagger without a model."""


@cache
def held() -> HeldConnection:
    """Return the connection by which batches are taken."""
    return HeldConnection(live())


@cache
def frames() -> Relay:
    """Return the sending end of the relay."""
    return Relay(live(), settings().ring_posts)


@cache
def forgotten() -> "DeletedIds":
    """Return the posts that accounts had deleted."""
    from workers.collector.deletion_filter import DeletedIds

    return DeletedIds(store().deletions.forgotten)


@cache
def archive() -> "SegmentArchive":
    """Return the access to segments that are not on this disk."""
    from workers.replay.segment_reader import SegmentArchive

    return SegmentArchive(store().segments, settings().object_store, settings().data_dir)


@cache
def taggers() -> Taggers:
    """Return the taggers of this process."""
    return Taggers(settings().own_taggers, settings().model_dir)


def model(tagger: str = SENTIMENT) -> Model:
    """Return the newest valid model of a tagger; raises ArtefactError when there is none."""
    return taggers().model(tagger)


def accurate_share() -> AccurateShare | None:
    """Return the accurate model's share of the labels, where the settings use it.

    A sentiment model of the operator's own has no accurate one beside it.
    """
    own = settings().own_taggers / SENTIMENT
    if settings().sentiment_speed == "fast" or settings().model_dir or own.is_dir():
        return None
    return _accurate_share()


@cache
def _accurate_share() -> AccurateShare | None:
    try:
        model = load_accurate()
    except ArtefactError as error:
        log.error("the fast model labels all posts: %s", error)
        return None
    is_pinned = settings().sentiment_speed == "accurate"
    return AccurateShare(model, None if is_pinned else settings().sentiment_lag_seconds)


@signals.worker_before_create_process.connect
def _load_before_fork(**_: Any) -> None:
    """Load the models before a child of a tagger is forked, so that it shares their memory."""
    with suppress(ArtefactError):  # a child reports it
        for name in taggers().names():
            model(name)
    settle()


@signals.worker_process_init.connect
def _load_models(**_: Any) -> None:
    """Load the models before the first batch needs them, in each process that labels."""
    _announce_models()
    if settings().detect_language:
        language.load()
    settle()
    threading.Thread(target=_watch_models, name="models", daemon=True).start()


def _watch_models() -> None:
    """Take up new taggers and models, and keep telling Redis of them, also after it lost them."""
    while True:
        time.sleep(LOOK_SECONDS)
        _announce_models()


def _announce_models() -> None:
    if (share := accurate_share()) is not None:
        better, labels = share.model, list(share.model.labels)
        with suppress(LiveStoreError):
            record(live(), ModelInUse(better.version, now_ms(), better.card(), SENTIMENT, labels))
    for name in taggers().names():
        try:
            found = model(name)
            labels = [leaf.label for leaf in found.tree.leaves()]
            announce(live(), ModelInUse(found.version, now_ms(), found.card(), name, labels))
        except LiveStoreError as error:
            log.warning("Redis cannot be told which models are in use; Weir tries again: %s", error)
            return
        except ArtefactError as error:
            if _faults.get(name) != str(error):
                log.error("no model of %s; Weir tries again: %s", name, error)
            _faults[name] = str(error)
        else:
            _faults.pop(name, None)
