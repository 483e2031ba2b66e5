"""How much one account and all together may take, and what a refusal says."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from streams.filter import Filter
from streams.quotas import RULES_FOR_EVERYBODY
from streams.store import Store
from streams.store.migrate import migrate
from streams.stream import Stream, Wanted
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
        self.uploaded = 0
        self.keeper = QuotaKeeper(store, dict, lambda _: self.uploaded, lambda: NOW)

    def account(self, name: str) -> int:
        return self.store.accounts.sign_in(name, name, name, None, b"", 0).id

    def start(self, account_id: int, word: str) -> Stream:
        made = self.store.streams.create(account_id, word, Filter(word), 0)
        self.keeper.check_start(made)
        started = self.store.streams.edit(made.id, account_id, 0, wanted=Wanted.RUNNING)
        assert started is not None
        return started

    def limit(self, subject: object, **values: float | None) -> None:
        self.store.quotas.set(str(subject), values, 0, None)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    store = Store.open(f"sqlite:///{tmp_path / 'weir.db'}")
    migrate(store.engine)
    yield Desk(store)
    store.engine.dispose()


@contextmanager
def refuses(*words: str) -> Iterator[None]:
    with pytest.raises(ApiError) as caught:
        yield
    assert (caught.value.status, caught.value.body.code) == (409, "quota_exceeded")
    for word in (*words, "An administrator can raise it"):
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


def test_nobody_takes_the_last_rules_from_the_others(desk: Desk) -> None:
    ada, bob, eve = (desk.account(name) for name in ("ada", "bob", "eve"))
    total = 5 * RULES_FOR_EVERYBODY
    desk.limit("total", x_rules=total)
    desk.limit("each", streams_running=None)
    with refuses("rules at X", "kept for the other accounts"):
        for number in range(total):
            desk.start(ada, f"a{number}")
    taken = len(desk.store.streams.running("x"))
    assert taken == total - 2 * RULES_FOR_EVERYBODY
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
    desk.uploaded = 400
    assert desk.keeper.room_for_upload(ada) == 600
    desk.uploaded = 1000
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
    record = boss.call("GET", "/people/changes?limit=1").json()["items"][0]
    assert (record["what"], record["account_id"]) == ("quotas_changed", number)
    for bad in ({"subject": "all", "limits": {}}, {"subject": "each", "limits": {"tea": 1}}):
        assert boss.call("PATCH", "/people/quotas", json=bad).status_code == 422
