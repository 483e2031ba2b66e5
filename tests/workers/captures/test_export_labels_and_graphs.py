"""Exports with labels, typed columns, descriptions and graphs; and the way there and back."""

import csv
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import networkx  # type: ignore[import-untyped]
import openpyxl  # type: ignore[import-untyped]
import pyarrow
import pyarrow.parquet
import pytest

import models
from streams import label_sets
from streams.exports import COLUMNS, LABELS
from tests.workers.captures.life import MINUTE, START, recorder_in, sealed_in
from tests.workers.captures.life import post as made_up
from tests.workers.replay import files
from workers.captures.segments.catalog import SegmentCatalog
from workers.captures.segments.manifest import BackfillSpan, manifest_path
from workers.captures.segments.merge import SegmentMerge
from workers.captures.segments.timestamps import iso
from workers.export import cli, graph
from workers.export.rows import ExportRow, row_of
from workers.replay.reader import CaptureReader

EMOTION = Path(models.__file__).with_name("emotion")
TEXTS = ["I love this wonderful day", "I hate this awful rain", "=1+1 @demo #Rain", "'tis @x_y ☔"]
pytestmark = pytest.mark.usefixtures("shared_models")
Capture = pytest.CaptureFixture[str]

PACKAGE = {
    "type": "object",
    "required": ["resources"],
    "properties": {
        "name": {"type": "string", "pattern": "^([-a-z0-9._/])+$"},
        "created": {"type": "string", "format": "date-time"},
        "sources": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["title"],
                "properties": {"path": {"type": "string", "pattern": "^[a-z0-9]+://"}},
            },
        },
        "resources": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["name", "path"],
                "properties": {
                    "name": {"type": "string", "pattern": "^([-a-z0-9._/])+$"},
                    "path": {"type": "string", "pattern": r"^[^./~]((?!\.{2}).)*$"},
                    "profile": {"enum": ["tabular-data-resource", "data-resource"]},
                    "hash": {"type": "string", "pattern": "^([^:]+:[a-fA-F0-9]+|[a-fA-F0-9]{32})$"},
                    "bytes": {"type": "integer"},
                    "schema": {
                        "type": "object",
                        "required": ["fields"],
                        "properties": {
                            "fields": {
                                "type": "array",
                                "minItems": 1,
                                "items": {
                                    "type": "object",
                                    "required": ["name"],
                                    "properties": {
                                        "name": {"type": "string"},
                                        "type": {"enum": ["string", "number", "datetime"]},
                                    },
                                },
                            },
                            "missingValues": {"type": "array", "items": {"type": "string"}},
                        },
                    },
                },
            },
        },
    },
}
"""What the Data Package and Table Schema specifications (version 1) require of what Weir writes."""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    lines = [files.twarc_stream(10**18 + n, text, n * 60) for n, text in enumerate(TEXTS)]
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(lines))
    return path


def export(source: Path, format: str, *options: str) -> Path:
    out = source.with_name(f"out.{format}")
    for old in (out, out.with_name(out.name + ".datapackage.json")):
        old.unlink(missing_ok=True)
    assert cli.main(["export", str(source), "--format", format, "--out", str(out), *options]) == 0
    return out


def table(path: Path) -> list[dict[str, Any]]:
    with path.open(newline="", encoding="utf-8-sig") as stream:
        return list(csv.DictReader(stream))


def posts_in(path: Path) -> list[ExportRow]:
    catalog = SegmentCatalog(str(path))
    return [row_of(each) for each in CaptureReader(SegmentMerge(catalog, catalog.segments()))]


def test_every_table_has_the_label_and_the_version_of_the_model_that_gave_it(source: Path) -> None:
    model = models.load()
    for row, text in zip(table(export(source, "csv")), TEXTS, strict=True):
        [said] = model.predict([text], ["en"])
        assert (row["label"], row["path"], row["model"]) == (said.label, said.path, model.version)
        assert float(row["confidence"]) == round(said.confidence, 3)


