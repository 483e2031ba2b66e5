"""Deleted posts leave sealed segments; every other line stays, and the manifest still proves it."""

import gzip
import hashlib
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zstandard

from streams.deletion import DeletionOrder
from tests.workers.captures.killing_file_system import Killed, KillingDisk, QuickDisk
from tests.workers.captures.life import START, Clock, recorder_in, sealed_in
from workers.captures.maintenance.compress import compress_segment
from workers.captures.maintenance.repair import repair
from workers.captures.redaction.post_matcher import FoundPosts, PostMatcher, posts_of_x_in
from workers.captures.redaction.redaction import (
    CHANGED,
    SegmentBusyError,
    redact,
    redact_partial_tail,
    scan,
)
from workers.captures.segments.catalog import SegmentCatalog
from workers.captures.segments.compression import open_local
from workers.captures.segments.envelope import unwrap, wrap
from workers.captures.segments.file_system import FileSystem
from workers.captures.segments.manifest import Manifest, manifest_path, read_manifest
from workers.captures.segments.verify import verify
from workers.captures.settings import CaptureSettings, Compression


def order(
    *posts: str, authors: tuple[str, ...] = (), id: str = "a", reason: str = "asked"
) -> DeletionOrder:
    return DeletionOrder(id, 1, reason, START, frozenset(posts), frozenset(authors))


def v2(id: str, author: str = "9", **more: Any) -> bytes:
    data = {"id": id, "text": f'rain {id} “quoted” \\ "q"', "author_id": author, **more}
    return msgspec.json.encode({"data": data, "includes": {"users": [user(author)]}})


def user(id: str) -> dict[str, str]:
    return {"id": id, "name": f"N{id}", "username": f"u{id}"}


def capture(root: Path, *raws: bytes, received_at: int = START) -> Path:
    """Seal a segment with these lines; those that are no v2 post have no id."""
    writer, _ = recorder_in(root, QuickDisk()).open("rain")
    writer.edit(1, {"word": "rain"}, START)
    for raw in raws:
        try:
            id = msgspec.json.decode(raw)["data"]["id"]
        except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError):
            id = None
        writer.write(raw, received_at, id)
    writer.close(START)
    (data,) = sealed_in(root / "rain")
    return data


def raws(data: Path) -> list[bytes]:
    with open_local(data) as stream:
        return [unwrap(line).raw for line in stream.read().splitlines()]


def manifest_of(data: Path) -> Manifest:
    return read_manifest(manifest_path(data).read_bytes())


def is_proved(root: Path) -> bool:
    folder = SegmentCatalog(str(root))
    return all(verify(folder, each).verdict in ("ok", "unproved") for each in folder.segments())


def judged(raw: bytes, *orders: DeletionOrder) -> tuple[bytes | None, dict[str, FoundPosts]]:
    """What stays of one raw line."""
    found: dict[str, FoundPosts] = {}
    left = list(PostMatcher(orders).kept_lines([wrap(raw, START)], found))
    return (unwrap(left[0].rstrip()).raw if left else None), found


def announced(*posts: str, authors: tuple[str, ...] = (), heard_at: int = START) -> DeletionOrder:
    """A platform's announcement."""
    named = dict.fromkeys((*posts, *authors), heard_at)
    subjects = frozenset(posts), frozenset(authors)
    return DeletionOrder("p", 1, "deleted", START, *subjects, by_platform=True, heard_at=named)


def test_a_collection_that_marks_keeps_the_lines_of_what_a_platform_deleted_and_says_so(
    tmp_path: Path,
) -> None:
    quote = v2("5", referenced_tweets=[{"type": "quoted", "id": "2"}])
    data = capture(tmp_path, v2("1", "42"), v2("2"), v2("3"), quote, b"no json names 2")
    before = raws(data)
    matcher = PostMatcher([announced("2", authors=("42",), heard_at=START + 7)], ["rain"])
    matcher.enter("rain")
    assert redact(QuickDisk(), data, matcher, START + 9) is not None
    assert raws(data) == before
    records = [unwrap(line) for line in data.read_bytes().splitlines()]
    assert [each.deleted_at for each in records] == [START + 7, START + 7, None, None, None]
    (note,) = manifest_of(data).redactions
    assert (note.action, note.count, note.copies) == ("mark", 2, 0)
    assert manifest_of(data).count == len(before)
    assert is_proved(tmp_path)
    assert redact(QuickDisk(), data, matcher, START + 10) is None, "marked once"
    both = PostMatcher([announced("1", "3"), order("1")], ["rain"])
    both.enter("rain")
    assert redact(QuickDisk(), data, both, START + 11) is not None
    left = [unwrap(line) for line in data.read_bytes().splitlines()]
    assert [(each.id, each.deleted_at) for each in left] == [
        ("2", START + 7), ("3", START), ("5", None), (None, None),
    ]  # fmt: skip


