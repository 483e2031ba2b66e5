"""An artefact that was changed, damaged or made for other code is refused, with the reason."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

import models
from models.artefact import MANIFEST, load_artefact


@pytest.fixture
def artefact(linear: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(linear, tmp_path / "artefact"))


def edit(folder: Path, change: Callable[[dict[str, object]], object]) -> None:
    manifest = msgspec.json.decode((folder / MANIFEST).read_bytes())
    change(manifest)
    (folder / MANIFEST).write_bytes(msgspec.json.encode(manifest))


def weights(folder: Path) -> Path:
    [path] = folder.glob("weights-*.npz")
    return path


def test_a_flipped_byte_in_the_weights_is_refused(artefact: Path) -> None:
    content = bytearray(weights(artefact).read_bytes())
    content[len(content) // 2] ^= 1
    weights(artefact).write_bytes(content)
    with pytest.raises(models.ArtefactError, match="was changed: SHA-256"):
        models.load(artefact)


def test_cut_weights_are_refused(artefact: Path) -> None:
    weights(artefact).write_bytes(weights(artefact).read_bytes()[:100])
    with pytest.raises(models.ArtefactError, match="was changed: SHA-256"):
        models.load(artefact)


def test_missing_weights_are_refused(artefact: Path) -> None:
    weights(artefact).unlink()
    with pytest.raises(models.ArtefactError, match="No such file"):
        models.load(artefact)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(models.ArtefactError, match="No such file"):
        models.load(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda m: m.update(version="1.000000000000"), "manifest.json was changed"),
        (lambda m: m["metrics"].update(itself=99), "manifest.json was changed"),
        (lambda m: m["tree"].update(language="fr"), "manifest.json was changed"),
        (lambda m: m["libraries"].update(numpy="0"), "manifest.json was changed"),
        (lambda m: m.update(sha256=""), "manifest.json was changed"),
        (lambda m: m.update(format=99), "made in format 99, this code reads format"),
        (lambda m: m.pop("weights_sha256"), "is not a manifest"),
        (lambda m: m.update(surprise=1), "is not a manifest"),
    ],
)
def test_a_changed_manifest_is_refused(
    artefact: Path, change: Callable[[dict[str, object]], object], reason: str
) -> None:
    edit(artefact, change)
    with pytest.raises(models.ArtefactError, match=re.escape(reason)):
        models.load(artefact)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff\xfe", b"null", b'"text"'])
def test_what_is_no_manifest_is_refused(artefact: Path, content: bytes) -> None:
    (artefact / MANIFEST).write_bytes(content)
    with pytest.raises(models.ArtefactError, match="is not a manifest"):
        models.load(artefact)


def test_weights_of_another_artefact_are_refused(artefact: Path) -> None:
    shutil.copy(weights(models.model.SHIPPED), weights(artefact))
    with pytest.raises(models.ArtefactError, match="was changed"):
        models.load(artefact)


def test_the_shipped_artefact_holds_no_pickle_names_or_links() -> None:
    folder = models.model.SHIPPED
    assert {path.suffix for path in folder.iterdir()} <= {".json", ".npz", ".gz"}
    _, nodes = load_artefact(folder)
    known = {name for node in nodes for name in node.vocabulary}
    assert not [name for name in known if "@" in name or "http:" in name or "https:" in name]


def test_the_shipped_artefact_is_small() -> None:
    assert sum(path.stat().st_size for path in models.model.SHIPPED.iterdir()) <= 15 * 2**20
