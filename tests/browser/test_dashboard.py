"""What a person does at the dashboard, in a real browser against the whole running system."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import Locator, expect

from tests.browser.conftest import VIEWER_CAP
from tests.browser.desk import Desk
from tests.rig.upstream import Upstream

OpenDesk = Callable[..., Desk]
RING = 500
"""Posts that the system keeps for viewers who come back."""
HAPPY = "I love this {0}, so happy and wonderful"
SAD = "this {0} is awful, I hate it, so sad"


def at(lon: float, lat: float) -> dict[str, Any]:
    return {"geo": {"coordinates": {"type": "Point", "coordinates": [lon, lat]}}}


def ago(seconds: float) -> str:
    moment = datetime.fromtimestamp(time.time() - seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def drag(canvas: Locator, *places: tuple[float, float]) -> None:
    """Drag over a map, between places given as shares of its width and height."""
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    mouse = canvas.page.mouse
    for step, (x, y) in enumerate(places):
        mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=3)
        if step == 0:
            mouse.down()
    mouse.up()


def test_a_stream_is_started_seen_everywhere_and_stopped(
    desk: OpenDesk, upstream: Upstream
) -> None:
    ada = desk().sign_in("ada")
    ada.start("lighthouse")
    upstream.post(HAPPY.format("lighthouse"), **at(-122.4, 37.8))
    upstream.post(SAD.format("lighthouse"), **at(2.35, 48.85))
    expect(ada.posts()).to_have_count(2)
    assert ada.texts() == [SAD.format("lighthouse"), HAPPY.format("lighthouse")]
    newest = ada.posts().first
    expect(newest.locator(".chip")).to_have_text(re.compile(r"Negative\s*(likely|unsure)"))
    expect(newest).to_contain_text("polarized → negative")
    expect(newest.get_by_role("link")).to_have_attribute("href", re.compile(r"/status/\d+$"))
    expect(newest.get_by_role("link")).to_contain_text("View on X")
    expect(ada.region("Map").get_by_role("img")).to_have_accessible_name("World map with 2 posts")
    chart = ada.region("Sentiment over time").get_by_role("img")
    expect(chart).to_have_accessible_name(re.compile("1 positive, 0 neutral, 1 negative"))
    expect(ada.region("Sources")).to_have_count(0)
    expect(ada.region("lighthouse")).to_contain_text("made-up posts")
    newest.locator(".chip").click()
    expect(newest).to_contain_text(re.compile(r"a probability of \d+%"))
    upstream.post("a lighthouse", source="Twitter for iPhone", withheld={"country_codes": ["DE"]})
    expect(ada.region("Sources")).to_contain_text(re.compile(r"iPhone\s*1\s*33%"))
    expect(ada.posts().first).to_contain_text("Withheld in Germany")
    ada.button("Stop").click()
    expect(ada.state()).to_contain_text("Stopped")
    upstream.post("one more lighthouse")
    ada.start("harbour")
    upstream.post("a harbour at last")
    expect(ada.posts()).to_have_count(1)
    ada.archive_all()
    ada.button("Sign out").click()
    expect(ada.button("Sign in with X")).to_be_visible()
    assert ada.page.context.request.get("/api/v1/me").status == 401


def test_a_dry_run_shows_sample_rate_cost_and_rules(desk: OpenDesk, upstream: Upstream) -> None:
    for number in range(6):
        upstream.post(f"what a lovely carnival, happy {number}", created_at=ago(30))
    ada = desk().sign_in("ada")
    ada.button("New stream").click()
    ada.field("Filter word").fill("carnival")
    ada.button("Try it").click()
    trial = ada.region("What it would bring")
    expect(trial.get_by_role("article")).to_have_count(6)
    expect(trial).to_contain_text("carnival lang:en")
    expect(trial).to_contain_text("$43.20")
    assert "carnival" not in str(upstream.rules())


def test_two_people_in_two_browsers_see_nothing_of_each_other(
    desk: OpenDesk, upstream: Upstream
) -> None:
    ada, bob = desk().sign_in("ada"), desk().sign_in("bob")
    ada.start("violin")
    expect(bob.page.get_by_text("What would you like to follow?")).to_be_visible()
    bob.start("trumpet")
    upstream.post("a violin", "a trumpet")
    expect(ada.posts()).to_have_count(1)
    expect(bob.posts()).to_have_count(1)
    assert (ada.texts(), bob.texts()) == (["a violin"], ["a trumpet"])
    bob.page.goto(ada.page.url)
    expect(bob.page.get_by_role("heading", name="You have no such stream")).to_be_visible()
    expect(bob.page.get_by_text("violin")).to_have_count(0)
    bob.archive_all()
    bob.page.reload()
    expect(bob.page.get_by_role("heading", name="You have no such stream")).to_be_visible()


def test_an_unknown_place_is_told_beside_its_field(desk: OpenDesk) -> None:
    ada = desk().sign_in("ada")
    ada.button("New stream").click()
    ada.field("Filter word").fill("rain")
    ada.field("Location").fill("Londn")
    ada.button("Start").click()
    place = ada.field("Location")
    expect(place).to_have_attribute("aria-invalid", "true")
    expect(place).to_be_focused()
    expect(ada.page.get_by_role("alert")).to_contain_text("Londn")
    ada.button("Try it").click()
    expect(ada.button("Start")).to_be_disabled()
    expect(ada.page.get_by_text("This filter was refused when you tried it")).to_be_visible()
    ada.page.get_by_role("alert").get_by_role("button", name="London").first.click()
    expect(ada.button("Start")).to_be_enabled()
    expect(place).to_have_value(re.compile("^London, "))
    expect(ada.page.get_by_role("alert")).to_have_count(0)
    ada.field("Filter word").fill('a "b"')
    ada.button("Start").click()
    expect(ada.field("Filter word")).to_have_attribute("aria-invalid", "true")


def test_a_place_is_chosen_from_suggestions_by_key(desk: OpenDesk) -> None:
    ada = desk().sign_in("ada")
    ada.button("New stream").click()
    ada.field("Location").press_sequentially("Barcel")
    expect(ada.page.get_by_role("listbox").get_by_role("option").first).to_be_visible()
    ada.field("Location").press("ArrowDown")
    ada.field("Location").press("Enter")
    expect(ada.field("Location")).to_have_value(re.compile("^Barcelona\\b"))
    expect(ada.page.get_by_role("listbox").get_by_role("option")).to_have_count(0)


def test_a_box_drawn_on_the_map_is_the_place(desk: OpenDesk, upstream: Upstream) -> None:
    ada = desk().sign_in("ada")
    ada.button("New stream").click()
    ada.field("Filter word").fill("tram")
    ada.button("Draw a box").click()
    drag(ada.page.locator(".box-panel canvas"), (0.44, 0.15), (0.5, 0.3), (0.58, 0.38))
    expect(ada.page.get_by_text("Drawn place")).to_be_visible()
    ada.button("Start").click()
    expect(ada.state()).to_contain_text("Running")
    upstream.post("a tram in Sydney", **at(151.2, -33.9))
    upstream.post("a tram in Paris", **at(2.35, 48.85))
    expect(ada.posts()).to_have_count(1)
    assert ada.texts() == ["a tram in Paris"]


def test_a_stream_is_edited_while_it_runs(desk: OpenDesk, upstream: Upstream) -> None:
    ada = desk().sign_in("ada")
    ada.start("guitar")
    ada.button("Edit").click()
    expect(ada.field("Filter word")).to_have_value("guitar")
    ada.field("Filter word").fill("piano")
    ada.field("Name").fill("Music")
    ada.button("Save changes").click()
    expect(ada.page.get_by_role("heading", name="Music", level=2)).to_be_visible()
    expect(ada.state()).to_contain_text("Running")
    upstream.post("a guitar again", "a piano now")
    expect(ada.posts()).to_have_count(1)
    assert ada.texts() == ["a piano now"]


def test_a_pause_holds_the_view_still_and_then_catches_up(
    desk: OpenDesk, upstream: Upstream
) -> None:
    ada = desk().sign_in("ada")
    ada.start("bakery")
    upstream.post("a bakery")
    expect(ada.posts()).to_have_count(1)
    ada.button("Pause").click()
    upstream.post("a second bakery", "a third bakery")
    resume = ada.page.get_by_role("button", name="Resume 2")
    expect(resume).to_be_visible()
    expect(ada.posts()).to_have_count(1)
    chart = ada.region("Sentiment over time").get_by_role("img")
    expect(chart).to_have_accessible_name(re.compile("1 neutral"))
    ada.field("Text in posts").fill("butcher")
    expect(chart).to_have_accessible_name(re.compile("0 neutral"))
    expect(ada.region("Live feed")).to_contain_text("0 of 1 post pass the filters")
    ada.field("Text in posts").fill("")
    expect(chart).to_have_accessible_name(re.compile("1 neutral"))
    resume.click()
    expect(ada.posts()).to_have_count(3)
    assert ada.texts()[0] == "a third bakery"


def test_a_lost_network_is_told_and_what_came_meanwhile_is_fetched(
    desk: OpenDesk, upstream: Upstream
) -> None:
    ada = desk().sign_in("ada")
    ada.start("ferry")
    upstream.post("the first ferry")
    expect(ada.posts()).to_have_count(1)
    ada.context.set_offline(True)
    expect(ada.page.get_by_text("Connection lost.")).to_be_visible()
    expect(ada.page.get_by_role("navigation", name="Streams")).to_contain_text("Was running")
    upstream.post(*(f"ferry {number}" for number in range(RING + 5)))
    expect(ada.posts()).to_have_count(1)
    ada.context.set_offline(False)
    expect(ada.page.get_by_text("You missed 5 posts; 500 more were caught up.")).to_be_visible()
    expect(ada.region("Live feed")).to_contain_text("showing 501 of 506")
    assert ada.texts()[0] == f"ferry {RING + 4}"
    upstream.post("the last ferry")
    expect(ada.posts().first).to_contain_text("the last ferry")


def test_a_cap_is_told_and_counts_cover_every_post(desk: OpenDesk, upstream: Upstream) -> None:
    ada = desk().sign_in("ada")
    ada.start("confetti")
    upstream.post(*(f"confetti {number}" for number in range(5 * VIEWER_CAP)))
    feed = ada.region("Live feed")
    expect(feed).to_contain_text(re.compile(rf"showing \d+ of {5 * VIEWER_CAP}\b"))
    expect(ada.page.get_by_role("definition").nth(1)).to_have_text("500")
    chart = ada.region("Sentiment over time").get_by_role("img")

    def charted() -> int:
        name = chart.get_attribute("aria-label") or ""
        return sum(int(n) for n in re.findall(r"(\d+) (?:pos|neu|neg|unk)", name))

    deadline = time.monotonic() + 10
    while charted() != 5 * VIEWER_CAP and time.monotonic() < deadline:
        ada.page.wait_for_timeout(100)
    assert charted() == 5 * VIEWER_CAP


def test_a_gap_is_told_and_marked_on_the_chart(desk: OpenDesk, upstream: Upstream) -> None:
    ada = desk().sign_in("ada")
    ada.start("glacier")
    upstream.fault("http_503", count=2)
    upstream.fault("close")
    expect(ada.state()).to_contain_text("Reconnecting")
    expect(ada.page.get_by_role("alert")).to_contain_text("503")
    chart = ada.region("Sentiment over time").get_by_role("img")
    expect(chart).to_have_accessible_name(re.compile("1 gap$"))
    upstream.heal()
    expect(ada.state()).to_contain_text("Running", timeout=30_000)
    upstream.post("a glacier again")
    expect(ada.posts()).to_have_count(1)
    expect(ada.page.get_by_role("alert")).to_have_count(0)


def test_a_stream_that_x_refuses_is_tried_again_and_not_stopped(
    desk: OpenDesk, upstream: Upstream
) -> None:
    ada = desk().sign_in("ada")
    ada.start("quarry")
    upstream.fault("credits_depleted")
    expect(ada.state()).to_contain_text("Failed")
    expect(ada.page.get_by_role("alert")).to_contain_text("credits")
    expect(ada.button("Stop")).to_have_count(0)
    expect(ada.button("Do not retry")).to_be_visible()
    upstream.heal()
    ada.button("Try again").click()
    expect(ada.state()).to_contain_text("Running")
    upstream.post("a quarry")
    expect(ada.posts()).to_have_count(1)


def test_posts_are_filtered_by_sentiment_and_text(desk: OpenDesk, upstream: Upstream) -> None:
    ada = desk().sign_in("ada")
    ada.start("garden")
    upstream.post(HAPPY.format("garden"), SAD.format("garden"))
    expect(ada.posts()).to_have_count(2)
    filters = ada.page.get_by_role("group", name="Sentiments shown")
    for label in ("Neutral", "Negative", "Unknown"):
        filters.get_by_role("button", name=label).click()
    expect(ada.posts()).to_have_count(1)
    assert ada.texts() == [HAPPY.format("garden")]
    ada.page.get_by_role("searchbox", name="Text in posts").fill("NOWHERE (")
    expect(ada.region("Live feed")).to_contain_text("None of the 2 posts in memory")
    ada.button("Clear filters").click()
    expect(ada.posts()).to_have_count(2)


def test_a_moment_of_the_chart_shows_its_posts(desk: OpenDesk, upstream: Upstream) -> None:
    ada = desk().sign_in("ada")
    ada.start("comet")
    upstream.post(HAPPY.format("comet"))
    chart = ada.region("Sentiment over time").get_by_role("img")
    expect(chart).to_have_accessible_name(re.compile("1 positive"))
    chart.focus()
    legend = ada.region("Sentiment over time").locator(".chart-legend")
    for _ in range(30):
        before = legend.inner_text()
        chart.press("ArrowLeft")
        expect(legend).not_to_have_text(before, use_inner_text=True)
        if re.search(r"Positive\s+1\b", legend.inner_text()):
            break
    chart.press("Enter")
    expect(ada.page.get_by_role("button", name="Show all times")).to_be_visible()
    expect(ada.posts()).to_have_count(1)
    chart.press("PageUp")
    chart.press("Enter")
    expect(ada.region("Live feed")).to_contain_text("are of that moment")
    chart.press("Escape")
    expect(ada.posts()).to_have_count(1)


def test_the_map_shows_the_post_behind_a_point(desk: OpenDesk, upstream: Upstream) -> None:
    ada = desk().sign_in("ada")
    ada.start("volcano")
    upstream.post("a volcano asleep", **at(14.4, 40.8))
    canvas = ada.region("Map").get_by_role("img")
    expect(canvas).to_have_accessible_name("World map with 1 post")
    canvas.focus()
    canvas.press("n")
    card = ada.region("Map").get_by_role("article")
    expect(card).to_contain_text("a volcano asleep")
    canvas.press("Escape")
    expect(card).to_have_count(0)
    for _ in range(8):
        canvas.press("+")
    expect(ada.button("Zoom out")).to_be_enabled()
    canvas.press("0")
    expect(ada.button("Zoom out")).to_be_disabled()


def test_a_deleted_post_leaves_the_page(desk: OpenDesk, upstream: Upstream) -> None:
    ada = desk().sign_in("ada")
    ada.start("parrot")
    gone, _ = upstream.post("a regretted parrot", "a proud parrot", **at(14.4, 40.8))
    expect(ada.posts()).to_have_count(2)
    ada.call("POST", "/deletions", {"ids": [gone]})
    expect(ada.posts()).to_have_count(1)
    assert ada.texts() == ["a proud parrot"]
    expect(ada.region("Map").get_by_role("img")).to_have_accessible_name("World map with 1 post")
    ada.page.reload()
    expect(ada.posts()).to_have_count(1)


def test_recent_posts_are_there_at_once_after_a_reload(desk: OpenDesk, upstream: Upstream) -> None:
    ada = desk().sign_in("ada")
    ada.start("museum")
    upstream.post("a museum", "another museum")
    expect(ada.posts()).to_have_count(2)
    ada.page.reload()
    expect(ada.posts()).to_have_count(2)
    expect(ada.button("Stop")).to_be_visible()


def test_several_streams_are_seen_together(desk: OpenDesk, upstream: Upstream) -> None:
    ada = desk().sign_in("ada")
    ada.start("canal")
    ada.start("bridge")
    ada.page.get_by_role("checkbox", name="Show canal along with others").check()
    expect(ada.button("Stop")).to_have_count(2)
    upstream.post("a canal", "a bridge", "a bridge over a canal")
    expect(ada.posts()).to_have_count(3)
    ada.page.reload()
    expect(ada.button("Stop")).to_have_count(2)
    expect(ada.posts()).to_have_count(3)


def test_an_archived_stream_leaves_the_list_and_is_found_again(desk: OpenDesk) -> None:
    ada = desk().sign_in("ada")
    ada.start("kiosk")
    ada.button("Archive").click()
    ada.button("Yes, archive").click()
    expect(ada.page.get_by_role("heading", name="This stream is archived")).to_be_visible()
    ada.page.get_by_text("Archive", exact=True).click()
    ada.page.get_by_role("listitem").get_by_role("link", name="kiosk").click()
    expect(ada.state()).to_contain_text("Archived")
    ada.button("New stream like it").click()
    expect(ada.field("Filter word")).to_have_value("kiosk")


def test_an_expired_session_says_so_and_keeps_what_was_typed(desk: OpenDesk) -> None:
    ada = desk().sign_in("ada")
    ada.button("New stream").click()
    ada.field("Filter word").fill("snow")
    ada.field("Location").fill("Oslo")
    ada.context.clear_cookies(name="weir_session")
    ada.button("Start").click()
    expect(ada.page.get_by_text("Your session has ended.")).to_be_visible()
    expect(ada.field("Filter word")).to_have_value("snow")
    ada.button("Sign in with X").click()
    ada.allow("ada")
    expect(ada.field("Filter word")).to_have_value("snow")
    expect(ada.field("Location")).to_have_value("Oslo")


def test_a_denied_sign_in_is_told(desk: OpenDesk) -> None:
    ada = desk().open()
    ada.button("Sign in with X").click()
    ada.page.wait_for_url(re.compile("/oauth/auth"))
    ada.page.locator("[name=decision][value=deny]").click()
    expect(ada.page.get_by_role("alert")).to_contain_text("cancelled at X")
    expect(ada.button("Sign in with X")).to_be_visible()


def test_a_stream_shows_emotions_beside_sentiment_and_can_be_narrowed_to_one(
    desk: OpenDesk, upstream: Upstream
) -> None:
    ada = desk().sign_in("ada")
    ada.button("New stream").click()
    ada.field("Filter word").fill("lantern")
    ada.page.get_by_role("checkbox", name="Emotion").check()
    ada.button("Start").click()
    expect(ada.state()).to_contain_text("Running")
    upstream.post("this lantern makes me furious and angry", "so happy with my lantern, thank you")
    expect(ada.posts()).to_have_count(2)
    expect(ada.posts().first.locator(".chip-tone-1")).to_have_text("Joy")
    ada.page.get_by_label("Emotion").select_option("Anger")
    expect(ada.posts()).to_have_count(1)
    assert ada.texts() == ["this lantern makes me furious and angry"]


def test_a_wrong_label_is_put_right_and_can_be_exported(desk: OpenDesk, upstream: Upstream) -> None:
    ada = desk().sign_in("ada_corrects")
    ada.start("ferry")
    (post_id,) = upstream.post("great, the ferry is late again, wonderful")
    shown = ada.posts().first
    shown.locator(".reading summary").click()
    shown.get_by_role("button", name="Negative").click()
    expect(shown).to_contain_text("You corrected it:")
    expect(shown.get_by_role("button", name="Negative")).to_have_attribute("aria-pressed", "true")
    table = ada.context.request.get("/api/v1/corrections").text().splitlines()
    assert [line.split("\t")[:2] for line in table[1:]] == [[post_id, "negative"]]


def test_the_form_asks_for_what_the_platform_has(desk: OpenDesk) -> None:
    ada = desk().sign_in("ada")
    ada.button("New stream").click()
    expect(ada.field("Location")).to_be_visible()
    expect(ada.button("Try it")).to_be_visible()
    ada.page.get_by_role("checkbox", name="Bluesky").check()
    only_x = "Bluesky posts carry no place: the location applies to X only."
    expect(ada.page.get_by_text(only_x)).to_be_visible()
    expect(ada.field("Location")).to_be_visible()
    ada.page.get_by_role("group", name="Platforms").get_by_role("checkbox").first.uncheck()
    expect(ada.page.get_by_text("so there is no location to choose")).to_be_visible()
    expect(ada.field("Location")).to_have_count(0)
    expect(ada.button("Try it")).to_have_count(0)