def test_another_model_labels_on_the_way_and_labels_choose_posts(source: Path) -> None:
    model = models.load(EMOTION)
    said = [each.label for each in model.predict(TEXTS, ["en"] * len(TEXTS))]
    rows = table(export(source, "csv", "--model", str(EMOTION)))
    assert [row["label"] for row in rows] == said
    assert {row["model"] for row in rows} == {model.version}
    chosen = table(export(source, "csv", "--model", str(EMOTION), "--label", said[0]))
    assert [row["text"] for row in chosen] == [
        text for text, label in zip(TEXTS, said, strict=True) if label == said[0]
    ]


def test_labels_are_kept_beside_the_older_ones_and_exports_choose(source: Path) -> None:
    sets = source.with_name("sets")
    for folder in ((), ("--model", str(EMOTION))):
        assert cli.main(["label", str(source), "--into", str(sets), *folder]) == 0
    emotion, sentiment = label_sets.kept(sets)
    assert [emotion.model, sentiment.model] == [models.load(EMOTION).version, models.load().version]
    for one, folder in ((emotion, ("--model", str(EMOTION))), (sentiment, ())):
        now = table(export(source, "csv", *folder))
        kept = str(label_sets.data_path(sets, one.name))
        assert table(export(source, "csv", "--labels", kept)) == now
        assert one.posts == len(TEXTS)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--model", "/no/such/folder"], "/no/such/folder"),
        (["--labels", "none.sqlite"], "none.sqlite: no set of labels of this name is kept here"),
        (["--label", "hungry"], "the model gives no label 'hungry'; it gives"),
    ],
)
def test_a_model_or_a_label_that_is_none_is_one_clear_line_and_leaves_no_file(
    options: list[str], said: str, source: Path, capfd: Capture
) -> None:
    out = source.with_name("out.csv")
    command = ["export", str(source), "--format", "csv", "--out", str(out), *options]
    assert cli.main(command) == 2
    err = capfd.readouterr().err
    assert said in err
    assert err.count("\n") == 1
    assert not out.exists()


def test_parquet_has_times_as_times_and_ids_as_text(source: Path) -> None:
    found = pyarrow.parquet.read_table(export(source, "parquet"))
    assert tuple(found.column_names) == COLUMNS
    types = {field.name: field.type for field in found.schema}
    assert types["created_at"] == types["received_at"] == pyarrow.timestamp("ms", tz="UTC")
    assert types["id"] == types["author_id"] == pyarrow.string()
    assert types["lon"] == types["confidence"] == pyarrow.float64()
    assert found.to_pylist()[1]["created_at"] == datetime(2020, 11, 22, 4, 1, tzinfo=UTC)


@pytest.mark.parametrize("format", ["csv", "xlsx", "parquet", "ndjson", "ids", "gexf"])
def test_a_description_with_schema_and_provenance_stands_beside_each_file(
    format: str, source: Path
) -> None:
    out = export(source, format, "--sample", "3", "--seed", "5")
    package = json.loads(out.with_name(out.name + ".datapackage.json").read_text())
    jsonschema.validate(package, PACKAGE)
    [resource] = package["resources"]
    digest = hashlib.sha256(out.read_bytes()).hexdigest()
    assert resource["path"] == out.name
    assert (resource["hash"], resource["bytes"]) == (f"sha256:{digest}", out.stat().st_size)
    assert package["weir"]["posts"] == 3
    assert package["weir"]["options"]["seed"] == 5
    assert [each["title"] for each in package["sources"]] == ["a.jsonl"]
    if format == "csv":
        assert [each["name"] for each in resource["schema"]["fields"]] == list(table(out)[0])
        assert package["weir"]["model"] == models.load().version


@pytest.mark.parametrize("format", ["csv", "xlsx", "parquet", "ndjson", "ids", "graphml", "gexf"])
def test_every_export_names_the_gaps_and_doubts_that_the_manifests_name(
    format: str, tmp_path: Path
) -> None:
    writer, _ = recorder_in(tmp_path).open("rain", source="x")
    for number in (1, 2):
        at = START + (number - 1) * 10 * MINUTE
        writer.write(made_up(number), at, str(number))
        writer.open_gap(at + 1_000, "disconnected")
        writer.close_gap(at + 2_000)
        writer.open_doubt(at + 3_000)
        writer.close_doubt(at + 4_000)
        writer.add_backfill(BackfillSpan(iso(at), iso(at + 1), iso(at + 9), "partly", 3, ["gone"]))
        writer.book.note_clock(number * -3_000)
        writer.seal(at + MINUTE)
    out = export(tmp_path / "rain", format)
    package = json.loads(out.with_name(out.name + ".datapackage.json").read_text())
    told = ("gaps", "doubts", "backfills", "clock_ms")
    sealed = map(manifest_path, sealed_in(tmp_path / "rain"))
    manifests = [json.loads(path.read_text()) for path in sealed]
    assert [len(each["gaps"]) for each in manifests] == [1, 1]
    expected = [{name: manifest[name] for name in told} for manifest in manifests]
    assert [{name: each[name] for name in told} for each in package["sources"]] == expected


