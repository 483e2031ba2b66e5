"""The Mastodon source against a double of an instance: what comes, what breaks, what is fetched."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec
import pytest
from msgspec import UNSET

from streams.filter import Filter
from streams.plan import Plan
from streams.settings import Settings
from streams.stream import Stream, Wanted
from tests.rig.waiting import wait_until
from tests.simulator.double import SECONDS
from tests.simulator.instance import TOKEN, Instance
from workers.collector.recent_ids import RecentIds
from workers.sources.mastodon.source import MastodonSource
from workers.sources.source import Arrival, Received, Skipped


@pytest.fixture(scope="module")
def running_instance() -> Iterator[Instance]:
    instance = Instance("--token", TOKEN)
    yield instance
    assert instance.stop() == 0
    assert instance.complaints == ""


@pytest.fixture
def instance(running_instance: Instance) -> Iterator[Instance]:
    yield running_instance
    running_instance.control("POST", "reset")
    running_instance.set(requests_per_window=300)


def stream(
    stream_id: str, *words: str, languages: tuple[str, ...] = (), local: bool = False
) -> Stream:
    wanted, plan = Filter(keywords=words, languages=languages), Plan(local=local)
    return Stream(stream_id, 1, stream_id, "mastodon", wanted, Wanted.RUNNING, 1, False, 0, 0, plan)


class Reader:
    """A source whose lines are kept, as a collector's intake takes them: doubles removed."""

    def __init__(self, source: MastodonSource) -> None:
        self.source = source
        self.lines: list[Received] = []
        self._ids = RecentIds()
        self._thread = threading.Thread(target=source.run, args=(self._receive,), daemon=True)
        self._thread.start()

    def _receive(self, line: Received) -> None:
        if isinstance(line.content, Skipped) or self._ids.add(line.content.key):
            self.lines.append(line)
        self.source.taken(line.position)

    def arrived(self) -> list[tuple[str, tuple[str, ...]]]:
        """Texts and the streams that they are for."""
        contents = [line.content for line in list(self.lines)]
        return [(c.post.text, c.stream_ids) for c in contents if isinstance(c, Arrival)]

    def skipped(self) -> list[Skipped]:
        return [line.content for line in list(self.lines) if isinstance(line.content, Skipped)]

    def wait(self, *texts: str) -> None:
        wanted = set(texts)
        wait_until(lambda: wanted <= {t for t, _ in self.arrived()}, SECONDS, f"{self.arrived()}")

    def stop(self) -> None:
        self.source.stop()
        self._thread.join(2.0)
        assert not self._thread.is_alive(), "the source did not stop within two seconds"


Start = Callable[..., Reader]


@pytest.fixture
def start(instance: Instance, tmp_path: Path) -> Iterator[Start]:
    """Start a source that follows streams and is connected."""
    with ExitStack() as stack:

        def run(*streams: Stream, token: str = TOKEN, silence: float = 10.0) -> Reader:
            settings = Settings(
                data_dir=tmp_path, mastodon_instance=instance.base, mastodon_token=token
            )
            reader = Reader(
                MastodonSource("mastodon", settings, silence, first_wait=0.1, settle=0.2)
            )
            stack.callback(reader.source.commit, True)
            stack.callback(reader.stop)
            reader.source.follow(streams)
            return reader

        yield run


def connected(instance: Instance, *channels: str) -> None:
    """Wait until one connection follows these channels."""
    wait_until(lambda: instance.following() == [sorted(channels)], SECONDS, "the channels")


@contextmanager
def away(instance: Instance, reader: Reader) -> Iterator[None]:
    """Break the connection, and let it stand again afterwards."""
    instance.fault("http_503", path="/api/v1/streaming", count=1000)
    instance.fault("close")
    wait_until(lambda: instance.following() == [], SECONDS, "the connection to break")
    yield
    instance.control("DELETE", "faults")
    wait_until(lambda: reader.source.link().connection == "connected", SECONDS, "a connection")


def test_posts_come_as_sent_for_the_streams_that_they_match(
    instance: Instance, start: Start
) -> None:
    reader = start(
        stream("rain", "rain"), stream("deutsch", "rain", languages=("de",)), stream("tag", "#Fog")
    )
    connected(instance, "public", "hashtag:fog")
    instance.deliver("rain in Spain", "sun")
    instance.deliver("Rain im Mai", language="de")
    instance.deliver("nothing written", tags=[{"name": "fog", "url": "x"}])
    (post_id,) = instance.deliver("fog #fog https://example.org/fog/that/is/long/enough")
    last = "fog #fog https://example.org/fog/that/is/long/enough"
    reader.wait(last)
    assert reader.arrived() == [
        ("rain in Spain", ("rain",)),
        ("Rain im Mai", ("rain", "deutsch")),
        ("nothing written", ("tag",)),
        (last, ("tag",)),
    ]
    raw = msgspec.json.decode(reader.lines[-1].raw)
    assert (raw["id"], raw["account"]["acct"]) == (post_id, "ann")
    link = reader.source.link()
    assert link.connection == "connected"
    assert (link.last_line_at or 0) >= reader.lines[-1].received_at  # it came on both channels
    assert reader.source.outages() == []


