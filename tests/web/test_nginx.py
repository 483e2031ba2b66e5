"""Weir behind nginx, configured exactly as docs/deploy.md says, on a port of its own."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from bin.launcher.ports import answers, free_port
from streams.settings import ROOT
from tests.rig.processes import Processes
from tests.rig.programs import require
from tests.rig.valkey import Valkey
from tests.rig.waiting import wait_until
from tests.web.person import Browser, some_name
from tests.web.site import Site, post
from tests.web.viewing import Viewer


def location_block() -> str:
    """The configuration that the page tells people to use."""
    found = re.search(r"```nginx\n(.*?)```", (ROOT / "docs" / "deploy.md").read_text(), re.DOTALL)
    assert found
    return found[1]


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory, valkey_server: Valkey) -> Iterator[Site]:
    """A site that is reached through nginx: its `url` is nginx's."""
    nginx = require("nginx")
    folder: Path = tmp_path_factory.mktemp("nginx")
    with Processes(folder / "output") as processes:
        site = Site(processes, folder, valkey_server.url, TRUSTED_PROXIES="1", SIGN_IN="open")
        port = free_port()
        block = location_block().replace("http://127.0.0.1:5000", site.url)
        paths = "".join(
            f"{name}_temp_path {folder}/{name};"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (folder / "nginx.conf").write_text(
            f"daemon off; pid {folder}/pid; error_log stderr; events {{}}"
            f" http {{ access_log off; {paths} server {{ listen 127.0.0.1:{port};\n{block} }} }}"
        )
        processes.start("nginx", [nginx, "-c", str(folder / "nginx.conf"), "-e", "stderr"], {})
        wait_until(lambda: answers("127.0.0.1", port), 10, "nginx")
        site.url = f"http://127.0.0.1:{port}"
        yield site


def test_sign_in_writes_and_websockets_pass(proxied: Site) -> None:
    browser = Browser(proxied)
    assert browser.sign_in(some_name()).headers["Location"] == "/"
    made = browser.call("POST", "/streams", json={"filter": {"word": "rain"}})
    assert made.status_code == 201, made.text
    stream = made.json()["id"]
    cookies = "; ".join(f"{name}={value}" for name, value in browser.http.cookies.items())
    viewer = Viewer(proxied, cookies=cookies)  # whose websocket names its origin, as a browser does
    assert viewer.refused == []
    viewer.ask("subscribe", {"stream": stream})
    proxied.push(post(1), to=stream)
    viewer.wait_for_ids("1")
    viewer.close()


def test_another_site_is_refused_behind_nginx_too(proxied: Site) -> None:
    browser = Browser(proxied)
    browser.sign_in(some_name())
    headers = {"Origin": "http://elsewhere.example"}
    refused = browser.call("POST", "/streams", json={}, headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "cross_site")


def test_a_recording_of_some_megabytes_can_be_uploaded(proxied: Site) -> None:
    browser = Browser(proxied)
    browser.sign_in(some_name())
    lines = b'{"text": "made up"}\n' * 200_000
    answer = browser.call("POST", "/replays/files?name=rain.json", data=lines)
    assert answer.status_code == 201, answer.text
    assert answer.json()["bytes"] == len(lines)
    assert requests.get(proxied.url + "/readyz", timeout=20).json()["faults"] == {}