def graph_of(source: Path, format: str) -> Any:
    path = export(source, format)
    return networkx.read_gexf(path) if format == "gexf" else networkx.read_graphml(path)


def edges_of(found: Any) -> set[tuple[str, str, str, float]]:
    label = {node: values["label"] for node, values in found.nodes(data=True)}
    return {
        (label[one], values["kind"], label[two], values["weight"])
        for one, two, values in found.edges(data=True)
    }


@pytest.mark.parametrize("format", graph.GRAPHS)
def test_a_graph_has_mentions_replies_reposts_and_hashtags(format: str, tmp_path: Path) -> None:
    users = [{"id_str": "1", "screen_name": "ann"}, {"id_str": "2", "screen_name": "Bob"}]
    said = [
        {"text": "hi @bob and @eve, #Rain #Réunion me@mail.example x#no", "user": users[0]},
        {"text": "@Bob again #rain", "user": users[0], "in_reply_to_user_id_str": "2"},
        {"text": "RT", "user": users[1], "retweeted_status": {
            "id_str": "100", "text": "hi @eve #rain", "user": users[0]}},
    ]  # fmt: skip
    path = tmp_path / "b.jsonl"
    path.write_text("\n".join(json.dumps(one | {"id_str": f"10{n}"}) for n, one in enumerate(said)))
    assert edges_of(graph_of(path, format)) == {
        ("@ann", "mention", "@Bob", 2),
        ("@ann", "mention", "@eve", 1),
        ("@ann", "hashtag", "#rain", 2),
        ("@ann", "hashtag", "#réunion", 1),
        ("@ann", "reply", "@Bob", 1),
        ("@Bob", "repost", "@ann", 1),
    }


def test_a_graph_that_is_too_large_says_so_and_leaves_no_file(
    source: Path, monkeypatch: pytest.MonkeyPatch, capfd: Capture
) -> None:
    monkeypatch.setattr(graph, "MOST_EDGES", 1)
    out = source.with_name("out.gexf")
    assert cli.main(["export", str(source), "--format", "gexf", "--out", str(out)]) == 2
    assert "choose fewer posts" in capfd.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    ("format", "options"), [("csv", ()), ("csv", ("--for-excel",)), ("ndjson", ())]
)
def test_what_was_exported_reads_back_as_the_same_posts(
    format: str, options: tuple[str, ...], source: Path
) -> None:
    more = files.v1(10**18 + 9, "hail @demo", 999.0)
    boosted = json.loads(files.v1(10**18 + 8, "RT hail", 998.0))
    boosted |= {"retweeted_status": json.loads(more), "withheld_in_countries": ["DE", "FR"]}
    source.write_text(source.read_text() + f"\n{more}\n{json.dumps(boosted)}\n")
    assert len(posts_in(source)) == 6
    assert posts_in(export(source, format, *options)) == posts_in(source)


@pytest.mark.parametrize("format", ["parquet", "xlsx"])
def test_tables_for_other_programs_hold_the_same_posts(format: str, source: Path) -> None:
    out = export(source, format)
    if format == "parquet":
        found = pyarrow.parquet.read_table(out).to_pylist()
    else:
        header, *lines = openpyxl.load_workbook(out).active.iter_rows(values_only=True)
        found = [dict(zip(header, line, strict=True)) for line in lines]
    for row, post in zip(found, posts_in(source), strict=True):
        for name in set(COLUMNS) - set(LABELS):
            expected: Any = getattr(post, name)
            if name in ("created_at", "received_at"):
                expected = datetime.fromisoformat(expected)
                row[name] = row[name].replace(tzinfo=UTC)
            assert row[name] == expected, name
