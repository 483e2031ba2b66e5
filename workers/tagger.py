"""Tagging: puts labels on every post of a batch, whatever the models do."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress

import redis
from msgspec import UNSET

from models import Model
from streams.batch import Batch
from streams.live import LiveStoreError, attempts
from streams.live.models import SENTIMENT
from streams.post import LABELS, Label, Post, TaggerLabel
from workers.accurate_share import AccurateShare

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 5
"""Taggers that may end while they hold a batch, before it goes out without labels."""


def label_of(name: str) -> Label:
    """Return the label of that name; names that Weir does not know count as unknown."""
    return next((label for label in LABELS if label == name), "unknown")


def label_batch(
    batch: Batch,
    client: redis.Redis,
    newest: Callable[..., Model],
    accurate: AccurateShare | None = None,
) -> None:
    """Put all labels on a batch, in place, unless it ended the taggers that tried before.

    A post that kills the process that reads it would otherwise be delivered for ever.
    """
    attempt = 1
    with suppress(LiveStoreError):  # a Redis that refuses to count costs the bound, not the labels
        attempt = attempts.begin(client, batch.id)
    if attempt > MOST_ATTEMPTS:
        message = "batch %s ended %d taggers, so its %d posts go out as unknown"
        log.error(message, batch.id, attempt - 1, len(batch.posts))
        return
    tag_posts(batch.posts, newest, accurate)
    add_labels(batch, newest)
    with suppress(LiveStoreError):
        attempts.finish(client, batch.id)


def tag_posts(
    posts: Sequence[Post], newest: Callable[[], Model], accurate: AccurateShare | None = None
) -> None:
    """Fill in label, path, confidence and model version of every post, in place.

    The accurate model, if given, labels as many posts as there is time for, the other the rest.
    A model that cannot be had or fails costs the labels (`unknown`), never the posts.
    """
    try:
        predictions = accurate.predict(posts) if accurate is not None else []
        rest = posts[len(predictions) :]
        if rest:
            texts, langs = [post.text for post in rest], [post.lang for post in rest]
            predictions += newest().predict(texts, langs)
    except Exception:
        log.exception("the model failed, so %d posts go out as unknown", len(posts))
        return
    for post, prediction in zip(posts, predictions, strict=True):
        post.label = label_of(prediction.label)
        post.path = prediction.path
        post.confidence = round(prediction.confidence, 3)
        post.model = prediction.model


def add_labels(batch: Batch, newest: Callable[[str], Model]) -> None:
    """Add the labels of the other taggers that streams chose, in place, after `tag_posts`.

    A tagger that cannot be had or fails costs its own labels alone.
    """
    for name, indices in batch.taggers.items():
        posts = [batch.posts[index] for index in indices]
        try:
            model = newest(name)
            predictions = model.predict(
                [each.text for each in posts], [each.lang for each in posts]
            )
        except Exception:
            log.exception("the tagger %s failed, so %d posts go without it", name, len(posts))
            continue
        for post, said in zip(posts, predictions, strict=True):
            if post.labels is UNSET:
                post.labels = {SENTIMENT: _sentiment(post)}
            confidence = round(said.confidence, 3)
            post.labels[name] = TaggerLabel(said.label, said.path, confidence, model.version)


def _sentiment(post: Post) -> TaggerLabel:
    return TaggerLabel(post.label, post.path, post.confidence, post.model)