def test_a_local_stream_gets_posts_of_the_instances_own_people_also_fetched_ones(
    instance: Instance, start: Start
) -> None:
    reader = start(stream("here", "rain", local=True), stream("tag", "#fog", local=True))
    connected(instance, "public:local", "hashtag:local:fog")
    elsewhere = {"id": "8", "acct": "bob@elsewhere.example"}
    with away(instance, reader):
        instance.deliver("rain there", "#fog there", account=elsewhere)
        instance.deliver("rain 1", "#fog 1")
    instance.deliver("rain there", account=elsewhere)
    instance.deliver("rain 2")
    reader.wait("rain 1", "rain 2", "#fog 1")
    assert sorted(reader.arrived()) == [
        ("#fog 1", ("tag",)),
        ("rain 1", ("here",)),
        ("rain 2", ("here",)),
    ]
    reader.source.follow([stream("all", "rain"), stream("here", "rain", local=True)])
    connected(instance, "public", "public:local")
    instance.deliver("rain 3", account=elsewhere)
    instance.deliver("rain 4")
    reader.wait("rain 3", "rain 4")
    found = dict(reader.arrived())
    assert (found["rain 3"], found["rain 4"]) == (("all",), ("all", "here"))


def test_streams_come_and_go_on_a_standing_connection(instance: Instance, start: Start) -> None:
    reader = start(stream("a", "rain"))
    connected(instance, "public")
    followed = reader.source.follow([stream("b", "#fog")])
    assert followed["b"].fault is None
    connected(instance, "hashtag:fog")
    instance.deliver("rain #fog")
    wait_until(lambda: [ids for _, ids in reader.arrived() if "b" in ids], SECONDS, "the post")
    assert len(instance.control("GET", "")["connections"]) >= 1
    reader.source.follow([])
    connected(instance)


def test_what_was_missed_is_fetched_and_the_gap_stays(instance: Instance, start: Start) -> None:
    reader = start(stream("a", "rain"))
    connected(instance, "public")
    instance.deliver("rain 0")
    reader.wait("rain 0")
    with away(instance, reader):
        instance.deliver(*(f"rain {number}" for number in range(1, 96)), "sun")
    instance.deliver("rain 96")
    reader.wait(*(f"rain {number}" for number in range(97)))
    assert len(reader.arrived()) == 97
    contents = [line.content for line in reader.lines]
    posts = [each.post for each in contents if isinstance(each, Arrival)]
    marked = {post.text for post in posts if post.backfilled is True}
    assert marked >= {f"rain {number}" for number in range(1, 96)}
    assert "rain 0" not in marked
    (outage,) = reader.source.outages()
    assert outage.reason in ("disconnected", "upstream_error")
    assert 0 < outage.until - outage.since < 60_000
    wait_until(lambda: reader.source.follow([stream("a", "rain")])["a"].note, SECONDS, "a note")
    note = reader.source.follow([stream("a", "rain")])["a"].note or ""
    assert "posts were fetched afterwards" in note
    assert "may be missing" in note


def test_a_stream_that_starts_after_a_break_gets_nothing_of_it(
    instance: Instance, start: Start
) -> None:
    reader = start(stream("a", "rain"))
    connected(instance, "public")
    with away(instance, reader):
        instance.deliver("rain and fog")
        reader.source.follow([stream("a", "rain"), stream("b", "fog")])
    reader.wait("rain and fog")
    assert reader.arrived() == [("rain and fog", ("a",))]


def test_a_killed_collectors_heir_fetches_what_was_missed_and_nothing_twice(
    instance: Instance, start: Start
) -> None:
    killed = start(stream("a", "rain"))
    connected(instance, "public")
    instance.deliver("rain 1", "rain 2")
    killed.wait("rain 1", "rain 2")
    killed.stop()  # without a last commit, as a kill leaves it
    wait_until(lambda: instance.following() == [], SECONDS, "its end")
    instance.deliver("rain 3")
    restarted = msgspec.structs.replace(stream("b", "rain"), changed_at=2**50)
    heir = start(stream("a", "rain"), restarted)
    connected(instance, "public")
    instance.deliver("rain 4")
    heir.wait("rain 3", "rain 4")
    found = heir.arrived()
    assert sorted(found) == [("rain 3", ("a",)), ("rain 4", ("a", "b"))]
    assert heir.source.outages() == []  # its collector knows of that gap


def test_what_the_rate_limit_does_not_allow_is_not_fetched(
    instance: Instance, start: Start
) -> None:
    reader = start(stream("a", "rain"))
    connected(instance, "public")
    with away(instance, reader):
        instance.set(requests_per_window=62)  # two more than are left to other programs
        instance.deliver(*(f"rain {number}" for number in range(120)))
    instance.deliver("rain at last")
    reader.wait("rain at last")
    wait_until(lambda: reader.source.follow([stream("a", "rain")])["a"].note, SECONDS, "a note")
    note = reader.source.follow([stream("a", "rain")])["a"].note or ""
    assert note.endswith("the rest could not be.")
    assert 0 < len(reader.arrived()) < 121


