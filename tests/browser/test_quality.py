"""The page is for everyone: assistive technology, keyboards, small and large screens, any theme."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import expect

from tests.browser.desk import Desk
from tests.rig.upstream import Upstream
from tests.rig.weir import Weir

OpenDesk = Callable[..., Desk]
GRAVE = ("serious", "critical")
PLACED = {"geo": {"coordinates": {"type": "Point", "coordinates": [-3.7, 40.4]}}}


def faults(desk: Desk) -> list[str]:
    """List what axe finds that is serious."""
    found: list[dict[str, Any]] = Axe().run(desk.page).response["violations"]
    return [
        f"{fault['id']}: {node['target']}"
        for fault in found
        if fault["impact"] in GRAVE
        for node in fault["nodes"]
    ]


def overflow(desk: Desk) -> int:
    """Pixels by which the page is wider than its window."""
    width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    return int(desk.page.evaluate(width))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(desk: OpenDesk, upstream: Upstream, scheme: str) -> None:
    ada = desk(color_scheme=scheme).open()
    expect(ada.button("Sign in with X")).to_be_visible()
    assert faults(ada) == []
    ada.sign_in("ada")
    expect(ada.page.get_by_text("What would you like to follow?")).to_be_visible()
    assert faults(ada) == []
    ada.button("New stream").click()
    ada.field("Location").fill("Nowhereland")
    ada.button("Start").click()
    expect(ada.page.get_by_role("alert")).to_be_visible()
    assert faults(ada) == []
    ada.button("Cancel").click()
    ada.start("picnic")
    upstream.post("I love this picnic, happy", "this picnic is awful, I hate it", **PLACED)
    expect(ada.posts()).to_have_count(2)
    ada.button("Pause").click()
    assert faults(ada) == []


def test_everything_is_within_reach_of_the_keyboard(desk: OpenDesk, upstream: Upstream) -> None:
    ada = desk().open()
    keyboard = ada.page.keyboard
    focus = ada.page.locator(":focus")

    def tab_to(name: str) -> None:
        for _ in range(40):
            keyboard.press("Tab")
            if focus.count() and focus.evaluate(
                "(e, name) => (e.ariaLabel ?? e.labels?.[0]?.textContent ?? e.textContent)"
                ".trim() === name",
                name,
            ):
                return
        raise AssertionError(f"the keyboard does not come to {name}")

    expect(ada.button("Sign in with X")).to_be_visible()
    tab_to("Sign in with X")
    keyboard.press("Enter")
    ada.allow("kim")
    tab_to("New stream")
    keyboard.press("Enter")
    expect(ada.field("Filter word")).to_be_focused()
    keyboard.type("kettle")
    keyboard.press("Enter")
    expect(ada.state()).to_contain_text("Running")
    upstream.post("a kettle")
    expect(ada.posts()).to_have_count(1)
    tab_to("Pause")
    keyboard.press("Space")
    expect(ada.page.get_by_role("button", name="Resume")).to_be_focused()
    ada.page.reload()
    expect(ada.button("Stop")).to_be_visible()
    tab_to("Stop")
    keyboard.press("Enter")
    expect(ada.state()).to_contain_text("Stopped")


def test_a_phone_shows_all_of_it(desk: OpenDesk, upstream: Upstream) -> None:
    phone = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    ada = desk(**phone).open()
    assert overflow(ada) <= 0
    ada.sign_in("ada")
    ada.button("New stream").click()
    assert overflow(ada) <= 0
    ada.button("Cancel").click()
    ada.start("umbrella")
    upstream.post("u" * 300 + " umbrella " + "https://example.org/" + "x" * 200, **PLACED)
    expect(ada.posts()).to_have_count(1)
    assert overflow(ada) <= 0
    for name in ("Map", "Sentiment over time", "Live feed"):
        ada.region(name).scroll_into_view_if_needed()
        expect(ada.region(name)).to_be_in_viewport()
    for button in ("New stream", "Stop", "Edit", "Pause"):
        box = ada.button(button).bounding_box()
        assert box
        assert box["height"] >= 28


def test_a_wall_screen_is_filled_without_scrolling(desk: OpenDesk) -> None:
    ada = desk(viewport={"width": 3840, "height": 2160}).sign_in("ada")
    ada.start("orchestra")
    height = "document.documentElement.scrollHeight"
    assert (overflow(ada), ada.page.evaluate(height)) == (0, 2160)
    for name in ("Map", "Sentiment over time", "Live feed"):
        expect(ada.region(name)).to_be_in_viewport(ratio=1)


def test_the_theme_follows_the_device_until_one_is_chosen(desk: OpenDesk) -> None:
    ada = desk(color_scheme="dark").open()
    html = ada.page.locator("html")
    expect(html).to_have_attribute("data-theme", "dark")
    ada.page.emulate_media(color_scheme="light")
    expect(html).to_have_attribute("data-theme", "light")
    ada.page.get_by_role("button", name="Colours").click()
    ada.page.get_by_role("button", name="Colours").click()
    expect(html).to_have_attribute("data-theme", "dark")
    ada.page.reload()
    expect(html).to_have_attribute("data-theme", "dark")


def test_reduced_motion_is_honoured(desk: OpenDesk) -> None:
    ada = desk(reduced_motion="reduce").sign_in("ada")
    ada.button("New stream").click()
    ada.field("Filter word").fill("windmill")
    ada.button("Start").click()
    expect(ada.button("Stop")).to_be_visible()
    assert ada.page.evaluate("document.getAnimations().length") == 0


def test_the_page_asks_no_other_host_and_runs_under_a_strict_policy(
    desk: OpenDesk, upstream: Upstream, system: Weir
) -> None:
    ada = desk().sign_in("ada")
    ada.hosts.clear()
    answer = ada.page.reload()
    assert answer
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    ada.start("snail")
    upstream.post("<b>snail</b><img src=https://example.org/x.png>", **PLACED)
    expect(ada.posts()).to_have_count(1)
    assert ada.texts() == ["<b>snail</b><img src=https://example.org/x.png>"]
    with ada.page.expect_response(re.compile("countries-50m")):
        for _ in range(8):
            ada.button("Zoom in").click()
    assert ada.hosts == {system.url.removeprefix("http://")}
