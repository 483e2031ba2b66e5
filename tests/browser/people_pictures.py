"""Pictures of the people of a Weir: their limits, and a start that one of them refused."""

from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, expect

from tests.browser.desk import Desk
from tests.rig.weir import Weir
from tests.web.administrator import PASSWORD, command

PEOPLE = {"viewport": {"width": 1180, "height": 1240}, "color_scheme": "light"}
REFUSED = {"viewport": {"width": 1180, "height": 520}, "color_scheme": "light"}


def take(browser: Browser, weir: Weir, folder: Path) -> None:
    """Let people in, limit one of them, and take a picture of both sides."""
    with ExitStack() as stack:

        def somebody(**context: Any) -> Desk:
            return stack.enter_context(closing(Desk(browser, weir.url, **context))).open()

        boss, ada = somebody(**PEOPLE), somebody(**REFUSED)
        join(boss, command(weir.env, "link").stdout.strip().rpartition("/")[2], "boss")
        asked = {"domain": "newsroom.example", "seats": 25}
        join(ada, boss.call("POST", "/invitations", asked).json()["token"], "ada")
        boss.call("POST", "/invitations", {"handle": "grace_h", "role": "viewer"})
        number = ada.call("GET", "/me").json()["id"]
        limits = {"streams_running": 2, "x_rules": 40, "usd_day": 5}
        boss.call("PATCH", "/people/quotas", {"subject": number, "limits": limits})
        boss.call("PATCH", "/people/quotas", {"subject": "total", "limits": {"usd_month": 500}})
        ids = [new_stream(ada, word) for word in ("harvest", "orchard", "cider")]
        for stream_id in ids[:2]:
            ada.call("POST", f"/streams/{stream_id}/start")
        refused(ada, ids[2], folder / "refused.png")
        people(boss, folder / "people.png")


def join(desk: Desk, token: str, name: str) -> None:
    """Make the account of a link, and open the page as it."""
    desk.call("POST", "/join", {"token": token, "name": name, "password": PASSWORD})
    desk.page.reload()


def new_stream(desk: Desk, word: str) -> str:
    """Save a stream."""
    body = {"name": word.capitalize(), "filter": {"word": word}}
    stream_id: str = desk.call("POST", "/streams", body).json()["id"]
    return stream_id


def refused(desk: Desk, stream_id: str, picture: Path) -> None:
    """The page of a stream that may not start."""
    desk.page.goto(f"/#/live/{stream_id}")
    desk.page.reload()
    desk.button("Start").click()
    expect(desk.page.get_by_role("alert")).to_contain_text("your limit is 2")
    shoot(desk, picture)


def people(desk: Desk, picture: Path) -> None:
    """What one account uses, and may use."""
    desk.page.goto("/#/people")
    desk.page.get_by_text("What ada@newsroom.example uses").click()
    expect(desk.page.get_by_role("list", name="Limits of ada@newsroom.example")).to_be_visible()
    desk.page.get_by_role("heading", name="Pending invitations").scroll_into_view_if_needed()
    shoot(desk, picture)


def shoot(desk: Desk, picture: Path) -> None:
    """Take one picture."""
    desk.page.mouse.move(0, 0)
    desk.page.wait_for_timeout(500)
    desk.page.screenshot(path=picture)
    print(picture)
