"""What a person does on the pages that manage machines, clients, tokens, replays and deletions."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from playwright.sync_api import FilePayload, expect

from tests.browser.desk import Desk
from tests.browser.test_quality import faults, overflow
from tests.rig.upstream import Upstream
from tests.rig.waiting import wait_until
from tests.rig.weir import Weir

OpenDesk = Callable[..., Desk]
PAGES = {
    "Machines": "Add a machine",
    "Clients": "Tokens for programs",
    "Replays": "Play a recording",
    "Deletions": "Delete posts",
}


def go(somebody: Desk, page: str) -> None:
    """Open a page by the navigation, and wait for what it ends with."""
    somebody.page.get_by_role("navigation", name="Pages").get_by_role("link", name=page).click()
    expect(somebody.page.get_by_role("heading", name=PAGES[page])).to_be_visible()


def file(name: str, data: bytes) -> FilePayload:
    """Make a file as a person would choose it."""
    return {"name": name, "mimeType": "text/plain", "buffer": data}


def recording(count: int) -> bytes:
    """Lines as X's v2 stream sends them, a second apart."""
    lines = [
        {
            "data": {
                "id": str(1_700_000_000_000_000_000 + number),
                "text": f"an old gale {number}",
                "created_at": f"2026-01-01T00:00:{number:02d}.000Z",
            }
        }
        for number in range(count)
    ]
    return "\n".join(map(json.dumps, lines)).encode()


def test_a_machine_is_seen_with_its_streams(desk: OpenDesk) -> None:
    ada = desk().sign_in("ada")
    ada.start("windmill")
    go(ada, "Machines")
    machine = ada.page.get_by_role("article").filter(has_text="windmill")
    expect(machine).to_contain_text("Connected")
    expect(machine).to_contain_text(re.compile(r"Last heartbeat\s*(just now|\d+ s ago)"))
    expect(machine.get_by_role("meter", name="Disk")).to_have_attribute(
        "aria-valuetext", re.compile(r"^[\d.]+ [GT]iB of [\d.]+ [GT]iB used$")
    )
    expect(machine).to_contain_text(re.compile(r"connected to X, \d+ streams? on it"))
    ada.field("Machine name").fill("lab 3")
    expect(ada.page.get_by_role("alert")).to_contain_text("letters, digits")
    ada.field("Machine name").fill("lab-3")
    expect(ada.page.get_by_text("bin/run collector --name lab-3")).to_be_visible()
    machine.get_by_role("link", name="windmill").click()
    expect(ada.state()).to_contain_text("Running")


def test_a_client_is_made_given_a_job_and_revoked(
    desk: OpenDesk, system: Weir, tmp_path: Path
) -> None:
    ada = desk().sign_in("ada")
    go(ada, "Clients")
    ada.field("New client").fill("lab 2")
    ada.button("Create client").click()
    with ada.page.expect_download() as download:
        ada.button("Download capture.json").click()
    download.value.save_as(tmp_path / "capture.json")
    server = json.loads((tmp_path / "capture.json").read_text())["server"]
    expect(ada.page.get_by_text(server["auth_token"], exact=True)).to_be_visible()
    ada.button("I have kept it").click()
    expect(ada.page.get_by_text(server["auth_token"])).to_have_count(0)

    def ask(method: str, path: str, **form: object) -> requests.Response:
        headers = {"Authorization": f"Token {server['auth_token']}"}
        address = server["base_url"] + path
        return requests.request(method, address, data=form, headers=headers, timeout=10)

    client = ada.page.get_by_role("article", name="lab 2")
    expect(client).to_contain_text("Never connected")
    assert ask("GET", "activejobs/").status_code == 200
    expect(client).to_contain_text("Connected")

    client.get_by_role("button", name="Give lab 2 a job").click()
    ada.field("Name").fill("bad/name")
    ada.field("Keywords").fill("hail, geo: 2.2 48.8 2.5 48.9")
    ada.button("Save the job").click()
    expect(ada.field("Name")).to_be_focused()
    expect(client.get_by_role("alert")).to_contain_text("letters, digits")
    ada.field("Name").fill("hail here")
    ada.button("Save the job").click()
    expect(client.get_by_role("list", name="Keywords")).to_contain_text("48.8° N to 48.9° N")
    client.get_by_role("button", name="Start").click()
    expect(client).to_contain_text("Asked to start")
    (job,) = ask("GET", "activejobs/").json()["results"]
    assert ask("PUT", f"jobs/{job['id']}/", status=3).ok
    assert ask("PATCH", f"jobs/{job['id']}/", total_count=1234, rate=2.5).ok
    expect(client).to_contain_text("Capturing")
    expect(client).to_contain_text("1,234")

    client.get_by_role("link", name="hail here").click()
    expect(ada.state()).to_contain_text("Running")
    expect(ada.page.get_by_text("captured by lab 2")).to_be_visible()
    expect(ada.region("Sealed files")).to_contain_text("They are on lab 2, not known here.")
    expect(ada.region("Gaps")).to_contain_text("lab 2 has reported none")
    expect(ada.page.get_by_role("link", name="Watch it live")).to_have_count(0)
    minutes = ada.region("Posts a minute").get_by_role("img")
    expect(minutes).to_have_accessible_name(re.compile(r": 1,234 posts"))
    go(ada, "Clients")

    client.get_by_role("button", name="Revoke lab 2").click()
    ada.button("Yes, revoke").click()
    expect(client).to_have_count(0)
    wait_until(lambda: ask("GET", "activejobs/").status_code == 401, 10, "the token's end")


