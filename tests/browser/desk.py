"""A desk: one person at the dashboard in a browser of their own."""

import json
import re
from typing import Any

from playwright.sync_api import APIResponse, Browser, Locator, Page, expect

WAIT_MS = 15_000
expect.set_options(timeout=WAIT_MS)
AT_X = re.compile(r"/oauth/auth")
SIGN_IN = "Sign in with X"


class Desk:
    """What a person does and sees. Every error of the page is kept in `errors`."""

    def __init__(self, browser: Browser, url: str, **context: Any) -> None:
        context.setdefault("viewport", {"width": 1440, "height": 900})
        self.url = url
        self.context = browser.new_context(base_url=url, **context)
        self.context.set_default_timeout(WAIT_MS)
        self.page: Page = self.context.new_page()
        self.errors: list[str] = []
        self.hosts: set[str] = set()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda message: self._heard(message.type, message.text))
        self.page.on("request", lambda request: self.hosts.add(request.url.split("/")[2]))

    def close(self) -> None:
        """Close the browser's window."""
        self.context.close()

    def archive_all(self) -> None:
        """End all streams of the person, if one is signed in."""
        if self.context.request.get("/api/v1/me").ok:
            for stream in self.call("GET", "/streams").json()["items"]:
                self.call("DELETE", f"/streams/{stream['id']}")

    def call(self, method: str, path: str, body: object = None) -> APIResponse:
        """Call the API as the page would, with the session of the person."""
        answer = self.context.request.fetch(
            f"/api/v1{path}",
            method=method,
            headers={"Origin": self.url, "Content-Type": "application/json"},
            data=None if body is None else json.dumps(body),
        )
        assert answer.ok, answer.text()
        return answer

    def open(self) -> "Desk":
        """Open the page."""
        self.page.goto("/")
        return self

    def sign_in(self, name: str) -> "Desk":
        """Sign in at the simulator."""
        self.open()
        self.button(SIGN_IN).click()
        self.allow(name)
        return self

    def allow(self, name: str) -> None:
        """Press Allow on X's page, and come back."""
        self.page.wait_for_url(AT_X)
        self.page.locator("input[name=username]").fill(name)
        self.page.locator("[name=decision][value=allow]").click()
        expect(self.page.get_by_text(f"@{name}", exact=True)).to_be_visible(timeout=WAIT_MS)

    def start(self, word: str = "", place: str = "") -> None:
        """Make a stream with the form, and wait until it runs."""
        self.button("New stream").click()
        self.field("Filter word").fill(word)
        self.field("Location").fill(place)
        self.button("Start").click()
        expect(self.button("Stop")).to_be_visible(timeout=WAIT_MS)
        expect(self.state()).to_contain_text("Running")

    def button(self, name: str) -> Locator:
        """Find a button by its whole name."""
        return self.page.get_by_role("button", name=name, exact=True)

    def field(self, name: str) -> Locator:
        """Find a field by its label."""
        return self.page.get_by_label(name, exact=True)

    def region(self, name: str) -> Locator:
        """Find a part of the page by its name."""
        return self.page.get_by_role("region", name=name, exact=True)

    def state(self) -> Locator:
        """Find where the state of the stream is said."""
        return self.page.locator(".state")

    def posts(self) -> Locator:
        """Find the posts of the live feed, newest first."""
        return self.region("Live feed").get_by_role("article")

    def texts(self) -> list[str]:
        """The texts of the live feed, newest first."""
        return self.posts().locator(".post-text").all_inner_texts()

    def _heard(self, kind: str, text: str) -> None:
        # A browser reports every refused or failed request as an error; those are the tests' own.
        if kind == "error" and "Failed to load resource" not in text and "WebSocket" not in text:
            self.errors.append(text)