def test_an_edit_comes_as_a_later_version_and_a_deletion_names_the_streams_that_had_the_post(
    instance: Instance, start: Start
) -> None:
    reader = start(stream("a", "rain"), stream("b", "fog"))
    connected(instance, "public")
    post_id, _ = instance.deliver("rain", "sun")
    instance.control("POST", "edits", json={"id": post_id, "text": "more rain"})
    instance.control("POST", "deletions", json={"ids": ["99", post_id]})
    wait_until(lambda: len(reader.skipped()) == 2, SECONDS, "the deletions")
    assert reader.skipped() == [
        Skipped("deletion", deleted=("99",)),
        Skipped("deletion", deleted=(post_id,), deleted_from=("a",)),
    ]
    contents = [line.content for line in reader.lines]
    first, edit = [each for each in contents if isinstance(each, Arrival)]
    assert (edit.post.id, edit.stream_ids, edit.had) == (first.post.id, ("a",), ("a",))
    assert (first.post.edited, first.version) == (UNSET, "")
    assert (edit.post.edited, edit.post.text) == (True, "more rain")
    assert edit.version
    assert b"more rain" in reader.lines[-3].raw


def test_a_post_that_was_deleted_before_it_came_is_left_out(
    instance: Instance, start: Start
) -> None:
    reader = start(stream("a", "rain"))
    connected(instance, "public")
    instance.control("POST", "deletions", json={"ids": ["113000000000000001"]})
    instance.deliver("rain that was", id="113000000000000001")
    instance.deliver("rain")
    reader.wait("rain")
    assert [text for text, _ in reader.arrived()] == ["rain"]
    announced = Skipped("deletion", deleted=("113000000000000001",))
    assert reader.skipped() == [announced, Skipped("deleted")]


def test_garbage_is_counted_and_the_stream_goes_on(instance: Instance, start: Start) -> None:
    reader = start(stream("a", "rain"))
    connected(instance, "public")
    instance.fault("garbage_line")
    instance.fault("garbage_line", line='{"stream":["public"],"event":"update","payload":"{"}')
    instance.fault("garbage_line", line='{"event":"announcement","payload":"{}"}')
    instance.deliver("rain")
    reader.wait("rain")
    assert [each.kind for each in reader.skipped()] == ["unreadable", "not_json", "announcement"]


def test_a_connection_without_a_sign_of_life_is_given_up(instance: Instance, start: Start) -> None:
    reader = start(stream("a", "rain"), silence=0.3)
    connected(instance, "public")
    instance.fault("stall")
    wait_until(lambda: reader.source.outages(), SECONDS, "another connection")
    connected(instance, "public")
    instance.deliver("rain")
    reader.wait("rain")


def test_a_quiet_connection_is_proved_to_stand(instance: Instance, start: Start) -> None:
    reader = start(stream("a", "rain"), silence=0.3)
    connected(instance, "public")
    before = reader.source.link().last_line_at or 0
    wait_until(lambda: (reader.source.link().last_line_at or 0) > before, SECONDS, "a pong")
    assert reader.source.outages() == []


@pytest.mark.parametrize(
    ("status", "code", "connection"),
    [
        (401, "unauthorized", "refused"),
        (403, "forbidden", "refused"),
        (429, "rate_limited", "backing_off"),
        (503, "upstream_error", "backing_off"),
    ],
)
def test_a_refusal_says_what_to_do(
    status: int, code: str, connection: str, instance: Instance, start: Start
) -> None:
    instance.fault("http_503", status=status, path="/api/v1/streaming", line="on order")
    reader = start(stream("a", "rain"))
    wait_until(lambda: reader.source.link().fault is not None, SECONDS, "the refusal")
    link = reader.source.link()
    assert link.fault is not None
    assert (link.fault.code, link.connection) == (code, connection)
    instance.control("DELETE", "faults")
    if connection == "refused":
        reader.source.follow([stream("a", "rain"), stream("b", "fog")])  # somebody acts
    connected(instance, "public")


def test_a_bad_token_is_named_with_what_to_do_and_never_shown(start: Start) -> None:
    reader = start(stream("a", "rain"), token="not-good")
    wait_until(lambda: reader.source.link().connection == "refused", SECONDS, "the refusal")
    fault = reader.source.link().fault
    assert fault is not None
    assert "MASTODON_TOKEN" in fault.message
    assert "not-good" not in fault.message


def test_without_an_instance_streams_say_what_to_set(tmp_path: Path) -> None:
    source = MastodonSource("mastodon", Settings(data_dir=tmp_path))
    fault = source.follow([stream("a", "rain")])["a"].fault
    assert fault is not None
    assert "MASTODON_INSTANCE" in fault.message
