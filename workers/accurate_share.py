"""Which posts the accurate sentiment model labels: as many as the lag leaves time for."""

import logging
import time
from collections.abc import Callable, Sequence

from models import AccurateModel, Prediction
from streams.clock import now_ms
from streams.post import Post

log = logging.getLogger(__name__)

FIRST_GUESS = 0.01
"""Seconds a post, before anything was measured: slow, so that the first batch is in time."""


class AccurateShare:
    """The accurate model with the pace that it keeps in this process; not for several threads."""

    def __init__(
        self,
        model: AccurateModel,
        most_lag: float | None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], int] = now_ms,
    ) -> None:
        """`most_lag` is in seconds since the oldest post came in; None lets it label all posts."""
        self.model = model
        self._most_lag = most_lag
        self._clock, self._now = clock, now
        self._pace = FIRST_GUESS

    def predict(self, posts: Sequence[Post], langs: Sequence[str | None]) -> list[Prediction]:
        """Return the predictions of the first posts, as many as there is time for.

        `langs` are the languages to read all the posts in.
        A model that fails leaves all posts to the fast one.
        """
        chosen = posts[: self._affordable(posts)]
        if not chosen:
            return []
        begun = self._clock()
        try:
            said = self.model.predict([each.text for each in chosen], langs[: len(chosen)])
        except Exception:
            log.exception("the accurate model failed, so the fast one labels %d posts", len(chosen))
            return []
        pace = (self._clock() - begun) / len(chosen)
        # Slows down at once, speeds up gradually: a machine that fills up must not count as idle.
        self._pace = max(pace, 0.8 * self._pace + 0.2 * pace)
        return said

    def _affordable(self, posts: Sequence[Post]) -> int:
        if self._most_lag is None or not posts:
            return len(posts)
        waited = (self._now() - min(each.received_at for each in posts)) / 1000
        left = self._most_lag - max(0.0, waited)
        if 0 < left < self._pace:
            self._pace *= 0.9  # else one stall of the machine would end all measuring
        return max(0, min(len(posts), int(left / max(self._pace, 1e-6))))
