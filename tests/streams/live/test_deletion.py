"""Deleted posts leave the ring, the relay and nobody's numbers."""

import msgspec
import pytest
import redis

from streams import names
from streams.batch import Batch
from streams.live import history
from streams.live.deletion import DeletedPosts, decoded, erase, erased
from streams.live.relay import Relay, split
from streams.post import Author, Post
from tests.rig.waiting import wait_until

A, B = "a" * 16, "b" * 16
NOW = 1_800_000_000


def post(number: int, author: str = "9", **fields: object) -> Post:
    made = {"text": f"rain {number}", "received_at": number, **fields}
    return Post(str(number), author=Author(author), **made)  # type: ignore[arg-type]


def push(client: redis.Redis, number: int, *posts: Post, to: tuple[str, ...] = (A,)) -> None:
    batch = Batch("x", 1, number, list(posts), [to] * len(posts))
    assert Relay(client, 500).push(batch, NOW)


def ring(client: redis.Redis, stream_id: str = A) -> list[dict[str, object]]:
    kept: list[dict[str, object]] = msgspec.json.decode(
        history.recent(client, stream_id, None, 500).posts
    )
    return kept


def test_a_deleted_post_becomes_a_tombstone_in_its_place(client: redis.Redis) -> None:
    push(client, 1, post(1), post(2), post(3), to=(A, B))
    assert erase(client, A, ["2", "77"], [], 5) == 1
    assert [each["id"] for each in ring(client)] == ["1", "2", "3"]
    assert ring(client)[1] == {"id": "2", "deleted": True}
    assert "text" in ring(client, B)[1]  # another stream's
    since = history.recent(client, A, 1, 500)
    assert (since.seq, since.missed) == (3, 0)
    assert erased(since.posts) == ["2"]
    assert history.totals(client, A)["posts"] == 3


def test_the_posts_of_an_author_go_as_far_as_they_were_received_by_then(
    client: redis.Redis,
) -> None:
    push(client, 1, post(1, "42"), post(2), post(3, "42"), post(7, "42"))
    assert erase(client, A, [], ["42"], 5) == 2
    assert [each.get("deleted", False) for each in ring(client)] == [True, False, True, False]


def test_a_post_that_is_on_its_way_does_not_reach_anybody(client: redis.Redis) -> None:
    erase(client, A, ["2"], ["42"], 5)
    with client.pubsub(ignore_subscribe_messages=True) as pubsub:  # type: ignore[no-untyped-call]
        pubsub.subscribe(names.CHANNEL_FRAMES)
        push(client, 1, post(1), post(2), post(3, "42"), post(6, "42"), to=(A, B))
        message = wait_until(lambda: pubsub.get_message(timeout=1), 5, "the frames")
    frames = {frame.stream_id: frame for frame in split(message["data"])}
    assert erased(frames[A].posts) == ["2", "3"]
    assert (frames[A].seq, frames[A].count) == (4, 4)
    assert erased(frames[B].posts) == []
    assert [each.get("deleted", False) for each in ring(client)] == [False, True, True, False]


@pytest.mark.parametrize(
    "text", ['{"id":"2"', '"author":{"id":"42"}', '"deleted":true}', '","received_at":1,"']
)
def test_a_text_cannot_pass_for_another_post(client: redis.Redis, text: str) -> None:
    push(client, 1, post(1, "9", text=text, received_at=9, url=text))
    assert erase(client, A, ["2"], ["42"], 5) == 0
    assert ring(client)[0]["text"] == text
    assert erase(client, A, ["1"], [], 5) == 1


def test_viewers_are_told_what_was_named_and_what_was_found(client: redis.Redis) -> None:
    push(client, 1, post(1, "42"))
    with client.pubsub(ignore_subscribe_messages=True) as pubsub:  # type: ignore[no-untyped-call]
        pubsub.subscribe(names.CHANNEL_DELETED)
        wait_until(lambda: client.pubsub_numsub(names.CHANNEL_DELETED)[0][1], 5, "a listener")
        erase(client, A, ["5"], ["42"], 5)
        message = wait_until(lambda: pubsub.get_message(timeout=1), 5, "the word")
    assert decoded(message["data"]) == DeletedPosts(A, ["5", "1"], ["42"])


def test_thousands_are_deleted_at_once_and_twice_is_once(client: redis.Redis) -> None:
    push(client, 1, *(post(n) for n in range(100)))
    named = [str(n) for n in range(50, 3000)]
    assert erase(client, A, named, [str(n) for n in range(5000, 6500)], 5) == 50
    assert erase(client, A, named, [], 5) == 0
