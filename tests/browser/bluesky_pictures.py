"""Pictures of Bluesky's posts, made up but in their real shape, as the double sends them."""

from contextlib import closing
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, expect

from tests.browser.desk import Desk
from tests.rig.waiting import wait_until
from tests.simulator.jetstream import Jetstream

RATE = 25
FLOW_SECONDS = 60
"""How long posts come before the picture, so that the chart has something to show."""


def _link(text: str, shown: str, address: str) -> dict[str, Any]:
    """Return the facet of a link, which counts bytes."""
    start = len(text[: text.index(shown)].encode())
    feature = {"$type": "app.bsky.richtext.facet#link", "uri": address}
    index = {"byteStart": start, "byteEnd": start + len(shown.encode())}
    return {"facets": [{"index": index, "features": [feature]}]}


def _quote(uri: str) -> dict[str, Any]:
    return {"embed": {"$type": "app.bsky.embed.record", "record": {"uri": uri, "cid": "bafyrei0"}}}


LINKED = "Rain radar for tomorrow looks rough: example.org/radar/mad… #weather"
POSTS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("maren.example", "Endlich Regen! Der Garten freut sich. #rain", {"langs": ["de"]}),
    ("weather.example", LINKED, _link(LINKED, "example.org/radar/mad…", "https://example.org/r")),
    ("tomas.example", "Rain again, third weekend in a row. I hate this.", {}),
    (
        "yuki.example",
        "so happy, the rain stopped just in time for the fireworks!",
        {"langs": ["ja"]},
    ),
    ("ada.example", "Wonderful walk in the rain, boots and all!", {}),
    ("noor.example", "The rain gauge shows 12 mm since six this morning.", {"langs": []}),
    ("ines.example", "what a beautiful rainbow after the rain", _quote("at://did:plc:x/a/b")),
)
"""Author, text, and fields of the record: a link, no language, a mistaken one, a quoted post."""


def take(browser: Browser, url: str, jetstream: Jetstream, folder: Path) -> None:
    """Follow the rain on Bluesky, then take a picture on a laptop and one on a phone."""
    laptop = {"viewport": {"width": 1440, "height": 900}}
    with closing(Desk(browser, url, color_scheme="light", **laptop)) as desk:
        desk.sign_in("lin")
        body = {
            "name": "Rain on Bluesky",
            "source": "bluesky",
            "filter": {"word": "rain", "keywords": ["#weather"], "languages": []},
        }
        made = desk.call("POST", "/streams", body).json()
        desk.call("POST", f"/streams/{made['id']}/start")
        desk.page.reload()
        expect(desk.state()).to_contain_text("Running")
        jetstream.control("POST", "rate", json={"posts_per_second": RATE})
        for handle, _, _ in POSTS:  # authors are looked up when they first write
            jetstream.publish("good rain", handle=handle)
        desk.page.wait_for_timeout(FLOW_SECONDS * 1000)
        jetstream.control("POST", "rate", json={"posts_per_second": 0})
        desk.page.wait_for_timeout(1000)
        for handle, text, record in POSTS:
            jetstream.publish(text, handle=handle, **record)
        wait_until(lambda: POSTS[-1][1] in desk.texts(), 15, "the last post")
        desk.page.wait_for_timeout(1000)
        _shoot(desk, folder / "bluesky.png")
        phone = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
        state = desk.context.storage_state()
        with closing(
            Desk(browser, url, storage_state=state, device_scale_factor=2, **phone)
        ) as hand:
            hand.open()
            expect(hand.posts().first).to_be_visible()
            hand.posts().first.scroll_into_view_if_needed()
            hand.page.wait_for_timeout(1500)
            _shoot(hand, folder / "bluesky-phone.png")


def _shoot(desk: Desk, picture: Path) -> None:
    desk.page.mouse.move(0, 0)
    desk.page.screenshot(path=picture, animations="allow")
    print(picture)
