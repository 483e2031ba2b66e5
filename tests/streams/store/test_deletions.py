"""What was asked to be taken out is remembered, machine by machine."""

from sqlalchemy import event

from streams.deletion import RemovedFromSegment
from streams.filter import Filter
from streams.plan import CaptureOptions, Plan
from streams.store import Store

NOW = 1_790_000_000_000
FOLDER = "rain.1"
LATER = NOW + 1000
HOUR = 3_600_000


def manifest(file: str, count: int = 2, redactions: int = 0) -> dict[str, object]:
    notes: dict[str, object] = {"redactions": [{}] * redactions} if redactions else {}
    sealed = {"sealed_at": "2026-09-21T14:13:20.000Z"}
    return (
        {"collection": "rain", "file": file, "count": count, "bytes": 10 * count} | notes | sealed
    )


def captured(store: Store, account_id: int) -> str:
    plan = Plan(capture=CaptureOptions("rain"))
    return store.streams.create(account_id, "rain", Filter(word="rain"), NOW, plan=plan).id


def test_a_deletion_is_done_when_every_machine_with_segments_has_done_it(
    store: Store, account_id: int
) -> None:
    stream_id = captured(store, account_id)
    store.segments.add(stream_id, FOLDER, "lab", 2, 20, NOW, manifest("rain1.json"))
    asked = store.deletions.ask(account_id, "request", NOW, ["desk"], posts=["1", "2"])
    (order,) = store.deletions.pending("lab", LATER)
    assert (order.id, sorted(order.posts), sorted(order.authors)) == (asked, ["1", "2"], [])
    store.deletions.found(asked, ["1"], [])
    store.deletions.record_removed(asked, RemovedFromSegment("lab", "rain", "rain1.json", 1, 0))
    store.deletions.report([asked], "lab", 1, NOW + 5, None)
    assert store.deletions.pending("lab", LATER) == []
    now = store.deletions.get(asked)
    assert now is not None
    assert (now.state, now.found, now.posts) == ("working", 1, 2)
    store.deletions.report([asked], "desk", 0, NOW + 3, None)
    now = store.deletions.get(asked)
    assert now is not None
    assert (now.state, now.done_at) == ("done", NOW + 5)
    assert store.deletions.record_missing(asked, 10) == ["2"]
    assert [each.lines for each in store.deletions.taken(asked)] == [1]


def test_the_posts_of_an_author_may_not_come_back_either(store: Store, account_id: int) -> None:
    asked = store.deletions.ask(account_id, "request", NOW, ["lab"], authors=["42"])
    store.deletions.found(asked, ["7", "8"], ["42"])
    store.deletions.found(asked, ["8"], [])
    entries = store.deletions.forgotten(0)
    assert [(it.kind, it.value, it.asked_at) for it in entries] == [
        ("author", "42", NOW), ("post", "7", NOW), ("post", "8", NOW),
    ]  # fmt: skip
    assert store.deletions.forgotten(entries[-1].number) == []
    now = store.deletions.get(asked)
    assert now is not None
    assert (now.posts, now.authors, now.found) == (0, 1, 1)


def test_a_machine_that_comes_up_late_takes_part(store: Store, account_id: int) -> None:
    asked = store.deletions.ask(account_id, "request", NOW, [], posts=["1"])
    store.deletions.adopt("lab", NOW + 1)
    assert store.deletions.pending("lab", LATER) == []
    store.deletions.adopt("lab", NOW)
    store.deletions.adopt("lab", NOW)
    assert [order.id for order in store.deletions.pending("lab", LATER)] == [asked]


def test_deletions_are_listed_newest_first_for_their_account(store: Store, account_id: int) -> None:
    other = store.accounts.sign_in("2", "eve", "Eve", None, b"sealed", 0).id
    ids = [store.deletions.ask(account_id, f"n{n}", NOW + n, [], posts=["1"]) for n in range(3)]
    store.deletions.ask(other, "not mine", NOW, [], posts=["1"])
    found, total = store.deletions.of_account(account_id, 2, 1)
    assert ([each.id for each in found], total) == ([ids[1], ids[0]], 3)


