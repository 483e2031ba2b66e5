"""Later versions of posts: dashboards replace them, and the existing client is left in peace."""

import time
from collections.abc import Callable

import msgspec

from streams.live.edits import EditedPost, EditedPosts
from streams.live.history import RecentPosts
from streams.post import Post
from tests.rig.waiting import wait_until
from tests.web.person import OldClient, Person
from tests.web.site import Site, post
from tests.web.viewing import SECONDS, Viewer
from web.live.fan_out import FanOut

Connect = Callable[..., Viewer]


def edited(made: Post) -> Post:
    made.edited = True
    return made


def test_viewers_hear_of_a_later_version_and_who_comes_afterwards_gets_that_one(
    site: Site, person: Person, connect: Connect
) -> None:
    stream = person.stream(running=True)
    viewer = connect(person)
    heard: list[dict[str, object]] = []
    viewer.client.on("edited", heard.append, namespace="/stream")
    viewer.ask("subscribe", {"stream": stream})
    now = int(time.time() * 1000)
    site.push(post(1, received_at=now), post(2), to=stream)
    viewer.wait_for_ids("1", "2")
    site.push(edited(post(1, "another text", label="negative")), post(3), to=stream)
    viewer.wait_for_ids("1", "2", "3")
    wait_until(lambda: heard, SECONDS, "the later version")
    (message,) = msgspec.convert(heard, list[dict[str, object]])
    assert message["stream"] == stream
    (told,) = msgspec.convert(message["posts"], list[dict[str, object]])
    assert (told["was"], msgspec.convert(told["post"], Post).text) == ("positive", "another text")
    again = connect(person).ask("subscribe", {"stream": stream})
    assert [each["text"] for each in again["posts"]] == ["another text", "made up", "made up"]
    totals = again["status"]["totals"]
    assert (again["seq"], totals["posts"], totals["negative"]) == (3, 3, 1)


def test_the_existing_client_hears_nothing_of_an_edit(site: Site, connect: Connect) -> None:
    client = OldClient(site)
    viewer = connect(client)
    stream = client.start().json()["stream"]
    site.push(post(1, "first"), to=stream)
    site.push(edited(post(1, "second")), to=stream)
    site.push(post(2, "third"), to=stream)
    viewer.wait_for_texts(2)
    assert [msgspec.json.decode(each)["text"] for each in viewer.texts] == ["first", "third"]


class NoRooms:
    """Rooms without anybody."""

    def has(self, _room: str) -> bool:
        return False

    def size(self, _room: str | None) -> int:
        return 0

    def enter(self, _sid: str, _room: str) -> None: ...


def test_an_edit_that_comes_while_somebody_joins_is_in_what_they_get() -> None:
    fan_out = FanOut(None, NoRooms(), 10, 10, lambda posts: [])  # type: ignore[arg-type]
    later = msgspec.Raw(msgspec.json.encode(edited(post(1, "another"))))
    with fan_out.holding("s") as held:
        fan_out.send_edited(EditedPosts("s", [EditedPost(later)]))
        recent = RecentPosts(1, msgspec.json.encode([post(1)]), 0, "e")
        answer = fan_out.join("sid", "s", recent, held)
    assert [each.text for each in msgspec.json.decode(answer.posts, type=list[Post])] == ["another"]