def test_a_collection_that_does_not_mark_loses_what_a_platform_deleted(tmp_path: Path) -> None:
    data = capture(tmp_path, v2("1"), v2("2"))
    matcher = PostMatcher([announced("1")], ["snow"])
    matcher.enter("rain")
    assert redact(QuickDisk(), data, matcher, START) is not None
    assert raws(data) == [v2("2")]
    assert [each.action for each in manifest_of(data).redactions] == ["redact"]


def test_a_deletion_by_any_version_takes_all_lines_of_a_chain(tmp_path: Path) -> None:
    writer, _ = recorder_in(tmp_path).open("rain")
    chain = [v2("1"), v2("2", edit_history_tweet_ids=["1", "2"])]
    writer.write(chain[0], START, "1")
    writer.write(chain[1], START, "2", None, 0, ("1",))
    writer.write(b'{"made":"up"}', START, "8", None, 0)
    writer.write(b'{"another":"one"}', START, "8", None, 0, ("8",), "a")
    writer.close(START)
    (data,) = sealed_in(tmp_path / "rain")
    assert redact(QuickDisk(), data, PostMatcher([order("1", "8")]), START) is not None
    assert raws(data) == []
    assert manifest_of(data).edits == 0


def test_a_deletion_takes_the_edited_version_of_a_post_of_bluesky() -> None:
    posts = "app.bsky.feed.post"
    commit = {"operation": "update", "collection": posts, "rkey": "3k1", "record": {"text": "rain"}}
    raw = msgspec.json.encode({"did": "did:plc:made-up", "kind": "commit", "commit": commit})
    assert judged(raw, order(f"at://did:plc:made-up/{posts}/3k1"))[0] is None
    assert judged(raw, order(f"at://did:plc:made-up/{posts}/3k2"))[0] == raw


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_a_post_is_taken_out_and_every_other_line_stays_byte_for_byte(
    tmp_path: Path, compression: Compression
) -> None:
    lines = [v2(str(n)) for n in range(1, 400)]
    data = capture(tmp_path, *lines)
    if compression != "none":
        packed = compress_segment(QuickDisk(), data, compression)
        assert packed is not None
        data = packed
    before, age = manifest_of(data), data.stat().st_mtime_ns
    done = redact(QuickDisk(), data, PostMatcher([order("1", "200", "399", "777")]), START + 5)
    assert done is not None
    assert done.found == {"a": FoundPosts(["1", "200", "399"], 0, {"1", "200", "399"}, set())}
    assert raws(data) == [line for n, line in enumerate(lines, 1) if n not in (1, 200, 399)]
    after = manifest_of(data)
    assert (after.count, after.first_id, after.last_id) == (396, "2", "398")
    assert after.filters == before.filters
    (note,) = after.redactions
    assert (note.reason, note.count, note.copies) == ("asked", 3, 0)
    assert note.content_sha256 == before.content_sha256
    assert note.ids_sha256 == hashlib.sha256(b"1\n200\n399").hexdigest()
    assert data.stat().st_mtime_ns == age
    assert is_proved(tmp_path)
    stored = data.read_bytes()
    if compression == "gzip":
        assert gzip.decompress(stored).count(b"\n") == 396
    if compression == "zstd":
        assert zstandard.ZstdDecompressor().decompressobj().decompress(stored).count(b"\n") == 396
    assert redact(QuickDisk(), data, PostMatcher([order("1")]), START) is None


