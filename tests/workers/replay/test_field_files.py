"""Files as people have them are read, whatever their encoding, shape, container and origin."""

import csv
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.workers.replay.kinds import KINDS, NOTHING, PLAIN, commit, lines, toot
from workers.export import cli

FIELD = Path(__file__).resolve().parents[4] / "shared" / "data" / "field"
EXPECTED = {
    "bom.jsonl": 4,
    "bom_inside.jsonl.gz": 4,
    "utf16.jsonl": 4,
    "crlf_blank.jsonl": 4,
    "numeric_ids.jsonl": 3,
    "lone_surrogate.jsonl": 3,
    "nan.jsonl": 2,
    "array.json": 4,
    "pretty_v2_page.json": 4,
    "pretty_v1_array.json": 3,
    "v1_without_created_at.json": 1,
    "tweets.js": 3,
    "lines.json.bz2": 4,
    "archive_of_bz2.tar": 4,
    "long_window.jsonl.zst": 4,
    "skippable_first.jsonl.zst": 4,
    "search.warc.gz": 2,
    "filter_stream.warc.gz": 3,
    "gnip_activity_streams.json": 3,
    "jetstream_v1.jsonl": 2,
    "mastodon_statuses.jsonl": 3,
    "withheld.jsonl": 2,
    "edit_chain.jsonl": 3,
    "country_sized_place.jsonl": 1,
    "formula_cells.jsonl": 4,
    "styled_letters.jsonl": 1,
}
"""Posts in an export of each file of ../shared/data/field, where a checkout has that beside it."""
CASES = [(name, data, count) for name, (data, count) in KINDS.items()] + [
    (name, (FIELD / name).read_bytes(), count)
    for name, count in EXPECTED.items()
    if (FIELD / name).exists()
]

pytestmark = pytest.mark.usefixtures("shared_models")
Capture = pytest.CaptureFixture[str]


def export(path: Path, capfd: Capture, *options: str) -> tuple[int, list[dict[str, object]], str]:
    """Export to ndjson; returns the exit status, the rows and what was said."""
    status = cli.main(["export", str(path), "--format", "ndjson", "--out", "-", *options])
    out, err = capfd.readouterr()
    return status, [json.loads(line) for line in out.splitlines()], err


