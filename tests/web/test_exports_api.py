"""Exports over REST: ordered, made by the worker's process, downloaded in ranges by the owner."""

import csv
import io
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import requests

from streams.clock import now_ms
from streams.exports import COLUMNS
from streams.settings import ROOT
from streams.store import Store
from streams.store.exports import MOST_ATTEMPTS, RESEND_MS, SILENT_MS
from tests.web.person import Person, some_name
from tests.web.site import Site
from tests.workers.captures.killing_file_system import QuickDisk
from tests.workers.captures.life import START, post, recorder_in, sealed_in
from workers.captures.segments.manifest import manifest_path, read_manifest
from workers.captures.segments.timestamps import iso
from workers.export.kept_labels import forget
from workers.export.rows import ExportRow

POSTS = 40


@pytest.fixture(scope="module")
def store(site: Site) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{site.folder / 'data' / 'weir.db'}")
    yield opened
    opened.engine.dispose()


class Collector:
    """A person with a collection of made-up posts in one sealed file; `first` is the first's id."""

    def __init__(self, site: Site, store: Store, collection: str = "", first: int = 0) -> None:
        self.site, self.store, self.person = site, store, Person(site)
        self.account_id = self.person.call("GET", "/me").json()["id"]
        self.collection = collection or some_name()
        self.first = first
        body = {"filter": {"word": "rain"}, "plan": {"capture": {"collection": self.collection}}}
        made = self.person.call("POST", "/streams", json=body)
        assert made.status_code == 201, made.text
        self.stream_id: str = made.json()["id"]
        self.exports = f"/streams/{self.stream_id}/exports"
        self.seal()

    @property
    def folder(self) -> Path:
        return self.site.folder / "data" / "captures" / f"{self.collection}.{self.account_id}"

    def seal(self) -> None:
        recorder = recorder_in(self.folder.parent, QuickDisk())
        writer, _ = recorder.open(self.folder.name)
        for number in range(self.first, self.first + POSTS):
            writer.write(post(number), START, str(number))
        recorder.finish(writer)
        recorder.close()
        (data,) = sealed_in(self.folder)
        manifest = read_manifest(manifest_path(data).read_bytes())
        plain = msgspec.to_builtins(manifest)
        counts = (POSTS, manifest.bytes, START)
        self.store.segments.add(self.stream_id, self.folder.name, "lab", *counts, plain)

    def segment(self) -> dict[str, Any]:
        answer = self.person.call("GET", f"/streams/{self.stream_id}/segments")
        (found,) = answer.json()["items"]
        return dict(found)

    def order(self, **wanted: Any) -> str:
        answer = self.person.call("POST", self.exports, json={"format": "csv", **wanted})
        assert answer.status_code == 202, answer.text
        assert answer.json()["state"] == "queued"
        order_id: str = answer.json()["id"]
        return order_id

    def make(self, order_id: str) -> None:
        """Run the task as a worker does, here in a process that ends with it."""
        script = "import sys; from workers.jobs.tasks import export; export(sys.argv[1])"
        self.run("-c", script, order_id)

    def run(self, *words: str) -> None:
        done = subprocess.run(
            [sys.executable, *words], cwd=ROOT, env=self.site.env, capture_output=True, text=True
        )
        assert (done.returncode, done.stderr) == (0, "")

    def get(self, order_id: str, part: str = "", **options: Any) -> requests.Response:
        return self.person.call("GET", f"{self.exports}/{order_id}{part}", **options)


@pytest.fixture
def collector(site: Site, store: Store) -> Collector:
    return Collector(site, store)


