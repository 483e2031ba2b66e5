"""Collections on the page: made, watched, edited, sealed, downloaded and archived in a browser."""

import hashlib
import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.desk import Desk
from tests.browser.test_quality import faults, overflow
from tests.rig.upstream import Upstream

OpenDesk = Callable[..., Desk]
SETTLED_MS = 30_000
"""Until a collector has done as told, also on a busy machine."""


def page_link(desk: Desk, name: str) -> Locator:
    return desk.page.get_by_role("navigation", name="Pages").get_by_role("link", name=name)


def entry(desk: Desk, text: str) -> Locator:
    """Return the newest entry of the history that begins so."""
    return desk.region("History").get_by_role("listitem").filter(has_text=text).first


def chart(desk: Desk, title: str) -> Locator:
    return desk.region(title).get_by_role("img")


def new_collection(desk: Desk, word: str, collection: str, budget: str = "") -> None:
    """Fill in the form, and start; it may be refused."""
    page_link(desk, "Collections").click()
    desk.button("New collection").click()
    desk.field("Filter word").fill(word)
    desk.field("Collection").fill(collection)
    desk.field("Budget").fill(budget)
    desk.button("Start").click()


def runs(desk: Desk) -> None:
    expect(desk.state()).to_contain_text("Running", timeout=SETTLED_MS)


def test_a_collection_is_made_watched_edited_sealed_downloaded_and_archived(
    desk: OpenDesk, upstream: Upstream
) -> None:
    ada = desk().sign_in("ada")
    page_link(ada, "Collections").click()
    expect(ada.page.get_by_text("No collection yet.")).to_be_visible()
    new_collection(ada, "kite", "../kites", "4000")
    expect(ada.field("Collection")).to_be_focused()
    expect(ada.field("Collection")).to_have_accessible_description(
        re.compile("A collection is named with 1 to 64 letters")
    )
    ada.field("Collection").fill("kite days")
    expect(ada.page.get_by_role("alert")).to_have_count(0)
    ada.field("More keywords").fill("heron")
    ada.button("Start").click()
    runs(ada)

    upstream.post(*(f"kite {number}" for number in range(30)))
    meter = ada.page.get_by_role("progressbar", name="Budget: 30 of 4,000 posts")
    expect(meter).to_have_attribute("value", "30")
    expect(ada.page.get_by_text("$0.15 of $20.00")).to_be_visible()
    expect(chart(ada, "Posts a minute")).to_have_accessible_name(re.compile(": 30 posts"))
    expect(chart(ada, "Posts a day")).to_have_accessible_name(re.compile(": 30 posts"))

    ada.button("Edit").click()
    ada.field("More keywords").fill("kestrel, geo: -3.8 40.3 -3.6 40.5")
    ada.field("Description").fill("Birds, and what flies like them.")
    ada.button("Save changes").click()
    edited = entry(ada, "Edited by @ada")
    expect(edited).to_contain_text("Added + kestrel")
    expect(edited).to_contain_text("Removed − heron")
    expect(edited).to_contain_text("Birds, and what flies like them.")
    runs(ada)

    ada.button("Stop").click()
    expect(ada.state()).to_contain_text("Stopped", timeout=SETTLED_MS)
    expect(entry(ada, "Stopped by @ada")).to_be_visible()
    expect(entry(ada, "Running")).to_be_visible()  # which nobody did, and somebody saw
    files = ada.region("Sealed files")
    expect(files.get_by_role("rowheader")).to_have_count(1, timeout=SETTLED_MS)
    file = files.get_by_role("rowheader").inner_text()
    files.get_by_role("button", name=f"Manifest of {file}").click()
    sha256 = files.locator("dd code").inner_text()
    with ada.page.expect_download() as download:
        files.get_by_role("link", name=f"Download {file}").click()
    assert download.value.suggested_filename == file
    assert hashlib.sha256(download.value.path().read_bytes()).hexdigest() == sha256

    ada.button("Archive").click()
    ada.button("Yes, archive").click()
    expect(ada.state()).to_contain_text("Archived")
    expect(files.get_by_role("rowheader")).to_have_count(1)
    page_link(ada, "Collections").click()
    ada.page.get_by_text("Archive", exact=True).click()
    expect(ada.page.get_by_role("listitem").get_by_text("kite")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_collections(
    desk: OpenDesk, upstream: Upstream, scheme: str
) -> None:
    ada = desk(color_scheme=scheme).sign_in("ada")
    page_link(ada, "Collections").click()
    expect(ada.button("New collection")).to_be_visible()
    assert faults(ada) == []
    new_collection(ada, "sparrow", f"sparrows {scheme}", "many")
    expect(ada.page.get_by_role("alert")).to_contain_text("This is not a number.")
    assert faults(ada) == []
    ada.field("Budget").fill("2")
    ada.button("Start").click()
    runs(ada)
    spent = ada.page.get_by_text("The budget is used up, so the stream is paused.").first
    deadline = time.monotonic() + SETTLED_MS / 1000
    while not spent.is_visible() and time.monotonic() < deadline:
        upstream.post(*(f"a sparrow {number}" for number in range(5)))
        ada.page.wait_for_timeout(1000)  # what comes while the connection is renewed is lost
    expect(spent).to_be_visible()
    expect(ada.state()).to_contain_text("Budget reached", timeout=SETTLED_MS)
    expect(ada.button("Raise the budget")).to_be_visible()
    expect(ada.button("Stop")).to_have_count(0)
    expect(ada.page.get_by_role("alert")).to_have_count(0)
    manifest = ada.region("Sealed files").get_by_role("button", name="Manifest")
    manifest.click(timeout=SETTLED_MS)
    ada.page.get_by_text("The whole manifest").click()
    assert faults(ada) == []
    page_link(ada, "Collections").click()
    expect(ada.page.get_by_role("progressbar", name="Budget: 2 of 2 posts")).to_be_visible()
    assert faults(ada) == []


def test_a_phone_shows_collections(desk: OpenDesk) -> None:
    phone = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    ada = desk(**phone).sign_in("ada")
    for name in ("Live", "Collections", "Machines", "Clients", "Replays", "Deletions"):
        expect(page_link(ada, name)).to_be_in_viewport(ratio=1)
    new_collection(ada, "", "a" * 64)
    expect(ada.page.get_by_role("alert")).to_be_visible()
    assert overflow(ada) <= 0
    ada.field("Filter word").fill("pelican")
    ada.button("Save").click()
    expect(ada.state()).to_contain_text("Stopped")
    assert overflow(ada) <= 0
    page_link(ada, "Collections").click()
    expect(ada.page.get_by_role("heading", name="pelican")).to_be_visible()
    assert overflow(ada) <= 0