def test_a_token_for_a_program_works_until_it_is_revoked(desk: OpenDesk, system: Weir) -> None:
    ada = desk().sign_in("ada")
    go(ada, "Clients")
    ada.button("Create token").click()
    expect(ada.field("New token")).to_have_attribute("aria-invalid", "true")
    ada.field("New token").fill("my notebook")
    ada.button("Create token").click()
    shown = ada.page.get_by_role("group", name="The token my notebook")
    headers = {"Authorization": f"Bearer {shown.locator('code').inner_text()}"}

    def status() -> int:
        return requests.get(f"{system.url}/api/v1/me", headers=headers, timeout=10).status_code

    assert status() == 200
    ada.button("I have kept it").click()
    ada.button("Revoke the token my notebook").click()
    ada.button("Yes, revoke").click()
    expect(ada.page.get_by_text("No token yet.")).to_be_visible()
    wait_until(lambda: status() == 401, 10, "the token's end")


def test_an_uploaded_recording_is_played_and_seen(desk: OpenDesk) -> None:
    ada = desk().sign_in("ada")
    go(ada, "Replays")
    chooser = ada.field("Upload a recording")

    def uploaded() -> list[object]:
        return list(ada.call("GET", "/replays/files").json()["items"])

    ada.page.route("**/replays/files?**", lambda route: None)  # as if the line were slow
    chooser.set_input_files(file("slow.jsonl", recording(12)))
    expect(ada.page.get_by_role("progressbar", name="Upload of slow.jsonl")).to_be_visible()
    ada.button("Cancel").click()
    expect(chooser).to_be_visible()
    ada.page.unroute_all()
    chooser.set_input_files(file("notes.txt", b"no posts"))
    expect(ada.page.get_by_role("alert")).to_contain_text("This file is not readable")
    chooser.set_input_files(file("gale.jsonl", recording(12)))
    expect(ada.field("File")).to_have_value(re.compile(r"-gale\.jsonl$"))
    ada.page.get_by_role("radio", name="Faster or slower").check()
    ada.field("Speed factor").fill("0")
    ada.button("Play").click()
    expect(ada.field("Speed factor")).to_have_attribute("aria-invalid", "true")
    ada.page.get_by_role("radio", name="As fast as possible").check()
    ada.button("Play").click()
    replay = ada.page.get_by_role("article", name="Replay of gale.jsonl")
    expect(replay).to_contain_text("Finished", timeout=30_000)
    expect(replay).to_contain_text("12 posts")
    replay.get_by_role("link", name="Watch").click()
    expect(ada.posts()).to_have_count(12)
    go(ada, "Replays")
    ada.button("Delete gale.jsonl").click()
    ada.button("Yes, delete").click()
    wait_until(lambda: not uploaded(), 10, "the file to be gone")
    expect(ada.page.get_by_text("No file yet.")).to_be_visible()


def test_a_deletion_is_reviewed_asked_and_done(desk: OpenDesk, upstream: Upstream) -> None:
    ada = desk().sign_in("ada")
    ada.start("tulip")
    gone, _ = upstream.post("a regretted tulip", "a proud tulip")
    expect(ada.posts()).to_have_count(2)
    go(ada, "Deletions")
    ada.button("Review").click()
    expect(ada.field("Posts")).to_have_attribute("aria-invalid", "true")
    ada.field("Posts").fill(f"https://x.com/somebody/status/{gone}\n404")
    ada.field("Reason").fill("its author asked")
    ada.button("Review").click()
    sure = ada.page.get_by_role("group", name="Confirm the deletion")
    expect(sure).to_contain_text("Delete 2 posts?")
    expect(ada.button("Cancel")).to_be_focused()
    ada.button("Yes, delete").click()
    deletion = ada.page.get_by_role("article", name="2 posts")
    expect(deletion).to_contain_text("Done", timeout=30_000)
    expect(deletion).to_contain_text("1 post taken off dashboards")
    deletion.get_by_text("Machine by machine").click()
    expect(deletion).to_contain_text(re.compile("In no capture: .*404"))
    ada.page.get_by_role("link", name="Live", exact=True).click()
    wait_until(lambda: ada.texts() == ["a proud tulip"], 10, "the other post alone")


def test_what_was_typed_outlives_the_session(desk: OpenDesk) -> None:
    ada = desk().sign_in("ada")
    go(ada, "Clients")
    ada.field("New client").fill("harbour")
    ada.context.clear_cookies(name="weir_session")
    ada.button("Create client").click()
    expect(ada.page.get_by_text("Your session has ended.")).to_be_visible()
    ada.button("Sign in with X").click()
    ada.allow("ada")
    expect(ada.field("New client")).to_have_value("harbour")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page_and_a_phone_shows_all(desk: OpenDesk, scheme: str) -> None:
    ada = desk(color_scheme=scheme).sign_in("kim")
    made = ada.call("POST", "/clients", {"name": "quay"}).json()
    ada.call("POST", f"/clients/{made['id']}/jobs", {"name": f"boats {scheme}", "keywords": "boat"})
    ada.call("POST", "/deletions", {"ids": ["1"]})
    for page in PAGES:
        go(ada, page)
        if page != "Replays":
            expect(ada.page.get_by_role("article").first).to_be_visible()
        assert faults(ada) == []
        ada.page.set_viewport_size({"width": 360, "height": 740})
        assert overflow(ada) <= 0
        ada.page.set_viewport_size({"width": 1440, "height": 900})
    go(ada, "Clients")
    ada.button("Revoke quay").click()
    ada.button("Edit").click()
    ada.field("Name").fill("")
    ada.button("Save changes").click()
    expect(ada.page.get_by_role("alert")).to_be_visible()
    assert faults(ada) == []
    ada.page.get_by_role("form", name=f"Edit boats {scheme}").get_by_role(
        "button", name="Cancel"
    ).click()
    ada.button("Yes, revoke").click()
    expect(ada.page.get_by_role("article")).to_have_count(0)
