"""Chromium as the tests start it: headless, quiet, from the machine's own package."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from tests.rig.programs import require

WORDS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--enable-precise-memory-info",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a browser; skip, or fail in CI, when there is none."""
    program = require("chromium", "chromium-browser", "google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(WORDS))
        try:
            yield browser
        finally:
            browser.close()
