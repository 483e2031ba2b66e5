"""The accurate model: a small transformer in eight bits, through ONNX Runtime."""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.artefact import MANIFEST, ArtefactError, read_file, replace_file, seal
from models.model import SHIPPED, Model, Prediction, TreeModel, load, reads
from models.pieces import WordPieces
from models.tokens import tokens
from models.tree import Tree, check_tree

ACCURATE = Path(__file__).with_name("accurate")
_FORMAT = "accurate.1"
_AT_ONCE = 8  # posts that one pass through the network takes: more leave the processor's cache


class AccurateManifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything about the accurate model but its weights; `sha256` covers all other fields.

    `tree` says how the labels hang together; one network answers all of its questions at once.
    """

    format: str
    version: str
    tree: Tree
    network: str
    network_sha256: str
    pieces: str
    pieces_sha256: str
    metrics: dict[str, Any]
    data: dict[str, Any]
    libraries: dict[str, str]
    licences: dict[str, str]
    sha256: str = ""


class _Kind(msgspec.Struct):
    format: str | int = 0


class AccurateModel(TreeModel):
    """A loaded network with the answers of a hierarchy. Threads may share it."""

    def __init__(
        self, manifest: AccurateManifest, network: bytes, pieces: bytes, threshold: float = 0.0
    ) -> None:
        """Load the network, one thread wide; posts below `threshold` confidence are `unknown`."""
        import onnxruntime  # here, since only processes that label need its memory

        super().__init__(manifest, threshold)
        self._pieces = WordPieces(pieces.decode().rstrip("\n").split("\n"))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            network, options, providers=["CPUExecutionProvider"]
        )

    def predict(
        self, texts: Sequence[str], langs: Sequence[str | None] | None = None
    ) -> list[Prediction]:
        """Return one prediction for each text, in order; `langs` and errors as Model.predict()."""
        if langs is not None and len(langs) != len(texts):
            raise ValueError(f"{len(texts)} texts but {len(langs)} languages")
        readable = [
            number
            for number, text in enumerate(texts)
            if (langs is None or reads(self.languages, langs[number])) and tokens(text)
        ]
        said = [self._unknown] * len(texts)
        chances = self.text_chances([texts[number] for number in readable])
        for number, leaf, chance in zip(
            readable, chances.argmax(axis=1).tolist(), chances.max(axis=1).tolist(), strict=True
        ):
            if chance >= self._threshold:
                found = self._leaves[leaf]
                said[number] = Prediction(found.label, found.path, chance, self.version)
        return said

    def text_chances(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the probability of each leaf for each text (texts, leaves)."""
        pieces = [self._pieces.numbers(text) for text in texts]
        scores = np.zeros((len(texts), len(self._leaves)))
        # Posts of one length go together, so that little is computed for padding.
        order = sorted(range(len(texts)), key=lambda number: len(pieces[number]))
        for start in range(0, len(order), _AT_ONCE):
            chosen = order[start : start + _AT_ONCE]
            longest = len(pieces[chosen[-1]])
            ids = np.full((len(chosen), longest), self._pieces.padding, np.int32)
            mask = np.zeros((len(chosen), longest), np.int32)
            for row, number in enumerate(chosen):
                ids[row, : len(pieces[number])] = pieces[number]
                mask[row, : len(pieces[number])] = 1
            scores[chosen] = self._session.run(["scores"], {"ids": ids, "mask": mask})[0]
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        chances: NDArray[np.float64] = odds / odds.sum(axis=1, keepdims=True)
        return chances


def load_accurate(path: Path | None = None, *, threshold: float = 0.0) -> AccurateModel:
    """Load the accurate model in folder `path` (default: the shipped one); raises ArtefactError."""
    folder = path or ACCURATE
    text = read_file(folder / MANIFEST)
    try:
        written = msgspec.json.decode(text)
        if not isinstance(written, dict) or written.get("format") != _FORMAT:
            raise ArtefactError(f"{folder}: not an accurate model of format {_FORMAT}")
        manifest = msgspec.json.decode(text, type=AccurateManifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ArtefactError(f"{folder}: {MANIFEST} is not a manifest: {error}") from error
    if manifest.sha256 != seal(written):
        raise ArtefactError(f"{folder}: {MANIFEST} was changed: its SHA-256 does not match")
    network = _checked(folder / Path(manifest.network).name, manifest.network_sha256)
    pieces = _checked(folder / Path(manifest.pieces).name, manifest.pieces_sha256)
    if manifest.version != _version(network, pieces):
        raise ArtefactError(f"{folder}: version {manifest.version} does not match the weights")
    try:
        check_tree(manifest.tree)
        return AccurateModel(manifest, network, pieces, threshold)
    except ImportError as error:
        raise ArtefactError(f"the accurate model needs onnxruntime: {error}") from error
    except Exception as error:  # ONNX Runtime has a class of its own for each fault
        raise ArtefactError(f"{folder}: {manifest.network}: {error}") from error


def save_accurate(
    folder: Path,
    tree: Tree,
    network: bytes,
    pieces: Sequence[str],
    *,
    metrics: dict[str, Any],
    data: dict[str, Any],
    libraries: dict[str, str],
    licences: dict[str, str],
) -> AccurateManifest:
    """Write the accurate model's artefact into `folder`, the manifest last."""
    folder.mkdir(parents=True, exist_ok=True)
    packed = ("\n".join(pieces) + "\n").encode()
    version = _version(network, packed)
    manifest = AccurateManifest(
        format=_FORMAT,
        version=version,
        tree=tree,
        network=f"network-{version.rpartition('.')[2]}.onnx",
        network_sha256=hashlib.sha256(network).hexdigest(),
        pieces=f"pieces-{version.rpartition('.')[2]}.txt",
        pieces_sha256=hashlib.sha256(packed).hexdigest(),
        metrics=metrics,
        data=data,
        libraries=libraries,
        licences=licences,
    )
    written = msgspec.json.decode(msgspec.json.encode(manifest))
    manifest = msgspec.structs.replace(manifest, sha256=seal(written))
    replace_file(folder / manifest.network, network)
    replace_file(folder / manifest.pieces, packed)
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"
    replace_file(folder / MANIFEST, text)
    return manifest


def _version(network: bytes, pieces: bytes) -> str:
    digest = hashlib.sha256(hashlib.sha256(network).digest() + hashlib.sha256(pieces).digest())
    return f"{_FORMAT}.{digest.hexdigest()[:12]}"


def _checked(path: Path, expected: str) -> bytes:
    content = read_file(path)
    digest = hashlib.sha256(content).hexdigest()
    if digest != expected:
        raise ArtefactError(f"{path}: changed: SHA-256 {digest[:12]}…, not {expected[:12]}…")
    return content


AnyModel = Model | AccurateModel


def load_any(path: Path | None = None, *, threshold: float = 0.0) -> AnyModel:
    """Load the model in a folder, of either kind (default: the fast one); raises ArtefactError."""
    folder = path or SHIPPED
    with suppress(msgspec.DecodeError, UnicodeDecodeError):  # the loader says what is wrong
        if msgspec.json.decode(read_file(folder / MANIFEST), type=_Kind).format == _FORMAT:
            return load_accurate(folder, threshold=threshold)
    return load(folder, threshold=threshold)
