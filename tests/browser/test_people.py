"""An administrator by the link of the terminal, and the people they let in."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.desk import Desk
from tests.browser.test_quality import faults, overflow
from tests.rig.weir import Weir
from tests.web.administrator import PASSWORD, command

OpenDesk = Callable[..., Desk]


def enter(somebody: Desk, name: str, button: str) -> None:
    """Fill in name and password, and send them."""
    somebody.field("Name").fill(name)
    somebody.field("Password").fill(PASSWORD)
    somebody.button(button).click()


def test_an_administrator_comes_in_by_the_link_and_lets_others_in(
    desk: OpenDesk, system: Weir
) -> None:
    boss = desk()
    boss.page.goto(command(system.env, "link").stdout.strip())
    expect(boss.page.get_by_text("This link makes you an administrator")).to_be_visible()
    assert faults(boss) == []
    enter(boss, "boss", "Create account")
    boss.page.get_by_role("navigation", name="Pages").get_by_role("link", name="People").click()
    expect(boss.page.get_by_role("heading", name="Accounts")).to_be_visible()
    boss.field("Role").select_option("viewer")
    boss.button("Invite").click()
    link = boss.page.get_by_role("group", name="The link").locator("code")
    address = link.inner_text()

    guest = desk()
    guest.page.goto(address)
    expect(guest.page.get_by_text("This link makes you a viewer")).to_be_visible()
    guest.field("Name").fill("x")
    guest.field("Password").fill("short")
    guest.button("Create account").click()
    expect(guest.field("Name")).to_be_focused()
    enter(guest, "guest", "Create account")
    pages = guest.page.get_by_role("navigation", name="Pages")
    pages.get_by_role("link", name="Clients").click()
    expect(guest.page.get_by_role("list", name="Sessions")).to_contain_text("This browser")
    expect(pages.get_by_role("link", name="People")).to_have_count(0)
    expect(guest.region("What you use")).to_contain_text("0 of 100")
    assert faults(guest) == []

    accounts = boss.page.get_by_role("list", name="Accounts")
    expect(accounts).to_contain_text("guest")
    boss.field("Role of guest").select_option("editor")
    record = boss.page.get_by_role("list", name="Audit log")
    expect(record).to_contain_text("boss changed the role of guest to editor")
    boss.field("All: dollars a month").fill("500")
    boss.field("All: dollars a month").press("Enter")
    expect(record).to_contain_text("boss changed the limits of all together")
    boss.page.get_by_text("What guest uses").click()
    uses = boss.page.get_by_role("list", name="Limits of guest")
    expect(uses).to_contain_text("0 used of 100")
    boss.field("Limit: running streams of guest").fill("3")
    boss.field("Limit: running streams of guest").press("Enter")
    expect(record).to_contain_text("boss changed the limits of guest: streams running 3")
    expect(uses).to_contain_text("0 used of 3; set for this account")
    boss.button("Reset running streams of guest").click()
    expect(record).to_contain_text("streams running by default")
    expect(uses).to_contain_text("0 used of 100")
    boss.field("All: dollars a month").fill("")
    boss.field("All: dollars a month").press("Enter")
    assert faults(boss) == []
    boss.page.set_viewport_size({"width": 360, "height": 740})
    assert overflow(boss) == 0
    boss.button("Suspend guest").click()
    boss.button("Yes, suspend").click()
    expect(accounts).to_contain_text("suspended")

    guest.page.reload()
    guest.page.get_by_text("Sign in with a password").click()
    enter(guest, "guest", "Sign in")
    expect(guest.page.get_by_role("alert")).to_contain_text("Your account is suspended")