def error(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_the_columns_of_an_order_are_those_of_a_row() -> None:
    assert ExportRow.__struct_fields__ == COLUMNS


def test_people_with_collections_of_one_name_are_given_their_own(
    collector: Collector, site: Site, store: Store
) -> None:
    eve = Collector(site, store, collector.collection, first=1000)
    shown = [each.segment() for each in (collector, eve)]
    assert shown[0]["file"] == shown[1]["file"]
    for each, segment in zip((collector, eve), shown, strict=True):
        mine = [str(each.first + number) for number in range(POSTS)]
        assert (segment["collection"], segment["here"]) == (collector.collection, True)
        path = f"/streams/{each.stream_id}/segments/{segment['id']}"
        assert each.person.call("GET", path).json()["manifest"]["first_id"] == mine[0]
        data = each.person.call("GET", path + "/data")
        assert len(data.content) == segment["bytes"]
        order_id = each.order(format="ids")
        each.make(order_id)
        assert each.get(order_id, "/data").text.split() == mine
    body = {"filter": {"word": "rain"}, "plan": {"capture": {"collection": eve.collection}}}
    refused = eve.person.call("POST", "/streams", json=body)
    assert error(refused) == (409, "collection_taken")
    assert "another of your streams" in refused.json()["error"]["message"]
    replay = {"collection": eve.collection}
    assert error(Person(site).call("POST", "/replays", json=replay)) == (422, "unknown_collection")


def test_an_export_is_made_and_downloaded_in_ranges_by_its_owner_alone(
    collector: Collector, site: Site, store: Store
) -> None:
    store.gaps.add(collector.stream_id, START, START + 5, "disconnected")  # after the last post
    store.doubts.open(collector.stream_id, START + 9)
    order_id = collector.order(columns=["id", "text"], sample=10, seed=3)
    assert error(collector.get(order_id, "/data")) == (409, "not_done")
    collector.make(order_id)
    shown = collector.get(order_id).json()
    assert (shown["state"], shown["posts"], shown["fault"]) == ("done", 10, None)
    assert (shown["posts_read"], shown["posts_total"]) == (POSTS, POSTS)
    whole = collector.get(order_id, "/data")
    rows = list(csv.DictReader(io.StringIO(whole.text)))
    assert len(rows) == 10
    assert all(row["text"].startswith(f"rain {row['id']} ") for row in rows)
    assert whole.headers["Content-Disposition"].endswith(shown["file"])
    assert whole.headers["ETag"] == f'"{shown["sha256"]}"'

    rest = {"Range": "bytes=20-", "If-Range": whole.headers["ETag"]}
    resumed = collector.get(order_id, "/data", headers=rest)
    assert (resumed.status_code, resumed.content) == (206, whole.content[20:])
    changed = collector.get(order_id, "/data", headers={**rest, "If-Range": '"another"'})
    assert (changed.status_code, changed.content) == (200, whole.content)

    described = collector.get(order_id, "/description").json()
    assert described["resources"][0]["hash"] == f"sha256:{shown['sha256']}"
    assert [each["name"] for each in described["resources"][0]["schema"]["fields"]] == [
        "id",
        "text",
    ]
    (gap,), (doubt,) = described["weir"]["gaps"], described["weir"]["doubts"]
    assert (gap["from"], gap["to"]) == (iso(START), iso(START + 5))
    assert (gap["reason"], gap["state"], gap["posts"]) == ("disconnected", "open", 0)
    assert (doubt["from"], doubt["to"]) == (iso(START + 9), None)
    for part in ("", "/data", "/description"):
        path = f"{collector.exports}/{order_id}{part}"
        assert Person(site).call("GET", path).status_code == 404


def test_an_export_counts_against_the_limit_until_it_is_deleted(
    collector: Collector, store: Store
) -> None:
    order_id = collector.order(format="ids")
    collector.make(order_id)
    size = collector.get(order_id).json()["bytes"]
    account_id = collector.person.call("GET", "/me").json()["id"]
    assert store.exports.taken(account_id) == (1, size)
    folder = collector.site.folder / "data" / "exports" / str(account_id) / order_id
    assert sum(each.stat().st_size for each in folder.iterdir()) == size > 0
    assert collector.person.call("DELETE", f"{collector.exports}/{order_id}").status_code == 204
    assert not folder.exists()
    assert store.exports.taken(account_id) == (0, 0)
    assert collector.get(order_id).status_code == 404


def test_exports_together_keep_within_the_limit(collector: Collector, store: Store) -> None:
    first = collector.order(format="ids")
    collector.make(first)
    size = collector.get(first).json()["bytes"]
    second = store.exports.get(collector.order(format="ids"))
    assert second is not None
    store.exports.remove(second.id)
    store.exports.add(msgspec.structs.replace(second, room=2 * size - 100))
    collector.make(second.id)
    shown = collector.get(second.id).json()
    assert (shown["state"], shown["bytes"]) == ("failed", 0)
    assert "left of your limit" in shown["fault"]


def test_what_cannot_be_made_fails_with_one_line(collector: Collector) -> None:
    (data,) = sealed_in(collector.folder)
    data.unlink()
    manifest_path(data).unlink()
    order_id = collector.order()
    collector.make(order_id)
    shown = collector.get(order_id).json()
    assert shown["state"] == "failed"
    assert shown["fault"] == "1 of 1 sealed files are on another machine, or missing"
    assert error(collector.get(order_id, "/data")) == (409, "not_done")


def test_a_cancelled_export_is_not_made(collector: Collector) -> None:
    order_id = collector.order()
    assert collector.person.call("DELETE", f"{collector.exports}/{order_id}").status_code == 204
    collector.make(order_id)
    assert collector.person.call("GET", collector.exports).json()["items"] == []


def test_an_export_whose_process_ended_is_made_again_and_fails_at_last(
    collector: Collector, store: Store
) -> None:
    order_id, now = collector.order(), now_ms()
    claimed = None
    for _ in range(MOST_ATTEMPTS):
        now += RESEND_MS + SILENT_MS + 1
        assert order_id in store.exports.due(now)
        claimed = store.exports.claim(order_id, now)
        assert claimed is not None
        assert store.exports.claim(order_id, now) is None
        assert store.exports.report(claimed, now, posts_read=1)
    now += RESEND_MS + SILENT_MS + 1
    assert order_id not in store.exports.due(now)
    assert claimed is not None
    assert not store.exports.report(claimed, now, posts_read=2)
    shown = collector.get(order_id).json()
    assert shown["state"] == "failed"
    assert shown["fault"] == "Its process fell silent. Weir tried 3 times. Order it again."


def test_an_expired_export_is_not_found_and_its_files_are_deleted(
    collector: Collector, store: Store
) -> None:
    order = store.exports.get(collector.order())
    assert order is not None
    assert order.expires_at - order.created_at == 7 * 86_400_000
    store.exports.remove(order.id)
    now = order.created_at
    past = msgspec.structs.replace(
        order, state="done", created_at=now - 2 * RESEND_MS, expires_at=now
    )
    store.exports.add(past)
    folder = past.folder(collector.site.folder / "data")
    folder.mkdir(parents=True)
    (folder / past.file).write_text("id\n")
    assert collector.get(past.id).status_code == 404
    assert collector.person.call("GET", collector.exports).json()["items"] == []
    assert past.id in store.exports.due(now_ms())
    collector.make(past.id)
    assert store.exports.get(past.id) is None
    assert not folder.exists()


def test_a_collection_is_labelled_again_and_every_set_of_labels_stays(
    collector: Collector, site: Site
) -> None:
    sets = f"/streams/{collector.stream_id}/label-sets"
    before = {path: path.read_bytes() for path in collector.folder.iterdir()}
    for speed in ("fast", "accurate"):
        order_id = collector.order(speed=speed, keep_labels=True)
        collector.make(order_id)
        assert collector.get(order_id).json()["state"] == "done"
    accurate, fast = kept = collector.person.call("GET", sets).json()["items"]
    assert accurate["model"].startswith("accurate.")
    assert [(each["posts"], sum(each["labels"].values())) for each in kept] == [(POSTS, POSTS)] * 2
    assert {path: path.read_bytes() for path in collector.folder.iterdir()} == before

    for one in kept:
        order_id = collector.order(label_set=one["name"], columns=["id", "label", "model"])
        collector.make(order_id)
        rows = list(csv.DictReader(io.StringIO(collector.get(order_id, "/data").text)))
        assert Counter(row["label"] for row in rows) == one["labels"]
        assert {row["model"] for row in rows} == {one["model"]}

    account_id = collector.person.call("GET", "/me").json()["id"]
    forget(site.folder / "data" / "labels" / str(account_id), ["3", "none"])
    assert collector.person.call("GET", sets).json()["items"][0]["posts"] == POSTS - 1
    order_id = collector.order(label_set=fast["name"], columns=["id", "label"])
    collector.make(order_id)
    rows = list(csv.DictReader(io.StringIO(collector.get(order_id, "/data").text)))
    assert [row["id"] for row in rows if not row["label"]] == ["3"]

    other = Person(site)
    assert other.call("GET", sets).status_code == 404
    assert other.call("DELETE", f"{sets}/{fast['name']}").status_code == 404
    assert collector.person.call("DELETE", f"{sets}/{fast['name']}").status_code == 204
    assert collector.person.call("DELETE", f"{sets}/{fast['name']}").status_code == 404
    assert [each["name"] for each in collector.person.call("GET", sets).json()["items"]] == [
        accurate["name"]
    ]


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"format": "exe"}, "invalid"),
        ({"columns": ["id", "secret"]}, "unknown_column"),
        ({"columns": ["id", "id"]}, "twice"),
        ({"columns": []}, "invalid"),
        ({"format": "gexf", "columns": ["id"]}, "no_columns"),
        ({"format": "xlsx", "for_excel": True}, "only_csv"),
        ({"since": 10, "until": 10}, "bad_range"),
        ({"sample": 0}, "invalid"),
        ({"languages": ["../x"]}, "invalid"),
        ({"out": "/etc/passwd"}, "invalid"),
        ({"speed": "slow"}, "invalid"),
        ({"label_set": "../../weir"}, "no_such_set"),
        ({"keep_labels": True, "sample": 5}, "not_whole"),
        ({"keep_labels": True, "columns": ["id", "label"]}, "not_whole"),
    ],
)
def test_an_order_is_checked(collector: Collector, wanted: dict[str, Any], code: str) -> None:
    answer = collector.person.call("POST", collector.exports, json={"format": "csv", **wanted})
    assert error(answer) == (422, code)


def test_a_stream_that_keeps_nothing_has_no_exports(person: Person) -> None:
    path = f"/streams/{person.stream()}/exports"
    answer = person.call("POST", path, json={"format": "csv"})
    assert error(answer) == (409, "not_captured")
    assert person.call("GET", path).json() == {"items": []}
    for export_id in ("0" * 32, "..", "%2e%2e%2f", "A" * 32):
        assert person.call("GET", f"{path}/{export_id}/data").status_code == 404