def test_verify_says_what_was_taken_out_and_why(tmp_path: Path) -> None:
    data = capture(tmp_path, v2("1"), v2("2"))
    redact(QuickDisk(), data, PostMatcher([order("1", reason="the author asked")]), START)
    folder = SegmentCatalog(str(tmp_path))
    (finding,) = [verify(folder, each) for each in folder.segments()]
    assert finding.verdict == "ok"
    assert finding.notes[1].startswith("1 lines removed at 2026-09-21T")
    assert finding.notes[1].endswith("the author asked")


def test_a_segment_may_lose_all_its_lines(tmp_path: Path) -> None:
    data = capture(tmp_path, v2("1"))
    assert redact(QuickDisk(), data, PostMatcher([order("1")]), START)
    after = manifest_of(data)
    assert (data.read_bytes(), after.count, after.first_id) == (b"", 0, None)
    assert is_proved(tmp_path)


def test_each_order_has_its_own_note(tmp_path: Path) -> None:
    data = capture(tmp_path, v2("1"), v2("2", "42"), v2("3"))
    orders = [order("1", id="a"), order("1", authors=("42",), id="b", reason="gone")]
    done = redact(QuickDisk(), data, PostMatcher(orders), START)
    assert done is not None
    assert [(each.reason, each.count) for each in manifest_of(data).redactions] == [
        ("asked", 1),
        ("gone", 1),
    ]
    assert done.found["b"].posts == {"1", "2"}
    assert done.found["b"].authors == {"42"}


def test_the_author_is_known_in_every_format() -> None:
    lines = [
        v2("1", "42"),
        b'{"id_str":"1","text":"rain","user":{"id_str":"42","screen_name":"u"}}',
        b'{"id":"1","text":"rain","author_id":"42","author":{"id":"42","username":"u"}}',
        b'{"retweeted_status":{"id_str":"1","full_text":"rain","user":{"id_str":"42"}},'
        b'"id_str":"2","text":"RT rain","user":{"id_str":"8"}}',
        b'{"data":{"id":"2","text":"RT rain","author_id":"8","referenced_tweets":'
        b'[{"type":"retweeted","id":"1"}]},"includes":{"tweets":[{"id":"1","text":"rain",'
        b'"author_id":"42"}]}}',
        b'{"data":[{"id":"1","text":"rain","author_id":"42"}]}',
    ]
    for line in lines:
        left, found = judged(line, order(authors=("42",)))
        assert left is None, line
        assert "1" in found["a"].posts
        assert found["a"].authors == {"42"}
        assert judged(line, order("1"))[0] is None, line
        assert judged(line, order("77", authors=("88",)))[0] == line


def test_the_posts_of_an_author_stay_when_they_came_after_the_request(tmp_path: Path) -> None:
    data = capture(tmp_path, v2("1", "42"), received_at=START + 1)
    assert redact(QuickDisk(), data, PostMatcher([order(authors=("42",))]), START + 9) is None


def test_a_copy_inside_another_post_goes_and_that_post_stays() -> None:
    quoted = b'{"id":"1","text":"secret","author_id":"42"}'
    line = (
        b'{"data":{"id":"2","text":"look","author_id":"8","referenced_tweets":'
        b'[{"type":"quoted","id":"1"}]},"includes":{"users":[{"id":"42","name":"N",'
        b'"username":"n"},{"id":"8","name":"M","username":"m"}],"tweets":[' + quoted + b"]}}"
    )
    for one in (order("1"), order(authors=("42",))):
        left, found = judged(line, one)
        assert left is not None
        assert b"secret" not in left
        value = msgspec.json.decode(left)
        assert value["data"] == msgspec.json.decode(line)["data"]
        assert (found["a"].lines, found["a"].copies, found["a"].posts) == ([], 1, {"1"})
    assert b'"username":"n"' not in (judged(line, order(authors=("42",)))[0] or b"")
    old = b'{"id_str":"2","text":"look","quoted_status":{"id_str":"1","text":"secret"}}'
    assert judged(old, order("1"))[0] == b'{"id_str":"2","text":"look"}'


def test_a_mere_mention_of_an_id_is_no_reason() -> None:
    for line in (
        b'{"data":{"id":"2","text":"1","conversation_id":"1","in_reply_to_user_id":"42",'
        b'"referenced_tweets":[{"type":"replied_to","id":"1"}]}}',
        b'{"data":{"id":"2","text":"say \\"1\\"","entities":{"mentions":[{"id":"42"}]}}}',
        b'{"data":{"id":"2","text":"a\\\\","author_id":"8","lang":"1"}}',
    ):
        assert judged(line, order("1", authors=("42",)))[0] == line


