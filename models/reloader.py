"""Reloads the model when its artefact changes, so that a process need not restart."""

import logging
import threading
import time
from pathlib import Path

from models.artefact import MANIFEST, ArtefactError
from models.model import SHIPPED, Model, load

_log = logging.getLogger(__name__)
_Mark = tuple[int, int, int] | None


class ModelReloader:
    """Holds the newest valid model; checks the folder at most every `check_every` seconds."""

    def __init__(
        self, path: Path | None = None, check_every: float = 1.0, *, threshold: float = 0.0
    ) -> None:
        """Load the model at once; raises ArtefactError when the artefact is missing or invalid."""
        self._path = path or SHIPPED
        self._check_every = check_every
        self._threshold = threshold
        self._busy = threading.Lock()
        self._seen = self._mark()
        self._model = load(self._path, threshold=threshold)
        self._next_check = time.monotonic() + check_every

    def model(self) -> Model:
        """Return the newest valid model, without waiting for a thread that is loading one."""
        if time.monotonic() >= self._next_check and self._busy.acquire(blocking=False):
            try:
                self._refresh()
            finally:
                self._next_check = time.monotonic() + self._check_every
                self._busy.release()
        return self._model

    def _refresh(self) -> None:
        mark = self._mark()
        if mark == self._seen:
            return
        # Record the mark before loading, so that a broken artefact is reported once only.
        self._seen = mark
        try:
            model = load(self._path, threshold=self._threshold)
        except ArtefactError as error:
            _log.error("new model refused, kept model %s: %s", self._model.version, error)
            return
        if model.version != self._model.version:
            _log.info("model %s replaces %s", model.version, self._model.version)
        self._model = model

    def _mark(self) -> _Mark:
        try:
            stat = (self._path / MANIFEST).stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_size, stat.st_ino
