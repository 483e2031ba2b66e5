"""Pages: our own, and a built client in its place."""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256

import pytest
from playwright.sync_api import Route

from tests.browser.chromium import chromium
from tests.rig.processes import Processes
from tests.rig.valkey import Valkey
from tests.web.person import Browser, OldClient, some_name
from tests.web.site import Site, post
from tests.web.viewing import Viewer

Connect = Callable[..., Viewer]
BOOTSTRAP = '!function(e){window.booted=e}("yes & <no>");\n//# the build tool\'s own'
"""An inline script as create-react-app writes it into index.html."""
PAGE = f"""<!doctype html><title>the client</title><div id="root"></div>
<script>{BOOTSTRAP}</script><script src="/static/js/2.chunk.js"></script>
<img id="tile" src="https://a.tile.openstreetmap.org/1/0/0.png">
<img id="elsewhere" src="https://elsewhere.example/1.png">"""
CHUNK = "document.getElementById('root').textContent = window.booted"
PIXEL = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture(scope="module")
def client_site(tmp_path_factory: pytest.TempPathFactory, valkey_server: Valkey) -> Iterator[Site]:
    """A site that serves a built client and lets anonymous sockets in."""
    folder = tmp_path_factory.mktemp("client")
    build = folder / "build"
    (build / "static" / "js").mkdir(parents=True)
    (build / "index.html").write_text(PAGE)
    (build / "static" / "js" / "2.chunk.js").write_text(CHUNK)
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
    policy = page.headers["Content-Security-Policy"]
    digest = b64encode(sha256(BOOTSTRAP.encode()).digest()).decode()
    assert f"script-src 'self' 'sha256-{digest}';" in policy
    assert "https://*.tile.openstreetmap.org" in policy
    assert "https://*.global.ssl.fastly.net" in policy


def test_chromium_shows_the_build_with_its_inline_script_and_tiles(client_site: Site) -> None:
    with chromium() as browser:
        page = browser.new_page()
        asked: list[str] = []

        def image(route: Route) -> None:
            asked.append(route.request.url)
            route.fulfill(body=PIXEL, content_type="image/png")

        page.route(re.compile("^https:"), image)
        page.goto(client_site.url)
        assert page.text_content("#root") == "yes & <no>"
        assert asked == ["https://a.tile.openstreetmap.org/1/0/0.png"]
        assert page.evaluate("document.getElementById('tile').naturalWidth") == 1


def test_our_own_page_works_beside_a_built_client(client_site: Site) -> None:
    with chromium() as browser:
        page = browser.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(client_site.url + "/weir/")
        page.wait_for_selector("text=Sign in")
        assert errors == []
    policy = client_site.get("/weir/").headers["Content-Security-Policy"]
    assert "script-src" not in policy
    assert client_site.get("/countries-110m.json").status_code == 200


def test_both_pages_finish_their_own_sign_ins(client_site: Site) -> None:
    ours = Browser(client_site)
    ours.call("POST", "/sign-in")  # left unfinished, so that its cookie is still there
    theirs = client_site.get("/redirect?oauth_token=theirs", cookies=ours.http.cookies.get_dict())
    assert "the client" in theirs.text
    answer = ours.sign_in(some_name())
    assert (answer.status_code, answer.headers["Location"]) == (303, "/weir/")
    assert ours.call("GET", "/me").status_code == 200


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
