"""The command-line tools do their work end to end, and call bad input by its name."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

import pytest

import models
from models import made_up_posts, tag
from models.command import run
from models.distill import LABELS
from models.labelled_posts import LabelledPost, read_shares
from tests.models.posts import posts, write_tsv

pytestmark = pytest.mark.slow

TOOLS = (
    "behaviour",
    "benchmark",
    "distill",
    "evaluate",
    "explain",
    "made_up_posts",
    "opinions",
    "quantize",
    "refine",
    "tag",
    "teach",
    "train",
)


def main_of(tool: str) -> Callable[[], None]:
    """Return what `python -m models.<tool>` runs."""
    main: Callable[[], None] = import_module(f"models.{tool}").main
    return main


def command(*words: object, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run `python -m models.<words>` as a process of its own."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", f"models.{words[0]}", *map(str, words[1:])],
        input=stdin,
        capture_output=True,
        timeout=120,
        cwd=Path(models.__file__).parents[1],
        check=False,
    )


def refusal(
    words: Sequence[object], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> str:
    """The one line on stderr (after a progress bar, if it came that far) with exit 2."""
    monkeypatch.setattr(sys, "argv", [f"models.{words[0]}", *map(str, words[1:])])
    with pytest.raises(SystemExit) as stopped:
        run(main_of(str(words[0])))
    said = capsys.readouterr()
    assert stopped.value.code == 2
    assert said.out == ""
    *bars, line = said.err.splitlines()
    assert all("pass/s" in bar or not bar for bar in bars)
    return line


TREE = """{"root": {"name": "subjectivity", "features": {"words": 2, "min_count": 1}, "children": {
  "neutral": null, "polarized": {"name": "sentiment", "children": {
    "negative": null, "positive": null}}}}}"""


@pytest.fixture
def tree_file(tmp_path: Path) -> Path:
    path = tmp_path / "tree.json"
    path.write_text(TREE)
    return path


def test_a_model_is_trained_measured_and_drawn(tmp_path: Path, tree_file: Path) -> None:
    labelled = write_tsv(tmp_path / "posts.tsv", posts())
    out, picture = tmp_path / "out", tmp_path / "out.png"
    done = command(
        "train", "--data", labelled, "--test", labelled, "--tree", tree_file, "--out", out
    )
    assert done.returncode == 0, done.stderr
    assert "macro recall" in done.stdout.decode()
    assert models.load(out).version in done.stdout.decode()
    assert b"100%" in done.stderr
    done = command("evaluate", out, labelled, "--plot", picture)
    assert done.returncode == 0, done.stderr
    for words in (
        "macro recall",
        "macro F1",
        "is \\ said",
        "calibration",
        "reliability",
        "coverage",
    ):
        assert words in done.stdout.decode()
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_training_again_gives_the_same_weights(tmp_path: Path, tree_file: Path) -> None:
    labelled = write_tsv(tmp_path / "posts.tsv", posts())
    versions = []
    for name in ("one", "two"):
        done = command("train", "--data", labelled, "--tree", tree_file, "--out", tmp_path / name)
        assert done.returncode == 0, done.stderr
        versions.append(models.load(tmp_path / name).version)
    assert versions[0] == versions[1]


def test_the_tokens_that_weighed_most_are_told(linear: Path) -> None:
    done = command("explain", "my coffee was not great", "--model", linear)
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 0, done.stderr
    assert lines[0].startswith("negative (polarized > negative), confidence")
    at = lines.index("sentiment")
    assert lines[at + 2].split()[:2] == ["not", "negative"]


def test_nothing_known_leaves_nothing_to_explain(linear: Path) -> None:
    done = command("explain", "zzz", "--model", linear)
    assert done.stdout.decode().strip() == "unknown (no known feature), confidence 0.00"


def test_posts_come_back_tagged_in_order(linear: Path) -> None:
    given: list[dict[str, object]] = [
        {"text": "my coffee is lovely :)", "n": 1},
        {"data": {"id": "7", "text": "cut…", "note_tweet": {"text": "the rain is awful :("}}},
        {"text": "the bus starts…", "extended_tweet": {"full_text": "the bus starts at ten"}},
        {"full_text": "my coffee is lovely :)", "lang": "es", "label": "old"},
        *({"text": "the rain is awful :(", "n": n} for n in range(300)),
    ]
    lines = "\n\n".join(map(json.dumps, given)).encode()
    done = command("tag", "--model", linear, stdin=lines)
    assert done.returncode == 0, done.stderr
    back = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["label"] for each in back[:4]] == ["positive", "negative", "neutral", "unknown"]
    version = models.load(linear).version
    for before, after in zip(given, back, strict=True):
        assert {**after, **before, "label": 0} == {**after, "label": 0}
        assert after["model"] == version
        assert {"confidence", "path"} <= set(after)


def test_the_accurate_model_tags_on_request() -> None:
    done = command("tag", "--speed", "accurate", stdin=b'{"text": "not bad at all"}')
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["label"], said["model"]) == ("positive", models.load_accurate().version)


def test_what_a_post_carries_comes_back_as_it_was_written(linear: Path) -> None:
    line = '{"text":"lovely","a":1.50,"b":12345678901234567890123,"c":"\\u00e9","d":[ 1e3 ]}'
    done = command("tag", "--model", linear, stdin=line.encode())
    assert done.stdout.decode().startswith(line[:-1] + ',"label":"positive"')


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"not json", "line 2: not a post"),
        (b'{"id": 1}', "line 2: a post without text"),
        (b'{"text": 5}', "line 2: not a post"),
        (b"[]", "line 2: not a post"),
        (b'{"text": "\xff"}', "line 2: not a post"),
        (b'{"data": {"id": "1"}}', "line 2: a post without text"),
    ],
)
def test_a_line_that_is_no_post_stops_the_tagging(linear: Path, line: bytes, reason: str) -> None:
    lines = [b'{"text": "lovely"}\n', line]
    given = iter(lines)
    with pytest.raises(ValueError, match=reason):
        list(tag.tag(models.load(linear), given))


def test_the_tools_exit_2_with_one_line_for_a_line_that_is_no_post(linear: Path) -> None:
    done = command("tag", "--model", linear, stdin=b"{")
    assert done.returncode == 2
    assert done.stderr.decode().splitlines()[-1].startswith("error: line 1: not a post")
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("tool", TOOLS)
def test_each_tool_explains_itself(
    tool: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [f"models.{tool}", "--help"])
    with pytest.raises(SystemExit) as stopped:
        run(main_of(tool))
    assert stopped.value.code == 0
    assert f"python -m models.{tool}" in capsys.readouterr().out


HEADER = b"id\tlabel\ttext\tsource\n"
BAD = {
    "empty file": (b"", "empty file"),
    "only a header": (HEADER, "no rows after the header"),
    "no label column": (b"id\ttext\n1\tgood\n", "no column named label"),
    "no text column": (b"id\tlabel\n1\tpositive\n", "no column named text"),
    "too few cells": (HEADER + b"1\tpositive\n", "line 2 has 2 cells, the header has 4"),
    "too many cells": (HEADER + b"1\tpositive\tgood\tx\ty\n", "line 2 has 5 cells"),
    "not UTF-8": (HEADER + b"1\tpositive\tgo\xffod\tx\n", "not UTF-8 (byte 34)"),
    "unknown label": (HEADER + b"1\tglad\tgood\tx\n", "unknown label 'glad' (row 1 of x"),
    "one class only": (HEADER + b"1\tpositive\tgood\tx\n2\tpositive\tfine\tx\n", "one class only"),
    "a class is missing": (
        HEADER + b"1\tpositive\tgood\tx\n2\tneutral\tten\tx\n",
        "no row is labelled negative",
    ),
    "a binary": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "not UTF-8"),
}


@pytest.mark.parametrize("kind", sorted(BAD))
def test_bad_training_data_is_one_clear_line(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    content, reason = BAD[kind]
    path = tmp_path / "bad.tsv"
    path.write_bytes(content)
    out = tmp_path / "out"
    line = refusal(["train", "--data", path, "--out", out], monkeypatch, capsys)
    assert reason in line
    assert not out.exists()


def test_bad_test_data_is_found_before_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good = write_tsv(tmp_path / "good.tsv", posts())
    bad = write_tsv(tmp_path / "bad.tsv", [LabelledPost("1", "glad", "good", "x")])
    words = ["train", "--data", good, "--test", bad, "--out", tmp_path / "out"]
    assert "unknown label 'glad'" in refusal(words, monkeypatch, capsys)


def test_posts_without_any_known_word_cannot_train(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        LabelledPost(label, label, "@bob", "x") for label in ("negative", "neutral", "positive")
    ]
    words = ["train", "--data", write_tsv(tmp_path / "bad.tsv", rows), "--out", tmp_path / "out"]
    assert "no feature occurs" in refusal(words, monkeypatch, capsys)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["train", "--data", "nowhere.tsv", "--out", "x"], "nowhere.tsv: No such file"),
        (["evaluate", "nowhere", "nowhere.tsv"], "No such file"),
        (["explain", "good", "--model", "nowhere"], "No such file"),
        (["tag", "--model", "nowhere"], "No such file"),
        (["quantize", "--weights", "no.npz", "--data", "x", "--out", "x"], "No such file"),
        (["behaviour", "--model", "nowhere"], "No such file"),
        (["benchmark", "--model", "nowhere"], "No such file"),
        (["benchmark", "--posts", "nowhere.tsv"], "nowhere.tsv: No such file"),
    ],
)
def test_a_missing_file_is_one_clear_line(
    words: list[str],
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert reason in refusal(words, monkeypatch, capsys)


def test_speeds_are_told_beside_each_other(linear: Path) -> None:
    done = command("benchmark", "--model", linear, "--rounds", 1)
    assert done.returncode == 0, done.stderr
    said = done.stdout.decode()
    models_timed = ("this model, one by one", "accurate model", "emotion model")
    for words in (*models_timed, "plain scikit-learn", "old recipe", "VADER", "load, s"):
        assert words in said


def test_behaviour_is_reported_by_kind_with_the_posts_that_failed(linear: Path) -> None:
    done = command("behaviour", "--model", linear, "--failures")
    assert done.returncode == 0, done.stderr
    report = done.stdout.decode()
    for words in ("flags alone", "minimum function", "invariance", "direction", "label changed %"):
        assert words in report
    assert "failed, negated praise (minimum function): " in report


def test_made_up_posts_teach_what_emoji_mean_alone(tmp_path: Path, tree_file: Path) -> None:
    made_up, out = tmp_path / "made-up.tsv", tmp_path / "out"
    labelled = write_tsv(tmp_path / "posts.tsv", posts())
    assert command("made_up_posts", "--out", made_up).returncode == 0
    done = command("train", "--data", labelled, made_up, "--tree", tree_file, "--out", out)
    assert done.returncode == 0, done.stderr
    said = models.load(out).predict(["😂", "👍🏿👍🏿", "👎"])
    assert [each.label for each in said] == ["positive", "positive", "negative"]


@pytest.mark.parametrize(("flags", "share"), [((), 1.0), (("--again",), 0.5)])
def test_the_accurate_model_teaches_what_no_earlier_teacher_has_labelled_or_all_again(
    flags: tuple[str, ...], share: float, tmp_path: Path
) -> None:
    rows = [
        LabelledPost("a", "?", "what a lovely day", "x"),
        LabelledPost("b", "?", "this is awful", "x"),
    ]
    earlier, out = tmp_path / "earlier.tsv", tmp_path / "shares.tsv.gz"
    earlier.write_text("id\tnegative\tneutral\tpositive\nb\t0\t1\t0\n")
    labelled = write_tsv(tmp_path / "posts.tsv", rows)
    done = command("teach", "--posts", labelled, "--earlier", earlier, *flags, "--out", out)
    assert done.returncode == 0, done.stderr
    shares = read_shares(out, LABELS)
    assert max(shares["a"]) == shares["a"][2]
    assert shares["b"][1] == pytest.approx(share, abs=0.1)
    assert {row.id for row in made_up_posts.sentence_posts()} <= shares.keys()
