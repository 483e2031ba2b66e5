"""The sentiment classifier: text in, label out. Knows nothing of streams, workers or the web."""

from models.artefact import ArtefactError
from models.current import Current
from models.model import Model, Prediction, load

__all__ = ["ArtefactError", "Current", "Model", "Prediction", "load"]
