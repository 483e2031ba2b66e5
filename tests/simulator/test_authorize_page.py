"""The authorize page in a real browser."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, sync_playwright
from requests_oauthlib import OAuth1Session

from tests.rig.programs import require
from tests.simulator.double import App


class Landing(BaseHTTPRequestHandler):
    """The app's own page, to which a person comes back."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"welcome back")

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def callback() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Landing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/redirect"
        server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = require("chromium", "chromium-browser", "google-chrome")
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.mark.parametrize(
    ("button", "expected"), [("Allow", "oauth_verifier="), ("Deny", "denied=")]
)
def test_a_button_leads_back_to_the_app(
    app: App, callback: str, browser: Browser, button: str, expected: str
) -> None:
    session = OAuth1Session(app.key, client_secret=app.secret, callback_uri=callback)
    session.fetch_request_token(f"{app.double.base}/oauth/request_token")
    page = browser.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(session.authorization_url(f"{app.double.base}/oauth/authorize"))
    page.get_by_label("Sign in as").fill("demo")
    page.get_by_role("button", name=button).click()
    page.wait_for_url(f"{callback}*")
    assert expected in page.url
    assert page.get_by_text("welcome back").is_visible()
    assert complaints == []
    page.close()