@pytest.mark.parametrize(
    "line",
    [
        b'{"data":5,"id":"1"',
        b"\xff\xfe",
        b"[1,2]",
        b'{"data":{"id":"2","text":"x","referenced_tweets":7}}',
        b'{"data":null,"includes":[],"id":1}',
        b"{" + b'"a":{' * 900 + b'"b":1' + b"}" * 901,
    ],
)
def test_a_strange_line_stays_unless_it_names_what_is_deleted(line: bytes) -> None:
    assert judged(line, order("77"))[0] == line


def test_what_nobody_can_read_goes_when_it_names_a_deleted_post() -> None:
    left, found = judged(b'{"data":{"id":"1","text":"sec', order("1"))
    assert left is None
    assert found["a"].posts == {"1"}


def test_half_a_line_that_a_crash_left_goes_too(tmp_path: Path) -> None:
    torn = tmp_path / "rain1.json.torn"
    torn.write_bytes(b'{"__weir":{},"data":{"id":"1","text":"sec')
    assert redact_partial_tail(QuickDisk(), torn, PostMatcher([order("2")])) == {}
    assert torn.exists()
    assert redact_partial_tail(QuickDisk(), torn, PostMatcher([order("1")]))["a"].posts == {"1"}
    assert not torn.exists()


def test_a_file_that_was_changed_before_is_not_made_to_look_whole(tmp_path: Path) -> None:
    data = capture(tmp_path, v2("1"), v2("2"))
    data.write_bytes(data.read_bytes() + b'{"added":1}\n')
    assert redact(QuickDisk(), data, PostMatcher([order("1")]), START)
    assert manifest_of(data).rebuilt == CHANGED


def test_what_somebody_works_on_is_left_for_later(tmp_path: Path) -> None:
    clock = Clock()
    writer, _ = recorder_in(tmp_path, QuickDisk(), clock).open("rain")
    writer.write(v2("1"), START, "1")
    writer.commit(START)
    (open_file,) = (tmp_path / "rain").glob("*.tmp")
    assert scan(open_file, PostMatcher([order("1")]))["a"].lines == ["1"]
    with pytest.raises(SegmentBusyError):
        redact(QuickDisk(), open_file, PostMatcher([order("1")]), START)
    writer.close(START)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("half", [False, True])
def test_killed_between_any_two_system_calls_it_is_finished_or_undone(
    tmp_path: Path, half: bool, packed: bool
) -> None:
    lines = [v2(str(n)) for n in range(20)]
    for at in range(200):
        root = tmp_path / f"root{at}"
        data = capture(root, *lines)
        if packed:
            data = compress_segment(QuickDisk(), data, "gzip") or data
        dying = KillingDisk(tmp_path / f"trash{at}", at, half)
        try:
            redact(dying, data, PostMatcher([order("3")]), START)
        except Killed:
            repair(QuickDisk(), root / "rain", CaptureSettings(), START)
            assert raws(data) in (lines, lines[:3] + lines[4:])
            assert is_proved(root)
            assert {each.name for each in data.parent.iterdir()} == {
                data.name,
                manifest_path(data).name,
            }
            redact(QuickDisk(), data, PostMatcher([order("3")]), START)
            assert raws(data) == lines[:3] + lines[4:]
            assert is_proved(root)
            assert [each.count for each in manifest_of(data).redactions] == [1]
        else:
            break
    assert 20 < at < 199


def test_a_power_cut_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    lines = [v2(str(n)) for n in range(20)]
    for at in range(15, 60):
        for share in (0.0, 0.5, 1.0):
            root = tmp_path / f"root{at}-{share}"
            data = capture(root, *lines)
            dying = KillingDisk(tmp_path / f"trash{at}-{share}", at, True)
            try:
                redact(dying, data, PostMatcher([order("3")]), START)
            except Killed:
                dying.power_cut(root, share)
                repair(QuickDisk(), root / "rain", CaptureSettings(), START)
                assert raws(data) in (lines, lines[:3] + lines[4:])
                assert is_proved(root)