def test_a_seal_told_late_does_not_undo_what_was_taken_out(store: Store, account_id: int) -> None:
    stream_id = captured(store, account_id)
    store.segments.add(stream_id, FOLDER, "lab", 2, 20, NOW, manifest("rain1.json"))
    store.segments.rewritten(FOLDER, "lab", ["rain1.json"], manifest("rain1.json", 1, 1), None)
    store.segments.add(stream_id, FOLDER, "lab", 2, 20, NOW, manifest("rain1.json"))
    (segment,), _ = store.segments.of(stream_id, 10, 0)
    assert (segment.posts, segment.bytes) == (1, 10)
    names = ["rain2.json.gz", "rain2.json"]  # not told at all yet
    store.segments.rewritten(FOLDER, "lab", names, manifest("rain2.json.gz", 1, 1), stream_id)
    store.segments.add(stream_id, FOLDER, "lab", 2, 20, NOW, manifest("rain2.json"))
    found, _ = store.segments.of(stream_id, 10, 0)
    assert [each.posts for each in found] == [1, 1]
    assert found[0].sealed_at == NOW


def test_a_seal_and_a_deletion_may_record_the_same_file_at_the_same_moment(
    store: Store, account_id: int
) -> None:
    stream_id = captured(store, account_id)
    other = Store.open(store.engine.url.render_as_string(hide_password=False))

    names = ["rain1.json"]

    def meanwhile(_: object, __: object, statement: str, *___: object) -> None:
        if statement.startswith("INSERT INTO segments") and not other.segments.files("lab", FOLDER):
            other.segments.rewritten(FOLDER, "lab", names, manifest(names[0], 1, 1), stream_id)

    event.listen(store.engine, "before_cursor_execute", meanwhile)
    store.segments.add(stream_id, FOLDER, "lab", 2, 20, NOW, manifest("rain1.json"))
    (segment,), _ = store.segments.of(stream_id, 10, 0)
    assert segment.posts == 1
    other.engine.dispose()


def test_collections_of_one_name_lie_apart(store: Store, account_id: int) -> None:
    first = captured(store, account_id)
    store.segments.add(first, FOLDER, "lab", 2, 20, NOW, manifest("rain1.json"))
    store.streams.edit(first, account_id, NOW, plan=Plan())
    other = store.accounts.sign_in("2", "eve", "Eve", None, b"sealed", 0).id
    captured(store, other)
    assert store.deletions.folders(account_id) == {FOLDER: False}
    assert store.deletions.folders(other) == {"rain.2": True}
    assert store.deletions.files(FOLDER) == {("lab", "rain1.json"): account_id}


def test_what_a_platform_announces_is_gathered_until_it_is_due_and_not_watched_for(
    store: Store, account_id: int
) -> None:
    stream_id = captured(store, account_id)
    store.segments.add(stream_id, FOLDER, "lab", 2, 20, NOW, manifest("rain1.json"))

    def hear(at: int, reason: str, *posts: str, authors: tuple[str, ...] = ()) -> str:
        hear = store.deletions.hear
        return hear(account_id, reason, at, at + HOUR, "desk", posts=posts, authors=authors)

    first = hear(NOW, "deleted", "1", "2")
    assert hear(NOW + 5, "deleted", "2", "3") == first
    other = hear(NOW + 5, "gone", authors=("42",))
    late = hear(NOW + HOUR - 1, "deleted", "4")
    assert len({first, other, late}) == 3
    for machine in ("lab", "desk"):
        assert store.deletions.pending(machine, NOW + HOUR - 1) == []
        due = store.deletions.pending(machine, NOW + HOUR + 5)
        assert [each.id for each in due] == [first, other]
    order = due[0]
    assert (sorted(order.posts), order.by_platform) == (["1", "2", "3"], True)
    assert [order.asked_for(each) for each in "123"] == [NOW, NOW, NOW + 5]
    assert store.deletions.forgotten(0) == []
    summary = store.deletions.get(first)
    assert summary is not None
    assert (summary.by_platform, summary.due_at, summary.posts) == (True, NOW + HOUR, 3)