@pytest.mark.parametrize(("name", "data", "count"), CASES, ids=[f"{n}-{c}" for n, _, c in CASES])
def test_an_export_finds_every_post(
    name: str, data: bytes, count: int, tmp_path: Path, capfd: Capture
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    status, rows, err = export(path, capfd)
    assert (status, len(rows)) == (0, count), err
    assert all(row["id"] and row["text"] for row in rows)
    assert not any("1970" in str(row["created_at"]) for row in rows)
    is_marked = any("�" in str(row["text"]) for row in rows)
    assert is_marked == ("surrogate" in name or "bad_utf8" in name)


@pytest.mark.parametrize("name", NOTHING)
def test_a_file_without_posts_ends_with_1_and_one_line_that_names_what_was_seen(
    name: str, tmp_path: Path, capfd: Capture
) -> None:
    data, said = NOTHING[name]
    path = tmp_path / name
    path.write_bytes(data)
    out = tmp_path / "out.csv"
    assert cli.main(["export", str(path), "--format", "csv", "--out", str(out)]) == 1
    err = capfd.readouterr().err
    assert said in err.splitlines()[-1]
    assert not out.exists()


def test_a_folder_without_any_file_of_posts_ends_with_1(tmp_path: Path, capfd: Capture) -> None:
    (tmp_path / "notes.txt").write_text("rain")
    for command in (["export", "--format", "ids", "--out", "-"], ["cat"], ["inspect"]):
        assert cli.main([command[0], str(tmp_path), *command[1:]]) == 1
        assert "holds no file that Weir reads" in "".join(capfd.readouterr())


def test_half_a_surrogate_pair_is_shown_and_its_bytes_are_kept(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = tmp_path / "a.jsonl"
    data, _ = KINDS["surrogate.jsonl"]
    path.write_bytes(data)
    assert cli.main(["cat", "--raw", str(path)]) == 0
    assert capfdbinary.readouterr().out == data
    assert cli.main(["export", str(path), "--format", "ndjson", "--out", "-"]) == 0
    assert "rain 0 �".encode() in capfdbinary.readouterr().out


def test_a_window_above_the_limit_is_named_and_is_no_damage(tmp_path: Path, capfd: Capture) -> None:
    path = tmp_path / "wide.jsonl.zst"
    path.write_bytes(KINDS["wide.jsonl.zst"][0])
    status, rows, err = export(path, capfd, "--max-window", "128")
    assert (status, rows) == (1, [])
    assert "window too large" in err
    assert "damaged" not in err


def test_a_deleted_post_is_left_out_and_a_list_of_what_stays_is_complete(
    tmp_path: Path, capfd: Capture
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(lines([commit(1), commit(2), commit(1, "delete")]))
    out = tmp_path / "a.csv"
    assert cli.main(["export", str(path), "--format", "csv", "--out", str(out)]) == 0
    with out.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["text"] for row in rows] == ["rain 2"]
    assert rows[0]["platform"] == "bluesky"
    assert "1 delete" in capfd.readouterr().err


def test_a_status_of_mastodon_loses_its_html_and_keeps_its_lines(
    tmp_path: Path, capfd: Capture
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(lines([toot(7)]))
    _, (row,), _ = export(path, capfd)
    assert row["text"] == "Rain & hail\npart 7"
    assert (row["platform"], row["author_handle"]) == ("mastodon", "demo@social.example")


@pytest.mark.parametrize("format", ["ndjson", "csv"])
def test_what_weir_exported_is_read_back_as_the_same_posts(
    format: str, tmp_path: Path, capfd: Capture
) -> None:
    path, out = tmp_path / "a.jsonl", tmp_path / f"b.{format}"
    path.write_bytes(PLAIN)
    _, before, _ = export(path, capfd)
    assert cli.main(["export", str(path), "--format", format, "--out", str(out)]) == 0
    capfd.readouterr()
    _, after, _ = export(out, capfd)
    assert after == before


def test_a_withheld_post_is_marked(tmp_path: Path, capfd: Capture) -> None:
    post = json.loads(PLAIN.splitlines()[0])
    post["data"]["withheld"] = {"country_codes": ["IN", "DE"]}
    v1 = {"id_str": "7", "full_text": "hail", "user": {}, "withheld_in_countries": ["TR"]}
    path = tmp_path / "a.jsonl"
    path.write_bytes(lines([post, v1, {**v1, "id_str": "8", "withheld_in_countries": None}]))
    _, rows, _ = export(path, capfd)
    assert {row["id"]: row["withheld"] for row in rows} == {
        post["data"]["id"]: "IN DE",
        "7": "TR",
        "8": None,
    }


def test_strict_makes_an_unread_record_an_error_and_messages_are_none(
    tmp_path: Path, capfd: Capture
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(PLAIN + lines([{"limit": {"track": 1}}]))
    assert export(path, capfd, "--strict")[0] == 0
    path.write_bytes(PLAIN + b"garbage\n" + lines([{"hello": 1}]))
    assert export(path, capfd)[0] == 0
    status, rows, err = export(path, capfd, "--strict")
    assert (status, len(rows)) == (1, 3)
    assert "1 not_json, 1 unknown" in err.splitlines()[-1]


def test_inspect_says_what_a_file_is(tmp_path: Path, capfd: Capture) -> None:
    path = tmp_path / "lines.tar.xz"
    path.write_bytes(KINDS["lines.tar.xz"][0])
    assert cli.main(["inspect", str(path)]) == 0
    text = capfd.readouterr().out
    assert "xz > tar > gzip" in text
    assert "UTF-8: 1" in text
    assert "posts       3 (v2: 3)" in text
    assert "2020-11-22T04:00:00.000Z to 2020-11-22T04:00:02.000Z" in text
    assert "en: 3" in text


bytes_of_files = st.one_of(
    st.binary(max_size=200),
    st.sampled_from(sorted(KINDS)).flatmap(
        lambda name: st.builds(
            lambda at, insert, cut: KINDS[name][0][:at] + insert + KINDS[name][0][at + cut :],
            st.integers(0, len(KINDS[name][0])),
            st.binary(max_size=6),
            st.integers(0, 40),
        )
    ),
)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(bytes_of_files)
def test_any_bytes_end_in_posts_or_in_one_clear_line(
    tmp_path: Path, capfd: Capture, data: bytes
) -> None:
    path = tmp_path / "any"
    path.write_bytes(data)
    words = ["export", str(path), "--format", "csv", "--columns", "id,text", "--out", "-"]
    status = cli.main(words)  # without labels: it is the reading that is tried
    out, err = capfd.readouterr()
    assert status in (0, 1)
    assert out or status == 1
    assert "Traceback" not in err
    assert err.strip()
