"""Flower: administrators alone get to it, through our sign-in."""

import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256

import pytest
import requests
from honcho.environ import parse_procfile

from streams.settings import ROOT
from tests.rig.waiting import wait_until
from tests.web.administrator import administrator
from tests.web.person import Browser, Person, some_name
from tests.web.site import Site

POLLED = "tasks/datatable?draw=1&start=0&length=10&search[value]=&order[0][column]=0"
PAGES = (
    "",
    "workers",
    "workers?json=1",
    "tasks",
    "broker",
    "static/js/flower.js",
    "metrics",
    POLLED,
)


@pytest.fixture(scope="module")
def boss(site: Site) -> Iterator[Browser]:
    """An administrator, while Flower runs."""
    browser = administrator(site, some_name())
    commands = parse_procfile((ROOT / "Procfile").read_text()).processes
    site.processes.start("flower", commands["flower"], site.env)
    wait_until(lambda: look(browser, "").ok, 30, "Flower")
    yield browser
    site.processes.stop("flower")
    gone = look(browser, "")
    assert (gone.status_code, gone.text.partition(" does")[0]) == (503, "Flower")


def look(browser: Browser, path: str) -> requests.Response:
    return browser.http.get(f"{browser.site.url}/flower/{path}", timeout=20)


@pytest.mark.parametrize("path", PAGES)
def test_administrators_see_it_and_nobody_else_does(site: Site, boss: Browser, path: str) -> None:
    assert look(boss, path).status_code == 200
    assert look(Browser(site), path).status_code == 401
    assert look(Person(site).browser, path).status_code == 403


def test_who_reaches_its_port_needs_the_password_that_the_web_process_has(
    site: Site, boss: Browser
) -> None:
    assert (
        requests.get(f"http://127.0.0.1:{site.env['FLOWER_PORT']}/flower/", timeout=20).status_code
        == 401
    )


def test_its_pages_run_no_script_but_their_own(boss: Browser) -> None:
    page = look(boss, "workers")
    policy = page.headers["Content-Security-Policy"]
    inside = [each for each in re.findall(r"<script[^>]*>(.*?)</script>", page.text, re.S) if each]
    assert len(inside) == 1
    assert f"'sha256-{b64encode(sha256(inside[0].encode()).digest()).decode()}'" in policy


def test_another_site_changes_nothing_in_it(site: Site, boss: Browser) -> None:
    address = site.url + "/flower/api/worker/pool/grow/nobody"
    foreign = boss.http.post(address, headers={"Origin": "https://elsewhere.example"}, timeout=20)
    assert foreign.status_code == 403
    own = boss.http.post(address, headers={"Origin": site.url}, timeout=20)
    assert own.status_code == 404, "Flower knows no such worker"
