"""An administrator, made on the command line of a site, and people who join by its links."""

import subprocess
import sys

import requests

from streams.settings import ROOT
from tests.web.person import Browser
from tests.web.site import Site

PASSWORD = "correct horse battery"


def command(env: dict[str, str], *words: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run `python -m web.accounts` with the environment of a site, and `text` as its input."""
    line = [sys.executable, "-m", "web.accounts", *words]
    return subprocess.run(line, cwd=ROOT, env=env, input=text, capture_output=True, text=True)


def join(site: Site, token: str, name: str) -> Browser:
    """Create the local account of a link; returns its browser, signed in."""
    browser = Browser(site)
    asked = {"token": token, "name": name, "password": PASSWORD}
    assert browser.call("POST", "/join", json=asked).status_code == 200
    return browser


def administrator(site: Site, name: str) -> Browser:
    """Make an administrator by the link that the command prints."""
    link = command(site.env, "link").stdout.strip()
    return join(site, link.rpartition("/#/join/")[2], name)


def password_sign_in(site: Site, name: str, password: str = PASSWORD) -> requests.Response:
    """Sign in with name and password, in a browser of its own."""
    asked = {"name": name, "password": password}
    return Browser(site).call("POST", "/sign-in/password", json=asked)
