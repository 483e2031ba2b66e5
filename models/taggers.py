"""The taggers: each a folder that holds a hierarchy and its artefact; shipped ones and your own."""

import re
import time
from pathlib import Path
from typing import NamedTuple

from models.artefact import MANIFEST
from models.model import Model
from models.reloader import ModelReloader

SENTIMENT = "sentiment"
SHIPPED_TAGGERS = (SENTIMENT, "emotion")
"""To ship another: a folder of that name beside this file, and its name here."""
OWN = Path("data/taggers")
"""Where `python -m models.train --tagger NAME` writes unless `--out` names another folder."""
LOOK_SECONDS = 1.0
"""Between two looks whether a tagger has a folder of your own: one at each batch is dear."""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")


def is_tagger_name(name: str) -> bool:
    """Return whether a tagger may have the name: it becomes a folder and a key in JSON."""
    return _NAME.fullmatch(name) is not None


def folder_of(name: str, own: Path | None = None) -> Path:
    """Return the folder of a tagger: your own one where there is one, else the shipped one."""
    if own is not None and (own / name / MANIFEST).is_file():
        return own / name
    return Path(__file__).with_name(name)


class _Loaded(NamedTuple):
    folder: Path
    reloader: ModelReloader
    look_at: float


class Taggers:
    """All taggers of one process; each model is loaded at first use and reloaded when it changes.

    `own` is the folder of your own taggers, `sentiment` the folder of another sentiment model.
    """

    def __init__(self, own: Path | None = None, sentiment: Path | None = None) -> None:
        self._own = own
        self._sentiment = sentiment
        self._loaded: dict[str, _Loaded] = {}

    def names(self) -> list[str]:
        """List the taggers that are there now, the shipped ones first."""
        found = list(SHIPPED_TAGGERS)
        if self._own is not None and self._own.is_dir():
            found += sorted(
                entry.name
                for entry in self._own.iterdir()
                if is_tagger_name(entry.name) and (entry / MANIFEST).is_file()
            )
        return list(dict.fromkeys(found))

    def model(self, name: str) -> Model:
        """Return the newest valid model of a tagger; raises ArtefactError when there is none."""
        known, now = self._loaded.get(name), time.monotonic()
        if known is None or now >= known.look_at:
            folder = self._folder(name)
            if known is None or known.folder != folder:
                known = _Loaded(folder, ModelReloader(folder), 0.0)
            known = self._loaded[name] = known._replace(look_at=now + LOOK_SECONDS)
        return known.reloader.model()

    def _folder(self, name: str) -> Path:
        if name == SENTIMENT and self._sentiment is not None:
            return self._sentiment
        return folder_of(name, self._own)
