"""Pages: our own, and a built client in its place."""

import json
from collections.abc import Callable, Iterator

import pytest

from tests.rig.processes import Processes
from tests.rig.valkey import Valkey
from tests.web.person import OldClient
from tests.web.site import Site, post
from tests.web.viewing import Viewer

Connect = Callable[..., Viewer]
POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline';"
    " font-src 'self' data:; connect-src 'self'"
)


@pytest.fixture(scope="module")
def client_site(tmp_path_factory: pytest.TempPathFactory, valkey_server: Valkey) -> Iterator[Site]:
    """A site that serves a built client and lets anonymous sockets in."""
    folder = tmp_path_factory.mktemp("client")
    build = folder / "build"
    (build / "static").mkdir(parents=True)
    (build / "index.html").write_text("<!doctype html><title>the client</title>")
    (build / "static" / "main.js").write_text("1")
    (build / ".env").write_text("SECRET")
    (folder / "outside.txt").write_text("outside")
    with Processes(folder / "output") as processes:
        yield Site(
            processes,
            folder,
            valkey_server.url,
            CLIENT_DIR=str(build),
            ANONYMOUS_SOCKETS="true",
        )


@pytest.mark.parametrize("path", ["/", "/login", "/redirect?oauth_token=a", "/stream"])
def test_a_built_client_is_served_at_each_of_its_addresses(client_site: Site, path: str) -> None:
    page = client_site.get(path)
    assert (page.status_code, "the client" in page.text) == (200, True)
    assert page.headers["Content-Security-Policy"] == POLICY


def test_a_built_client_gets_its_files_and_nothing_else(client_site: Site) -> None:
    assert client_site.get("/static/main.js").text == "1"
    for path in (
        "/service-worker.js",
        "/.env",
        "/static/../.env",
        "/%2e%2e/outside.txt",
        "/..%2foutside.txt",
        "/static",
        "/%00",
        "/app.js",
        f"/{'x' * 3000}",
    ):
        assert client_site.get(path).status_code == 404, path


def test_anonymous_sockets_follow_the_old_stream_that_started_last(
    client_site: Site, connect: Connect
) -> None:
    early = connect(client_site)
    first, second = OldClient(client_site), OldClient(client_site)
    streams = [first.start().json()["stream"]]
    late = connect(client_site)
    client_site.push(post(1, "first"), to=streams[0])
    for viewer in (early, late):
        viewer.wait_for_texts(1)
    streams.append(second.start().json()["stream"])
    client_site.push(post(2, "first again"), to=streams[0])
    client_site.push(post(3, "second"), to=streams[1])
    for viewer in (early, late):
        texts = [json.loads(text)["text"] for text in viewer.wait_for_texts(2)]
        assert texts == ["first", "second"]
    assert early.ask("subscribe", {"stream": streams[0]})["error"]["code"] == "forbidden"


def test_our_page_loads_only_what_is_ours(site: Site) -> None:
    page = site.get("/")
    assert "<script" in page.text
    assert "http://" not in page.text
    assert "https://" not in page.text
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    for path in ("/app.js", "/index.css", "/countries-110m.json"):
        assert site.get(path).status_code == 200
        assert (
            site.get(path, headers={"If-None-Match": site.get(path).headers["ETag"]}).status_code
            == 304
        )


def test_the_licences_of_what_is_not_ours_lie_beside_it(site: Site) -> None:
    licences = site.get("/licences.md").text
    for library in ("preact", "socket.io-client", "uplot", "d3-geo", "topojson-client"):
        assert f"## {library} - " in licences
