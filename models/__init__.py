"""The sentiment classifier: text in, label out. It depends on no other package of Weir."""

from models.artefact import ArtefactError
from models.model import Model, Prediction, load
from models.reloader import ModelReloader

__all__ = ["ArtefactError", "Model", "ModelReloader", "Prediction", "load"]