def test_all_versions_of_an_edited_post_go_with_any_of_them(tmp_path: Path) -> None:
    history = ["1", "2"]
    first, second = v2("1", edit_history_tweet_ids=["1"]), v2("2", edit_history_tweet_ids=history)
    for wanted in history:
        data = capture(tmp_path / wanted, first, v2("3"), second)
        done = redact(FileSystem(), data, PostMatcher([order(wanted)]), START)
        assert done is not None
        assert raws(data) == [v2("3")]


def test_a_post_whose_id_is_a_number_goes_too() -> None:
    left, found = judged(b'{"id": 7, "text": "rain", "user": {"id": 9}}', order("7"))
    assert left is None
    assert found["a"].posts == {"7"}


GNIP = "tag:search.twitter.com,2005:"
BLUESKY = "at://did:plc:ann/app.bsky.feed.post/3k"
SKEET: dict[str, Any] = {"$type": "app.bsky.feed.post", "text": "hail"}
OF_OTHER_PLATFORMS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "gnip": ("70", "42", {
        "id": f"{GNIP}70", "verb": "post", "body": "hail",
        "actor": {"id": "id:twitter.com:42", "preferredUsername": "ann"},
    }),
    "gnip_share": ("70", "42", {
        "id": f"{GNIP}71", "verb": "share", "body": "RT hail",
        "actor": {"id": "id:twitter.com:42", "preferredUsername": "ann"},
        "object": {"id": f"{GNIP}70", "verb": "post", "body": "hail", "actor": {"id": "x:7"}},
    }),
    "jetstream": (BLUESKY, "did:plc:ann", {
        "did": "did:plc:ann", "time_us": 1, "kind": "commit", "commit": {
            "operation": "create", "collection": "app.bsky.feed.post", "rkey": "3k",
            "record": SKEET}}),
    "jetstream_v2": (BLUESKY, "did:plc:ann", {"$type": "message", "payload": {
        "$type": "network.bsky.jetstream.subscribeEvents#commit", "seq": 1, "did": "did:plc:ann",
        "operation": "create", "collection": "app.bsky.feed.post", "rkey": "3k",
        "record": SKEET}}),
    "bluesky_view": (BLUESKY, "did:plc:ann", {
        "uri": BLUESKY, "author": {"did": "did:plc:ann", "handle": "ann"}, "record": SKEET}),
    "mastodon": ("109", "5", {
        "id": "109", "content": "<p>hail</p>", "account": {"id": "5", "acct": "ann"}}),
    "mastodon_boost": ("109", "5", {
        "id": "110", "content": "", "account": {"id": "5", "acct": "ann"},
        "reblog": {"id": "109", "content": "<p>hail</p>", "account": {"id": "6", "acct": "bob"}}}),
}  # fmt: skip


@pytest.mark.parametrize("kind", OF_OTHER_PLATFORMS)
def test_posts_of_gnip_bluesky_and_mastodon_go_by_their_id_and_by_their_author(kind: str) -> None:
    post, author, value = OF_OTHER_PLATFORMS[kind]
    line, other = msgspec.json.encode(value) + b"\n", v2("8") + b"\n"
    for wanted in (order(post), order(authors=(author,))):
        found: dict[str, FoundPosts] = {}
        assert list(PostMatcher([wanted]).kept_lines([line, other], found)) == [other]
        assert len(found["a"].lines) == 1
    assert list(PostMatcher([order("7")]).kept_lines([line], {})) == [line]


def test_a_record_of_another_account_with_the_same_key_stays() -> None:
    _, _, value = OF_OTHER_PLATFORMS["jetstream"]
    line = msgspec.json.encode(value | {"did": "did:plc:eve"}) + b"\n"
    assert list(PostMatcher([order(BLUESKY)]).kept_lines([line], {})) == [line]


def test_x_is_asked_about_posts_of_x_alone() -> None:
    asked = {
        kind: posts_of_x_in(msgspec.json.encode(value))
        for kind, (_, _, value) in OF_OTHER_PLATFORMS.items()
    }
    assert asked == {kind: [] for kind in asked} | {"gnip": ["70"], "gnip_share": ["71", "70"]}
    assert posts_of_x_in(wrap(v2("8"), START, "8")) == ["8"]
