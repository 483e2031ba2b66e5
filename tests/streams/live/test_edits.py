"""A later version of a post takes its place, and its label that in every count."""

from collections import Counter
from collections.abc import Mapping

import msgspec
import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams import names
from streams.batch import Batch
from streams.live import history
from streams.live.deletion import erase
from streams.live.edits import EditedPost, EditedPosts, applied, decoded, edited
from streams.live.relay import Relay
from streams.post import COUNT_KINDS, Author, CountKind, Post, count_kind

A, B = "a" * 16, "b" * 16
NOW = 1_800_000_000
X_VERSIONS = {"2": ("1",), "3": ("1", "2")}


def post(post_id: str, kind: CountKind = "neutral", at: int = NOW, **fields: object) -> Post:
    """Make a post that is counted as `kind`; what replaces others says so by its id."""
    label, model = ("unknown", None) if kind == "not_labelled" else (kind, "7")
    made = {"text": f'{kind} "label":"negative"', "label": label, "model": model, **fields}
    return Post(post_id, received_at=at * 1000, author=Author("9"), **made)  # type: ignore[arg-type]


def version(post_id: str, kind: CountKind, at: int = NOW) -> Post:
    return post(post_id, kind, at, edited=True, replaces=X_VERSIONS.get(post_id, ()))


def push(
    client: redis.Redis,
    number: int,
    *posts: Post,
    at: int = NOW,
    known: tuple[str, ...] = (),
    ring: int = 500,
) -> list[EditedPosts]:
    """Relay a batch to stream A; return what viewers hear of edits. `known` streams had them."""
    edits = {index: known for index, each in enumerate(posts) if each.edited is True}
    batch = Batch("x", 1, number, list(posts), [(A,)] * len(posts), edits=edits)
    with client.pubsub() as pubsub:  # type: ignore[no-untyped-call]
        pubsub.subscribe(names.CHANNEL_EDITED)
        assert pubsub.get_message(timeout=5)["type"] == "subscribe"
        assert Relay(client, ring).push(batch, at)
        client.publish(names.CHANNEL_EDITED, "end")
        heard = []
        while (message := pubsub.get_message(timeout=5)["data"]) != b"end":
            heard.append(decoded(message))
        return heard


def ring_of(client: redis.Redis) -> list[tuple[str, str]]:
    found = msgspec.json.decode(history.recent(client, A, None, 500).posts)
    return [(each["id"], "gone" if "deleted" in each else count_kind_of(each)) for each in found]


def count_kind_of(entry: Mapping[str, object]) -> CountKind:
    return count_kind(msgspec.convert(entry, Post))


def counts(client: redis.Redis) -> dict[str, int]:
    totals = history.totals(client, A)
    assert totals["posts"] == sum(totals[kind] for kind in COUNT_KINDS)
    return {kind: totals[kind] for kind in COUNT_KINDS if totals[kind]}


def counted_everywhere(client: redis.Redis, now: int) -> dict[str, int]:
    """Return the counts, after comparing totals, seconds, and what is on its way to SQL."""
    found = counts(client)
    series = history.series(client, A, now, 7200)
    assert all(getattr(second, kind) >= 0 for second in series for kind in COUNT_KINDS)
    sums = {kind: sum(getattr(second, kind) for second in series) for kind in COUNT_KINDS}
    assert {kind: n for kind, n in sums.items() if n} == found
    stored: Counter[str] = Counter()
    pending: dict[bytes, bytes] = client.hgetall(names.minutes_key("x"))  # type: ignore[assignment]
    by_minute: Counter[tuple[str, str]] = Counter()
    for name, count in pending.items():
        if not name.startswith(b"@") and not name.endswith(b"|left_out"):
            _, minute, kind = name.decode().split("|")
            stored[kind] += int(count)
            by_minute[minute, kind] += int(count)
    assert all(count >= 0 for count in by_minute.values())
    assert {kind: n for kind, n in stored.items() if n} == found
    return found


@pytest.mark.parametrize("chain", [("1", "1", "1"), ("1", "2", "3")])
def test_a_later_version_replaces_the_earlier_one_and_is_counted_in_its_second(
    client: redis.Redis, chain: tuple[str, str, str]
) -> None:
    first, second, third = chain
    push(client, 1, post("0"), post(first), post("9"))
    told = push(client, 2, version(second, "positive", NOW + 70), at=NOW + 70)
    assert [(each.was, each.at) for each in told[0].posts] == [("neutral", NOW)]
    assert counted_everywhere(client, NOW + 70) == {"neutral": 2, "positive": 1}
    assert [each.at for each in history.series(client, A, NOW + 70, 600)] == [NOW]
    told = push(client, 3, version(third, "negative", NOW + 90), at=NOW + 90, known=(A,))
    assert [(each.was, each.at) for each in told[0].posts] == [("positive", NOW)]
    assert counted_everywhere(client, NOW + 90) == {"neutral": 2, "negative": 1}
    assert ring_of(client) == [("0", "neutral"), (third, "negative"), ("9", "neutral")]
    assert history.recent(client, A, 2, 500).seq == 3
    shown = msgspec.json.decode(told[0].posts[0].post, type=Post)
    assert (shown.edited, shown.received_at) == (True, NOW * 1000)


