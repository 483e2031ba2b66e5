"""Segments that are not on this disk: downloaded from the object store, or told where they are."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import requests

from streams.object_store import ObjectStore
from streams.store import Store
from streams.store.segments import SegmentLocation
from tests.rig.processes import Processes
from tests.rig.valkey import Valkey
from tests.web.person import Person
from tests.web.site import Site
from tests.workers.captures.killing_file_system import QuickDisk
from tests.workers.captures.life import START, post, recorder_in, sealed_in
from tests.workers.captures.s3_server import S3, s3_server
from workers.captures.maintenance.upload import SegmentUploader
from workers.captures.segments.file_system import FileSystem
from workers.captures.segments.manifest import manifest_path, read_manifest

SECRET = "hunter2hunter2"


@pytest.fixture(scope="module")
def s3() -> Iterator[S3]:
    with s3_server() as running:
        running.store().mkdir(running.bucket)
        yield running


@contextmanager
def site_with(s3: S3, folder: Path, redis_url: str, endpoint: str) -> Iterator[Site]:
    options = {
        "key": "made-up",
        "secret": SECRET,
        "client_kwargs": {"endpoint_url": endpoint},
        "config_kwargs": {"retries": {"max_attempts": 0}},
    }
    with Processes(folder / "output") as processes:
        yield Site(
            processes,
            folder,
            redis_url,
            CAPTURE_SHIP_TO=f"s3://{s3.bucket}/lab",
            CAPTURE_SHIP_OPTIONS=msgspec.json.encode(options).decode(),
        )


@pytest.fixture(scope="module")
def stored_site(
    s3: S3, tmp_path_factory: pytest.TempPathFactory, valkey_server: Valkey
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    with site_with(s3, folder, valkey_server.url, s3.endpoint) as site:
        yield site


class Owner:
    """Somebody with a stream whose segments are where the test wants them."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.person = Person(site)
        self.stream_id = self.person.stream(word="rain")

    def knows(self, data: Path, where: SegmentLocation) -> str:
        """Record a segment in SQL; returns its path in the API."""
        manifest = read_manifest(manifest_path(data).read_bytes())
        plain = msgspec.to_builtins(manifest)
        with closing_store(self.site) as store:
            counts = (manifest.count, manifest.bytes, START)
            store.segments.add(self.stream_id, data.parent.name, "lab", *counts, plain)
            (segment,), _ = store.segments.of(self.stream_id, 1, 0)
            store.segments.found(segment.id, where, None)
        return f"/streams/{self.stream_id}/segments/{segment.id}"

    def get(self, path: str) -> requests.Response:
        return self.person.call("GET", path)


@contextmanager
def closing_store(site: Site) -> Iterator[Store]:
    store = Store.open(f"sqlite:///{site.folder / 'data' / 'weir.db'}")
    with closing(store.engine.connect()):
        yield store
    store.engine.dispose()


def sealed(root: Path, posts: int = 3, size: int = 0) -> Path:
    """Seal a segment in a collection of its own; gives the file."""
    recorder = recorder_in(root, QuickDisk())
    writer, _ = recorder.open(f"rain-{root.name}")
    for number in range(posts):
        writer.write(post(number, size), START, str(number))
    recorder.finish(writer)
    recorder.close()
    (data,) = sealed_in(root / f"rain-{root.name}")
    return data


def shipped(data: Path, s3: S3) -> SegmentLocation:
    store = ObjectStore(f"s3://{s3.bucket}/lab", s3.options)
    assert SegmentUploader(FileSystem(), data.parent, store).step(START)
    url = f"{store.url}/{data.parent.name}/{data.name}"
    return SegmentLocation("shipped", None, url, START)


@pytest.fixture
def owner(stored_site: Site) -> Owner:
    return Owner(stored_site)


def error(answer: requests.Response) -> tuple[int, str, str]:
    body: dict[str, Any] = answer.json()["error"]
    return answer.status_code, body["code"], body["message"]


@pytest.mark.parametrize("size", [0, 2_000_000])
def test_a_shipped_segment_is_downloaded_from_the_store_with_its_checksum(
    owner: Owner, s3: S3, tmp_path: Path, size: int
) -> None:
    data = sealed(tmp_path, size=size)
    path = owner.knows(data, shipped(data, s3))
    shown = owner.get(path).json()
    assert (shown["here"], shown["state"]) == (True, "shipped")
    assert shown["shipped_to"].endswith(data.name)
    answer = owner.get(path + "/data")
    assert answer.content == data.read_bytes()
    digest = hashlib.sha256(answer.content)
    assert answer.headers["Repr-Digest"] == (
        f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
    )
    assert answer.headers["ETag"] == f'"{digest.hexdigest()}"'
    assert answer.headers["Content-Disposition"] == f"attachment; filename={data.name}"
    head = owner.person.call("HEAD", path + "/data")
    assert int(head.headers["Content-Length"]) == data.stat().st_size


def test_an_object_that_is_not_what_the_manifest_says_never_comes_whole(
    owner: Owner, s3: S3, tmp_path: Path
) -> None:
    data = sealed(tmp_path, size=200_000)
    path = owner.knows(data, shipped(data, s3))
    key = f"{s3.bucket}/lab/{data.parent.name}/{data.name}"
    s3.store().pipe_file(key, b"x" * data.stat().st_size)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        owner.get(path + "/data")
    s3.store().rm_file(key)
    status, code, said = error(owner.get(path + "/data"))
    assert (status, code) == (502, "store_unreachable")
    assert data.name in said


def test_a_segment_that_cannot_be_had_says_where_it_is(owner: Owner, tmp_path: Path) -> None:
    data = sealed(tmp_path)

    def refused(where: SegmentLocation) -> tuple[int, str, str]:
        path = owner.knows(data, where)
        assert owner.get(path).json()["here"] is False
        return error(owner.get(path + "/data"))

    status, code, said = refused(SegmentLocation("local", "a.json.zst"))
    assert (status, code) == (409, "elsewhere")
    assert "lab" in said
    assert f"captures/{data.parent.name}/a.json.zst" in said
    status, code, said = refused(SegmentLocation("shipped", None, "sftp://far/a.json", START))
    assert (status, code) == (409, "elsewhere")
    assert "sftp://far/a.json" in said
    status, code, said = refused(SegmentLocation("missing"))
    assert (status, code) == (409, "missing")
    assert "lab" in said


def test_a_file_of_the_same_name_from_another_machine_is_not_given_out(
    owner: Owner, tmp_path: Path
) -> None:
    data = sealed(tmp_path)
    folder = owner.site.folder / "data" / "captures" / data.parent.name
    folder.mkdir(parents=True)
    (folder / data.name).write_bytes(b"somebody else's")
    path = owner.knows(data, SegmentLocation())
    assert error(owner.get(path + "/data"))[1] == "elsewhere"
    (folder / data.name).write_bytes(data.read_bytes())
    answer = owner.get(path + "/data")
    assert answer.content == data.read_bytes()
    assert "Repr-Digest" in answer.headers


def test_a_store_that_does_not_answer_is_told_without_its_secrets(
    s3: S3, tmp_path: Path, valkey: Valkey
) -> None:
    data = sealed(tmp_path)
    with site_with(s3, tmp_path / "site", valkey.url, "http://127.0.0.1:9") as site:
        owner = Owner(site)
        path = owner.knows(
            data, SegmentLocation("shipped", None, f"s3://{s3.bucket}/a.json", START)
        )
        status, code, said = error(owner.get(path + "/data"))
        assert (status, code) == (502, "store_unreachable")
        assert "127.0.0.1:9" in said
        assert SECRET not in said + site.output()
