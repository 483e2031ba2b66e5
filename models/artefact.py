"""Saves and loads a trained model as plain numbers: a manifest and an array file, no pickle."""

import hashlib
import io
import os
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.tree import Tree, check_tree

FORMAT = 1
MANIFEST = "manifest.json"
PREVIOUS = "previous"
"""The folder, inside that of an artefact, with the one before it."""
Floats = NDArray[np.float32]


class ArtefactError(RuntimeError):
    """The artefact is missing, damaged, changed, or made for another version of this code."""


class Weights(msgspec.Struct):
    """A fitted node: `idf` and `first` have one row a feature; `second` is empty when linear.

    Score of a post with weighted counts x: `x @ first + bias`, and for a network
    `relu(x @ first + bias) @ second + bias2`. One column for two children, else one a child.
    """

    vocabulary: list[str]
    idf: Floats
    first: Floats
    bias: Floats
    second: Floats
    bias2: Floats


class ArtefactManifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything about an artefact but its weights; `sha256` covers all other fields."""

    format: int
    version: str
    tree: Tree
    weights: str
    weights_sha256: str
    metrics: dict[str, Any]
    data: dict[str, Any]
    libraries: dict[str, str]
    sha256: str = ""


def save_artefact(
    folder: Path,
    tree: Tree,
    weights: list[Weights],
    metrics: dict[str, Any],
    data: dict[str, Any],
    libraries: dict[str, str],
) -> ArtefactManifest:
    """Write the artefact into `folder`; running readers see the old one or the new one.

    The weights have a unique name and are on disk before the manifest points to them. The artefact
    that was there is kept in the folder `previous`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    packed = _pack(weights)
    digest = hashlib.sha256(packed).hexdigest()
    _keep_previous(folder, digest)
    name = f"weights-{digest[:12]}.npz"
    manifest = ArtefactManifest(
        format=FORMAT,
        version=f"{FORMAT}.{digest[:12]}",
        tree=tree,
        weights=name,
        weights_sha256=digest,
        metrics=metrics,
        data=data,
        libraries=libraries,
    )
    written = msgspec.json.decode(msgspec.json.encode(manifest))
    manifest = msgspec.structs.replace(manifest, sha256=seal(written))
    replace_file(folder / name, packed)
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"
    replace_file(folder / MANIFEST, text)
    _remove_others(folder, name)
    return manifest


def exchange_previous(folder: Path) -> ArtefactManifest:
    """Put the previous artefact in force and keep the present one; raises ArtefactError."""
    previous = folder / PREVIOUS
    manifest, _ = load_artefact(previous)
    text, weights = (
        read_file(previous / MANIFEST),
        read_file(previous / Path(manifest.weights).name),
    )
    _keep_previous(folder, manifest.weights_sha256)
    replace_file(folder / manifest.weights, weights)
    replace_file(folder / MANIFEST, text)
    _remove_others(folder, manifest.weights)
    return manifest


def _keep_previous(folder: Path, digest: str) -> None:
    """Copy the artefact in a folder to `previous`, unless it is the one with this digest."""
    try:
        manifest, _ = load_artefact(folder)
    except ArtefactError:
        return  # there is none, or none that could come back
    if manifest.weights_sha256 == digest:
        return
    previous = folder / PREVIOUS
    previous.mkdir(exist_ok=True)
    replace_file(previous / manifest.weights, read_file(folder / manifest.weights))
    replace_file(previous / MANIFEST, read_file(folder / MANIFEST))
    _remove_others(previous, manifest.weights)


def _remove_others(folder: Path, name: str) -> None:
    for old in folder.glob("weights-*.npz"):
        if old.name != name:
            old.unlink(missing_ok=True)


def load_artefact(folder: Path) -> tuple[ArtefactManifest, list[Weights]]:
    """The manifest and the weights of each node; raises ArtefactError with the reason."""
    text = read_file(folder / MANIFEST)
    while True:
        try:
            return _load(folder, text)
        except ArtefactError:
            # A new artefact may have taken the place of this one between the two files.
            latest = read_file(folder / MANIFEST)
            if latest == text:
                raise
            text = latest


def _load(folder: Path, text: bytes) -> tuple[ArtefactManifest, list[Weights]]:
    try:
        written = msgspec.json.decode(text)
        if isinstance(written, dict) and written.get("format", FORMAT) != FORMAT:
            raise ArtefactError(
                f"{folder}: made in format {written['format']}, this code reads format {FORMAT}"
            )
        manifest = msgspec.json.decode(text, type=ArtefactManifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ArtefactError(f"{folder}: {MANIFEST} is not a manifest: {error}") from error
    if manifest.sha256 != seal(written):
        raise ArtefactError(f"{folder}: {MANIFEST} was changed: its SHA-256 does not match")
    packed = read_file(folder / Path(manifest.weights).name)
    digest = hashlib.sha256(packed).hexdigest()
    if digest != manifest.weights_sha256:
        raise ArtefactError(
            f"{folder}: {manifest.weights} was changed: SHA-256 {digest[:12]}…, "
            f"not {manifest.weights_sha256[:12]}…"
        )
    if manifest.version != f"{FORMAT}.{digest[:12]}":
        raise ArtefactError(f"{folder}: version {manifest.version} does not match the weights")
    try:
        return manifest, _unpack(packed, len(check_tree(manifest.tree).nodes()))
    except (KeyError, ValueError, zipfile.BadZipFile) as error:
        raise ArtefactError(f"{folder}: {manifest.weights}: {error}") from error


def read_file(path: Path) -> bytes:
    """Return the content of a file of an artefact; raises ArtefactError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ArtefactError(f"{path}: {error.strerror}") from error


def _pack(weights: list[Weights]) -> bytes:
    """Pack one list of all features and each node's share of it, in half precision."""
    vocabulary = sorted({name for node in weights for name in node.vocabulary})
    place = {name: index for index, name in enumerate(vocabulary)}
    arrays: dict[str, NDArray[Any]] = {
        "vocabulary": np.frombuffer("\n".join(vocabulary).encode(), np.uint8)
    }
    for number, node in enumerate(weights):
        rows = np.array([place[name] for name in node.vocabulary])
        order = np.argsort(rows)
        known = np.zeros(len(vocabulary), bool)
        known[rows] = True
        arrays[f"{number}.known"] = np.packbits(known)
        arrays[f"{number}.idf"] = node.idf[order].astype(np.float16)
        arrays[f"{number}.first"] = node.first[order].astype(np.float16)
        for name in ("bias", "second", "bias2"):
            arrays[f"{number}.{name}"] = getattr(node, name)
    memory = io.BytesIO()
    np.savez_compressed(memory, allow_pickle=False, **arrays)
    return memory.getvalue()


def _unpack(packed: bytes, nodes: int) -> list[Weights]:
    with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
        vocabulary = np.array(arrays["vocabulary"].tobytes().decode().split("\n"), object)
        weights = []
        for number in range(nodes):
            known = np.unpackbits(arrays[f"{number}.known"], count=len(vocabulary)).astype(bool)
            wide = [
                arrays[f"{number}.{name}"].astype(np.float32)
                for name in ("idf", "first", "bias", "second", "bias2")
            ]
            weights.append(Weights(vocabulary[known].tolist(), *wide))
    return weights


def seal(written: dict[str, Any]) -> str:
    """Return the SHA-256 over the JSON of a manifest without its `sha256` field."""
    bare = {name: value for name, value in written.items() if name != "sha256"}
    return hashlib.sha256(msgspec.json.encode(bare)).hexdigest()


def replace_file(path: Path, content: bytes) -> None:
    """Write a file atomically: readers see the old or the new content."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
