"""How much one account and all together may take, and what a refusal says."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pytest
from msgspec.structs import replace

from streams.filter import Filter
from streams.plan import CaptureOptions, Plan
from streams.quotas import NEWCOMERS, QUOTAS, RULES_FOR_EVERYBODY, QuotaName
from streams.replay import Replay
from streams.role import Role
from streams.store import Store
from streams.stream import Stream, Wanted
from tests.rig.database import new_store
from tests.web.administrator import administrator
from tests.web.person import Browser, Person, some_name
from tests.web.site import Site
from tests.web.viewing import Viewer, refusal
from web.errors import ApiError
from web.quotas import QuotaKeeper
from web.uploads import Uploads

NOW = 20_000 * 86_400_000


class Desk:
    """Accounts over a store of their own, and what the keeper lets them start."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.uploaded: dict[int, float] = {}
        self.sockets: dict[int, int] = {}
        self.keeper = QuotaKeeper(store, lambda: self.sockets, lambda: self.uploaded, lambda: NOW)

    def account(self, name: str) -> int:
        return self.store.accounts.sign_in(name, name, name, None, b"", 0).id

    def start(
        self, account_id: int, *words: str, plan: Plan | None = None, source: str = "x"
    ) -> Stream:
        wanted = Filter(keywords=words)
        made = self.store.streams.create(account_id, "s", wanted, 0, plan=plan, source=source)
        self.keeper.check_start(made)
        started = self.store.streams.edit(made.id, account_id, 0, wanted=Wanted.RUNNING)
        assert started is not None
        return started

    def take(self, name: QuotaName, account_id: int) -> None:
        """Take one of what a quota counts, or one more; raises ApiError."""
        if name == "sockets":
            if refused := self.keeper.socket_refusal(account_id):
                raise ApiError(409, "quota_exceeded", refused)
            self.sockets[account_id] = self.sockets.get(account_id, 0) + 1
        elif name == "upload_bytes":
            self.keeper.room_for_upload(account_id)
            self.uploaded[account_id] = self.uploaded.get(account_id, 0) + 1
        elif name == "replays_running":
            plan = Plan(replay=Replay(file="0123456789abcdef-made-up.json"))
            self.start(account_id, plan=plan, source="replay")
        elif name == "capture_bytes":
            plan = Plan(capture=CaptureOptions(some_name()))
            stream = self.start(account_id, "kept", plan=plan)
            manifest = {"collection": "kept", "file": stream.id}
            self.store.segments.add(stream.id, stream.folder or "", "lab", 1, 1, NOW, manifest)
        else:
            stream = self.start(account_id, some_name())
            counts = {(stream.id, NOW // 60_000): {"positive": 1}}
            self.store.minutes.add(stream.id, "1", counts)

    def limit(self, subject: object, **values: float | None) -> None:
        self.store.quotas.set(str(subject), values, 0, None)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    store = new_store(tmp_path)
    yield Desk(store)
    store.engine.dispose()


@contextmanager
def refuses(*words: str) -> Iterator[None]:
    with pytest.raises(ApiError) as caught:
        yield
    assert (caught.value.status, caught.value.body.code) == (409, "quota_exceeded")
    for word in (*words, "An administrator", "can raise it on the page People"):
        assert word in str(caught.value)


def test_an_account_runs_so_many_streams_and_another_account_others(desk: Desk) -> None:
    ada, bob = desk.account("ada"), desk.account("bob")
    desk.limit("each", streams_running=2)
    desk.limit(bob, streams_running=3)
    first = desk.start(ada, "a")
    desk.start(ada, "b")
    with refuses("running streams", "limit is 2"):
        desk.start(ada, "c")
    desk.keeper.check_start(first)  # runs already
    for word in "xyz":
        desk.start(bob, word)
    desk.limit("total", streams_running=5)
    with refuses("limit of this Weir is 5"):
        desk.start(desk.account("eve"), "e")


ENFORCED = [
    (name, subject)
    for name in QUOTAS
    for subject in ("each", "1", "total")
    if (name, subject) != ("x_rules", "total")  # a few are everybody's: see the last rules
]


@pytest.mark.parametrize(("name", "subject"), ENFORCED)
def test_every_quota_is_enforced_for_one_and_for_all(
    desk: Desk, name: QuotaName, subject: str
) -> None:
    ada, bob = desk.account("ada"), desk.account("bob")
    desk.limit(subject, **{name: 0.005 if name.startswith("usd") else 1})
    desk.take(name, ada)
    whose = "the limit of this Weir" if subject == "total" else "your limit"
    with refuses(QUOTAS[name].title, whose):
        desk.take(name, bob if subject == "total" else ada)
    if subject != "total":
        desk.take(name, bob)
    (use,) = [each for each in desk.keeper.use(ada) if each.name == name]
    assert (use.used, use.is_own) == (0.005 if name.startswith("usd") else 1, subject == "1")
    desk.limit(subject, **{name: None})
    desk.take(name, ada)


def test_a_refusal_names_who_can_raise_the_limit(desk: Desk) -> None:
    ada = desk.account("ada")
    for name, role in (("boss", "administrator"), ("editor", "editor")):
        desk.store.accounts.create_local(name, "hash", cast(Role, role), 0)
    desk.limit("each", streams_running=0)
    with refuses("An administrator (boss) can raise it"):
        desk.start(ada, "a")


def test_a_limit_of_one_account_is_reset_to_that_of_all(desk: Desk) -> None:
    ada = desk.account("ada")
    desk.limit("each", streams_running=7)
    desk.limit(ada, streams_running=1, sockets=2)
    desk.store.quotas.set(str(ada), {"sockets": 3}, 5, None, reset=["streams_running", "x_rules"])
    limits = desk.store.quotas.limits()
    assert limits.of[ada] == {"sockets": 3}
    assert limits.of_account(ada, "streams_running") == 7
    change = desk.store.people.changes(1, 0)[0][0]
    assert (change.what, change.account_id) == ("quotas_changed", ada)
    assert change.detail == {
        "subject": str(ada),
        "sockets": 3,
        "before": {"sockets": 2, "streams_running": 1},
        "reset": ["streams_running"],
    }


def test_one_account_with_a_hundred_streams_leaves_rules_for_all_others(desk: Desk) -> None:
    ada, bob = desk.account("ada"), desk.account("bob")

    def taken() -> int:
        return int(next(each.used for each in desk.keeper.use(ada) if each.name == "x_rules"))

    def start_hundred() -> None:
        for _ in range(100):
            desk.start(ada, *(f"{'long' * 20} {some_name()}" for _ in range(100)))

    desk.limit("1", streams_running=None)
    with refuses("rules at X", "your limit is 500"):
        start_hundred()
    assert 490 < taken() <= 500
    desk.limit("1", x_rules=None)  # even so the last are kept
    with refuses("rules at X", "the rest is kept for the other accounts"):
        start_hundred()
    assert taken() <= 1000 - (1 + NEWCOMERS) * RULES_FOR_EVERYBODY
    for account_id in (bob, *(desk.account(f"new {number}") for number in range(NEWCOMERS))):
        for _ in range(RULES_FOR_EVERYBODY):
            desk.start(account_id, some_name())


def test_nobody_takes_the_last_rules_from_the_others(desk: Desk) -> None:
    ada, bob, eve = (desk.account(name) for name in ("ada", "bob", "eve"))
    total = 20 * RULES_FOR_EVERYBODY
    desk.limit("total", x_rules=total)
    desk.limit("each", streams_running=None)
    with refuses("rules at X", "kept for the other accounts"):
        for number in range(total):
            desk.start(ada, f"a{number}")
    taken = len(desk.store.streams.running("x"))
    assert taken == total - (2 + NEWCOMERS) * RULES_FOR_EVERYBODY
    for each in (bob, eve):
        for number in range(RULES_FOR_EVERYBODY):
            desk.start(each, f"{each} {number}")
    desk.start(bob, "a1")  # shares a rule that is there
    with refuses("kept for the other accounts"):
        desk.start(bob, "one more")


def test_a_new_filter_of_a_running_stream_keeps_to_the_rules_as_well(desk: Desk) -> None:
    ada = desk.account("ada")
    desk.limit("each", x_rules=1)
    running = desk.start(ada, "a")
    desk.keeper.check_filter(replace(running, filter=Filter("b")))
    wide = Filter(keywords=tuple(f"{'long' * 20} word {number}" for number in range(20)))
    with refuses("rules at X"):
        desk.keeper.check_filter(replace(running, filter=wide))


@pytest.mark.parametrize(
    "limit",
    [{"posts_day": 50}, {"usd_day": 0.25}, {"posts_month": 50}, {"usd_month": 0.25}],
)
def test_what_is_spent_lets_nothing_start(desk: Desk, limit: dict[str, float]) -> None:
    ada = desk.account("ada")
    running = desk.start(ada, "a")
    desk.limit("total", **limit)
    desk.start(ada, "b")
    desk.store.minutes.add("x", "1", {(running.id, NOW // 60_000): {"positive": 50}})
    with refuses("limit of this Weir"):
        desk.start(ada, "c")
    use = {each.name: each for each in desk.keeper.use(ada)}
    assert (use["posts_day"].used, use["usd_day"].used) == (50, 0.25)
    assert (use["streams_running"].used, use["x_rules"].used) == (2, 2)


def test_uploads_take_what_is_left(desk: Desk) -> None:
    ada = desk.account("ada")
    desk.limit(ada, upload_bytes=1000)
    desk.uploaded = {ada: 400, 99: 800}
    assert desk.keeper.room_for_upload(ada) == 600
    desk.limit("total", upload_bytes=1500)
    assert desk.keeper.room_for_upload(ada) == 300
    desk.uploaded = {ada: 1000}
    with refuses("bytes of uploads"):
        desk.keeper.room_for_upload(ada)


def test_an_upload_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    saved = Uploads(tmp_path, 1).save(io.BytesIO(b'{"id":"1","text":"made up"}'), "a.jsonl")
    (file,) = tmp_path.rglob(saved.file)
    assert file.stat().st_mode & 0o777 == 0o600


class Meanwhile(io.BytesIO):
    """An upload during which something else happens."""

    def __init__(self, data: bytes, then: Callable[[], object]) -> None:
        super().__init__(data)
        self._then = then

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        if not data:
            self._then()
        return data


def test_uploads_that_come_in_at_once_share_what_is_left(tmp_path: Path) -> None:
    line = b'{"id":"1","text":"made up"}\n'
    uploads = Uploads(tmp_path, 1)

    def second() -> None:
        uploads.save(io.BytesIO(2 * line), "b.jsonl")

    with pytest.raises(ApiError, match="bytes of uploads and exports: 28 are left"):
        uploads.save(Meanwhile(2 * line, second), "a.jsonl", most=3 * len(line))
    assert uploads.bytes() == 2 * len(line)
    uploads.save(Meanwhile(line, second), "a.jsonl", most=3 * len(line))
    assert uploads.bytes() == 5 * len(line)


def test_limits_are_set_by_administrators_and_shown_to_everybody(
    site: Site, person: Person, connect: Callable[..., Viewer]
) -> None:
    boss: Browser = administrator(site, some_name())
    number = person.call("GET", "/me").json()["id"]
    limits = {"streams_running": 1, "sockets": 1, "upload_bytes": 20}
    change = {"subject": number, "limits": limits}
    assert person.call("PATCH", "/people/quotas", json=change).status_code == 403
    changed = boss.call("PATCH", "/people/quotas", json=change).json()
    assert changed["of"][str(number)] == limits
    person.stream(running=True)
    second = person.stream(word="hail")
    refused = person.call("POST", f"/streams/{second}/start")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "quota_exceeded")
    connect(person)
    answer = refusal(site, auth={"token": person.token})
    assert answer["data"]["code"] == "too_many_sockets"
    line = b'{"id":"1","text":"made up and too long for the limit"}'
    upload = person.call("POST", "/replays/files?name=a.jsonl", data=line)
    assert (upload.status_code, upload.json()["error"]["code"]) == (409, "quota_exceeded")
    use = {each["name"]: each for each in person.call("GET", "/quotas").json()["items"]}
    assert (use["streams_running"]["used"], use["streams_running"]["limit"]) == (1, 1)
    assert use["sockets"]["used"] == 1
    shown = boss.call("GET", f"/people/{number}/quotas").json()["items"]
    assert shown == list(use.values())
    assert use["sockets"]["is_own"]
    assert person.call("GET", f"/people/{number}/quotas").status_code == 403
    assert boss.call("GET", "/people/999999/quotas").status_code == 404
    reset = {"subject": number, "reset": ["sockets"]}
    assert (
        "sockets" not in boss.call("PATCH", "/people/quotas", json=reset).json()["of"][str(number)]
    )
    record = boss.call("GET", "/people/changes?limit=1").json()["items"][0]
    assert (record["what"], record["account_id"]) == ("quotas_changed", number)
    for bad in ({"subject": "all", "limits": {}}, {"subject": "each", "limits": {"tea": 1}}):
        assert boss.call("PATCH", "/people/quotas", json=bad).status_code == 422
