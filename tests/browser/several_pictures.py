"""A picture of one stream over X and Bluesky, made in the form, with made-up posts."""

from contextlib import closing
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.desk import Desk
from tests.rig.upstream import Upstream
from tests.rig.waiting import wait_until
from tests.simulator.jetstream import Jetstream

RATE = 12
FLOW_SECONDS = 45
"""How long posts come before the picture, so that the chart has something to show."""
ON_X = (
    ("leila", "Wonderful rain this morning, the whole street smells of it"),
    ("oskar", "The rain stops at noon, says the forecast"),
    ("priya", "Rain on the wedding day, this is terrible"),
)
ON_BLUESKY = (
    ("maren.example", "I love how the rain sounds on the roof"),
    ("noor.example", "The rain gauge shows 12 mm since six this morning."),
    ("tomas.example", "Rain again, third weekend in a row. I hate this."),
)


def take(
    browser: Browser, url: str, upstream: Upstream, jetstream: Jetstream, folder: Path
) -> None:
    """Make a stream over two platforms in the form, then take a picture of its dashboard."""
    laptop = {"viewport": {"width": 1440, "height": 900}}
    with closing(Desk(browser, url, color_scheme="light", **laptop)) as desk:
        desk.sign_in("mia")
        desk.button("New stream").click()
        desk.page.get_by_role("checkbox", name="Bluesky").check()
        desk.field("Filter word").fill("rain")
        desk.field("Name").fill("Rain, on X and Bluesky")
        desk.button("Start").click()
        expect(desk.state()).to_contain_text("Running")
        expect(desk.page.get_by_text("X: connected · Bluesky: connected")).to_be_visible()
        upstream.rate(RATE)
        jetstream.control("POST", "rate", json={"posts_per_second": RATE})
        for handle, _ in ON_BLUESKY:  # authors are looked up when they first write
            jetstream.publish("good rain", handle=handle)
        desk.page.wait_for_timeout(FLOW_SECONDS * 1000)
        upstream.rate(0)
        jetstream.control("POST", "rate", json={"posts_per_second": 0})
        desk.page.wait_for_timeout(1000)
        for (name, text), (handle, other) in zip(ON_X, ON_BLUESKY, strict=True):
            user = {"id": name.encode().hex(), "name": name.title(), "username": name}
            data = {"text": text, "lang": "en", "author_id": user["id"]}
            upstream.deliver({"data": data, "includes": {"users": [user]}})
            jetstream.publish(other, handle=handle)
            desk.page.wait_for_timeout(700)
        wait_until(lambda: ON_BLUESKY[-1][1] in desk.texts(), 15, "the last post")
        desk.page.wait_for_timeout(1000)
        desk.page.mouse.move(0, 0)
        desk.page.screenshot(path=folder / "several.png", animations="allow")
