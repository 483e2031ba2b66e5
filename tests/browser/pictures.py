"""Pictures of the product: `python -m tests.browser.pictures FOLDER [x|bluesky|people|several]`."""

import sys
import tempfile
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, expect

from tests.browser import bluesky_pictures, people_pictures, several_pictures
from tests.browser.chromium import chromium
from tests.browser.desk import Desk
from tests.rig.upstream import Upstream
from tests.rig.weir import Weir
from tests.simulator.jetstream import Jetstream

LAPTOP = {"viewport": {"width": 1440, "height": 900}}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
    "device_scale_factor": 2,
}
RATE = 60
FLOW_SECONDS = 75
"""How long posts come before the first picture, so that the chart has something to show."""


def take(browser: Browser, url: str, upstream: Upstream, folder: Path) -> None:
    """Set up one person's streams, then take a picture of each view."""
    with ExitStack() as stack:
        desk = stack.enter_context(closing(Desk(browser, url, color_scheme="light", **LAPTOP)))
        desk.open()
        expect(desk.button("Sign in with X")).to_be_visible()
        desk.page.wait_for_timeout(1000)
        shoot(desk, folder / "sign-in.png")
        desk.sign_in("ada")
        upstream.rate(RATE)
        desk.start("football")
        desk.start("", "London")
        desk.start("coffee")
        keeper = stack.enter_context(closing(Desk(browser, url, color_scheme="light", **LAPTOP)))
        keep(keeper.sign_in("grace"))
        for name in ("football", "London, England, United Kingdom"):
            desk.page.get_by_role("checkbox", name=f"Show {name} along with others").check()
        desk.page.wait_for_timeout(FLOW_SECONDS * 1000)
        shoot(desk, folder / "light.png")
        desk.page.emulate_media(color_scheme="dark")
        desk.page.wait_for_timeout(1500)
        shoot(desk, folder / "dark.png")
        desk.page.emulate_media(color_scheme="light")
        new_stream(desk, folder / "new-stream.png")
        on_phone(browser, url, desk.context.storage_state(), folder / "phone.png")
        collection(keeper, folder / "collection.png")


def new_stream(desk: Desk, picture: Path) -> None:
    """The form with a dry run."""
    desk.button("New stream").click()
    desk.field("Filter word").fill("rain")
    desk.field("Location").fill("London")
    desk.button("Try it").click()
    expect(desk.page.get_by_text("The exact rules")).to_be_visible()
    shoot(desk, picture)


def keep(desk: Desk) -> None:
    """Begin a collection whose files are sealed each minute."""
    limits = {"budget_usd": 10, "description": "Made-up posts about the weather, for a seminar."}
    capture = {"collection": "rain", "minute_interval": 1, "compression": "zstd"}
    body = {
        "name": "Rain",
        "filter": {"word": "rain", "keywords": ["storm", "snow"]},
        "plan": {"capture": capture, **limits},
    }
    made = desk.call("POST", "/streams", body).json()
    desk.call("POST", f"/streams/{made['id']}/start")
    desk.page.goto(f"/#/collections/{made['id']}")
    expect(desk.state()).to_contain_text("Running")


def collection(desk: Desk, picture: Path) -> None:
    """The page of a collection, edited once, with sealed files."""
    desk.button("Edit").click()
    desk.field("More keywords").fill("storm, hail")
    desk.button("Save changes").click()
    expect(desk.page.get_by_text("Edited")).to_be_visible()
    files = desk.region("Sealed files").get_by_role("link", name="Download")
    expect(files).to_have_count(2, timeout=150_000)
    desk.page.set_viewport_size({"width": 1440, "height": 1180})
    desk.page.wait_for_timeout(3000)
    shoot(desk, picture)


def on_phone(browser: Browser, url: str, state: Any, picture: Path) -> None:
    """The live view of one stream."""
    with closing(Desk(browser, url, storage_state=state, color_scheme="dark", **PHONE)) as phone:
        phone.open()
        expect(phone.posts().first).to_be_visible()
        phone.page.wait_for_timeout(8000)
        shoot(phone, picture)


def shoot(desk: Desk, picture: Path) -> None:
    """Take one picture."""
    desk.page.mouse.move(0, 0)
    desk.page.screenshot(path=picture, animations="allow")
    print(picture)


def main(folder: str, only: str = "") -> int:
    """Take all pictures, or `only` those of `x`, `bluesky`, `people` or `several`."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        data = stack.enter_context(tempfile.TemporaryDirectory())
        jetstream = Jetstream()
        stack.callback(jetstream.stop)
        weir = stack.enter_context(
            closing(Weir(Path(data), BLUESKY_HOSTS=jetstream.host, BLUESKY_API=jetstream.base))
        )
        browser = stack.enter_context(chromium())
        if not only or only == "x":
            take(browser, weir.url, Upstream(weir.simulator_url), Path(folder))
        if not only or only == "bluesky":
            bluesky_pictures.take(browser, weir.url, jetstream, Path(folder))
        if not only or only == "people":
            people_pictures.take(browser, weir, Path(folder))
        if not only or only == "several":
            upstream = Upstream(weir.simulator_url)
            several_pictures.take(browser, weir.url, upstream, jetstream, Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
