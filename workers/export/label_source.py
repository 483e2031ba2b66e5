"""Where the labels of an export come from: a model that labels now, or a set that was kept."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Protocol

from models import AnyModel, language
from workers.export.rows import ExportRow

BATCH = 128
"""Posts that the model labels together."""


class LabelSource(Protocol):
    """What fills the label, its path and confidence, and the model of rows."""

    @property
    def labels(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def version(self) -> str: ...  # noqa: D102
    def fill(self, rows: Iterable[ExportRow]) -> Iterator[ExportRow]: ...  # noqa: D102


class ModelLabels:
    """Labels that a model gives now."""

    def __init__(self, model: AnyModel) -> None:
        self._model = model
        self.labels, self.version = model.labels, model.version

    def fill(self, rows: Iterable[ExportRow]) -> Iterator[ExportRow]:
        """Fill in the label, and the version of the model that gave it."""
        source = iter(rows)
        while batch := list(islice(source, BATCH)):
            texts = [row.text for row in batch]
            langs = language.corrected(texts, [row.lang for row in batch], self._model.languages)
            said = self._model.predict(texts, langs)
            for row, one in zip(batch, said, strict=True):
                row.label, row.path, row.model = one.label, one.path, one.model
                row.confidence = round(one.confidence, 3)
                yield row
