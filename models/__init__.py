"""The classifiers: text in, label out. They depend on no other package of Weir."""

from models.accurate_model import ACCURATE, AccurateModel, AnyModel, load_accurate, load_any
from models.artefact import ArtefactError
from models.model import Model, Prediction, load
from models.reloader import ModelReloader
from models.taggers import Taggers

__all__ = [
    "ACCURATE",
    "AccurateModel",
    "AnyModel",
    "ArtefactError",
    "Model",
    "ModelReloader",
    "Prediction",
    "Taggers",
    "load",
    "load_accurate",
    "load_any",
]
