"""Tagging: puts a label on every post of a batch, whatever the model does."""

import logging
from collections.abc import Callable, Sequence

from models import Model
from streams.post import LABELS, Label, Post

log = logging.getLogger(__name__)


def label_of(name: str) -> Label:
    """Return the label of that name; names that Weir does not know count as unknown."""
    return next((label for label in LABELS if label == name), "unknown")


def tag_posts(posts: Sequence[Post], newest: Callable[[], Model]) -> None:
    """Fill in label, path, confidence and model version of every post, in place.

    A model that cannot be had or fails costs the labels (`unknown`), never the posts.
    """
    try:
        model = newest()
        predictions = model.predict([post.text for post in posts], [post.lang for post in posts])
    except Exception:
        log.exception("the model failed, so %d posts go out as unknown", len(posts))
        return
    for post, prediction in zip(posts, predictions, strict=True):
        post.label = label_of(prediction.label)
        post.path = prediction.path
        post.confidence = round(prediction.confidence, 3)
        post.model = model.version