def test_versions_in_one_batch_are_one_post(client: redis.Redis) -> None:
    told = push(client, 1, post("1"), version("2", "positive"), version("3", "negative"))
    assert told == []
    assert ring_of(client) == [("3", "negative")]
    assert counted_everywhere(client, NOW) == {"negative": 1}


def test_a_later_version_of_a_post_that_a_stream_never_got_is_a_new_post(
    client: redis.Redis,
) -> None:
    assert push(client, 1, version("2", "positive")) == []
    assert ring_of(client) == [("2", "positive")]
    assert counted_everywhere(client, NOW) == {"positive": 1}


def test_a_version_of_a_post_past_the_ring_is_shown_and_moves_no_count(
    client: redis.Redis,
) -> None:
    push(client, 1, post("1"), post("8"), ring=1)
    told = push(client, 2, version("2", "positive"), known=(A,), ring=1)
    assert [(each.was, each.at) for each in told[0].posts] == [(None, None)]
    assert ring_of(client) == [("8", "neutral")]
    assert counted_everywhere(client, NOW) == {"neutral": 2}


def test_counts_by_second_that_have_lapsed_stay_and_the_post_says_as_what_it_counts(
    client: redis.Redis,
) -> None:
    push(client, 1, post("1"), post("5", "positive"))
    client.delete(names.second_key(A, NOW // 60))
    told = push(client, 2, version("2", "positive"))
    assert [each.was for each in told[0].posts] == [None]
    assert b'"counted_as":"neutral"' in bytes(told[0].posts[0].post)
    push(client, 3, version("3", "negative"))
    assert counts(client) == {"neutral": 1, "positive": 1}


@pytest.mark.parametrize("named", ["1", "2", "@9"])
def test_a_deletion_by_any_version_takes_the_chain_and_no_version_returns(
    client: redis.Redis, named: str
) -> None:
    push(client, 1, post("1"))
    push(client, 2, version("2", "positive"))
    posts, authors = ([], ["9"]) if named == "@9" else ([named], [])
    assert erase(client, A, posts, authors, (NOW + 5) * 1000) == 1
    assert ring_of(client) == [("2", "gone")]
    told = push(client, 3, version("3", "negative", NOW + 9), known=(A,))
    assert told == []
    assert ring_of(client) == [("2", "gone")]
    assert counted_everywhere(client, NOW) == {"positive": 1}


KINDS = st.sampled_from(COUNT_KINDS)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("post"), st.integers(0, 5), KINDS),
        st.tuples(st.just("edit"), st.integers(0, 5), KINDS),
        st.tuples(st.just("erase"), st.integers(0, 5), KINDS),
        st.tuples(st.just("left_out"), st.integers(1, 3), KINDS),
        st.tuples(st.just("wait"), st.integers(1, 90), KINDS),
    ),
    max_size=25,
)


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(STEPS)
def test_whatever_comes_every_count_agrees_and_each_post_counts_once(
    client: redis.Redis, steps: list[tuple[str, int, CountKind]]
) -> None:
    client.flushdb()
    now, came, left_out = NOW, set[int](), 0
    for number, (step, value, kind) in enumerate(steps, 1):
        if step == "wait":
            now += value
        elif step == "left_out":
            left_out += value
            Relay(client, 3).count_left_out("x", {f"t{number}": {A: value}}, now)
        elif step == "erase":
            erase(client, A, [str(value)], [], now * 1000)
        elif step == "edit" or value not in came:
            made = (version if step == "edit" else post)(str(value + 10), kind, now)
            known = (A,) if value in came else ()
            push(client, number, made, at=now, known=known, ring=3)
            came.add(value)
        assert sum(counted_everywhere(client, now).values()) == len(came) + left_out
        ids = [each for each, _ in ring_of(client)]
        assert len(set(ids)) == len(ids)


def test_versions_take_their_places_in_an_array_of_posts() -> None:
    entries = [post("0"), post("1"), post("4")]
    array = msgspec.json.encode(entries)
    later = EditedPosts(A, [EditedPost(msgspec.Raw(msgspec.json.encode(version("2", "positive"))))])
    assert applied(array, []) is array
    after = applied(array, [later])
    assert [each.id for each in msgspec.json.decode(after, type=list[Post])] == ["0", "2", "4"]
    assert edited(array) == []
    assert [each.post for each in edited(after)] == [later.posts[0].post]
    assert applied(b"[]", [later]) == b"[]"
