"""Tagging: puts labels on every post of a batch, whatever the models do."""

import logging
from collections.abc import Callable, Sequence

from msgspec import UNSET

from models import Model, language
from models.tokens import has_words
from streams.batch import Batch
from streams.live.models import SENTIMENT
from streams.post import LABELS, Label, Post, TaggerLabel
from workers.accurate_share import AccurateShare

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 5
"""Taggers that may end while they hold a batch, before it goes out without labels."""

_LABEL_OF: dict[str, Label] = {label: label for label in LABELS}


def label_of(name: str) -> Label:
    """Return the label of that name; names that Weir does not know count as unknown."""
    return _LABEL_OF.get(name, "unknown")


Languages = Callable[[Sequence[Post], Model], list[str | None]]
"""Returns the languages in which a model reads posts."""


def declared_languages(posts: Sequence[Post], _: Model) -> list[str | None]:
    """Return the languages that the platform names."""
    return [post.lang for post in posts]


def detected_languages(posts: Sequence[Post], model: Model) -> list[str | None]:
    """Return the languages that the platform names, corrected where the text is in another."""
    named = declared_languages(posts, model)
    return language.corrected([post.text for post in posts], named, model.languages)


def label_batch(
    batch: Batch,
    attempt: int,
    newest: Callable[..., Model],
    languages: Languages = declared_languages,
    accurate: AccurateShare | None = None,
) -> None:
    """Put all labels on a batch, in place, unless it ended the taggers that tried before.

    `attempt` counts those, and this one. A post that kills the process that reads it would
    otherwise be delivered for ever.
    """
    if attempt > MOST_ATTEMPTS:
        message = "batch %s ended %d taggers, so its %d posts go out without labels"
        log.error(message, batch.id, attempt - 1, len(batch.posts))
        return
    tag_posts(batch.posts, newest, languages, accurate)
    add_labels(batch, newest, languages)


def tag_posts(
    posts: Sequence[Post],
    newest: Callable[[], Model],
    languages: Languages = declared_languages,
    accurate: AccurateShare | None = None,
) -> None:
    """Fill in label, path, confidence and model version of every post, in place.

    The accurate model, if given, labels the first posts that hold words, as many as there is time
    for: emoji alone were taught to the fast one only.
    A model that cannot be had or fails costs the labels, never the posts: they stay without a
    model, which is what counts as not labelled.
    """
    try:
        model = newest()
        langs = languages(posts, model)
        said = model.predict([post.text for post in posts], langs)
        if accurate is not None:
            worded = [number for number, post in enumerate(posts) if has_words(post.text)]
            better = accurate.predict([posts[at] for at in worded], [langs[at] for at in worded])
            for at, prediction in zip(worded, better, strict=False):
                said[at] = prediction
    except Exception:
        log.exception("the model failed, so %d posts go out without labels", len(posts))
        return
    for post, prediction in zip(posts, said, strict=True):
        post.label = label_of(prediction.label)
        post.path = prediction.path
        post.confidence = round(prediction.confidence, 3)
        post.model = prediction.model


def add_labels(
    batch: Batch, newest: Callable[[str], Model], languages: Languages = declared_languages
) -> None:
    """Add the labels of the other taggers that streams chose, in place, after `tag_posts`.

    A tagger that cannot be had or fails costs its own labels alone.
    """
    for name, indices in batch.taggers.items():
        posts = [batch.posts[index] for index in indices]
        try:
            model = newest(name)
            predictions = model.predict([each.text for each in posts], languages(posts, model))
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
