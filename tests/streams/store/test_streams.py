"""Streams in the store: created stopped, edited on the record, seen by their owner's list only."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from streams.box import Box
from streams.filter import Filter
from streams.place import Place
from streams.plan import CaptureOptions, Plan
from streams.store import Store
from streams.store.streams import CollectionTakenError
from streams.stream import Wanted

RAIN = Filter(
    "rain", ("snow",), ("en", "es"), Place("Madrid", Box(-3.89, 40.31, -3.51, 40.65), "ES")
)


def test_a_stream_begins_stopped_in_its_first_generation(store: Store, account_id: int) -> None:
    made = store.streams.create(account_id, "weather", RAIN, 5)
    assert (made.wanted, made.generation, made.old) == (Wanted.STOPPED, 1, False)
    assert store.streams.get(made.id) == made
    assert made.filter == RAIN


def test_only_a_new_filter_raises_the_generation(store: Store, account_id: int) -> None:
    made = store.streams.create(account_id, "weather", RAIN, 5)

    def generation(**changes: object) -> int:
        edited = store.streams.edit(made.id, account_id, 6, **changes)  # type: ignore[arg-type]
        assert edited is not None
        return edited.generation

    assert generation(name="other") == 1
    assert generation(wanted=Wanted.RUNNING) == 1
    assert generation(filter_=RAIN) == 1
    assert generation(filter_=Filter("sun")) == 2
    assert generation(filter_=Filter("sun")) == 2
    assert generation(filter_=RAIN, name="again") == 3


def test_every_change_is_on_record_and_no_change_is_not(store: Store, account_id: int) -> None:
    made = store.streams.create(account_id, "weather", Filter("rain"), 5)
    store.streams.edit(made.id, account_id, 6, wanted=Wanted.RUNNING)
    store.streams.edit(made.id, account_id, 7, wanted=Wanted.RUNNING)
    store.streams.edit(made.id, account_id, 8, filter_=Filter("sun"))
    edits = store.streams.edits(made.id)
    assert [edit.at for edit in edits] == [5, 6, 8]
    assert (edits[1].before, edits[1].after) == ({"wanted": "stopped"}, {"wanted": "running"})
    assert list(edits[2].after) == ["filter"]
    assert edits[2].generation == 2
    changed = store.streams.get(made.id)
    assert changed is not None
    assert changed.changed_at == 8


def test_an_unknown_stream_is_not_edited(store: Store, account_id: int) -> None:
    assert store.streams.edit("nothing", account_id, 1, name="x") is None
    assert store.streams.get("nothing") is None


def test_lists_hold_the_owner_s_streams_newest_first(store: Store, account_id: int) -> None:
    other = store.accounts.sign_in("2", "other", "Other", None, b"", 0).id
    first = store.streams.create(account_id, "a", RAIN, 1)
    second = store.streams.create(account_id, "b", RAIN, 2)
    store.streams.create(other, "c", RAIN, 3)
    assert [stream.id for stream in store.streams.of_account(account_id)] == [second.id, first.id]
    store.streams.edit(second.id, account_id, 4, wanted=Wanted.ARCHIVED)
    assert [stream.id for stream in store.streams.of_account(account_id)] == [first.id]
    everything = store.streams.of_account(account_id, archived=True)
    assert [stream.id for stream in everything] == [second.id, first.id]


ELECTION = Plan(capture=CaptureOptions("election"))


def test_each_account_has_a_collection_of_a_name_and_no_two_streams_of_it(
    store: Store, account_id: int
) -> None:
    other = store.accounts.sign_in("2", "other", "Other", None, b"", 0).id
    mine, theirs = (
        store.streams.create(each, "e", RAIN, 1, plan=ELECTION) for each in (account_id, other)
    )
    assert (mine.folder, theirs.folder) == (f"election.{account_id}", f"election.{other}")
    assert store.streams.of_folder(f"election.{other}") == theirs
    for each in (account_id, other):
        with pytest.raises(CollectionTakenError, match="another of your streams"):
            store.streams.create(each, "e", RAIN, 1, plan=ELECTION)
    store.jobs.create(other, None, "census", "", RAIN, 1)
    store.jobs.create(account_id, None, "census", "", RAIN, 1)
    with pytest.raises(CollectionTakenError):
        store.jobs.create(account_id, None, "census", "", RAIN, 1)
    store.streams.edit(mine.id, account_id, 2, plan=Plan())
    again = store.streams.get(mine.id)
    assert again is not None
    assert again.folder is None


def test_an_older_collection_keeps_its_folder_for_its_account_alone(
    store: Store, account_id: int
) -> None:
    other = store.accounts.sign_in("2", "other", "Other", None, b"", 0).id
    mine = store.streams.create(account_id, "e", RAIN, 1, plan=ELECTION)
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE streams SET folder = collection"))
    longer = Plan(description="now described", capture=ELECTION.capture)
    changed = store.streams.edit(mine.id, account_id, 2, plan=longer)
    assert changed is not None
    assert changed.folder == "election"
    assert store.streams.create(other, "e", RAIN, 3, plan=ELECTION).folder == f"election.{other}"
    store.streams.edit(mine.id, account_id, 4, wanted=Wanted.ARCHIVED)
    assert store.streams.create(account_id, "e", RAIN, 5, plan=ELECTION).folder == "election"
    assert store.segments.folder(account_id, "election") == "election"
    assert store.segments.folder(other, "election") == f"election.{other}"
    with store.engine.begin() as connection:  # as a web process before the migration leaves it
        connection.execute(text("UPDATE streams SET folder = NULL"))
    assert {each.folder for each in store.streams.of_account(other)} == {"election"}
    assert store.segments.folder(other, "election") == "election"


def test_the_running_ones_of_a_source_are_listed_oldest_first(
    store: Store, account_id: int
) -> None:
    ids = [store.streams.create(account_id, "s", RAIN, now).id for now in (1, 2, 3)]
    for stream_id in reversed(ids[:2]):
        store.streams.edit(stream_id, account_id, 9, wanted=Wanted.RUNNING)
    assert [stream.id for stream in store.streams.running("x")] == ids[:2]
    assert store.streams.running("replay") == []


def test_the_old_client_has_one_stream_of_its_own(store: Store, account_id: int) -> None:
    store.streams.create(account_id, "new", RAIN, 1)
    assert store.streams.legacy_of(account_id) is None
    old = store.streams.create(account_id, "old", RAIN, 2, old=True)
    found = store.streams.legacy_of(account_id)
    assert found is not None
    assert found.id == old.id


def test_edits_at_the_same_time_are_all_counted(store: Store, account_id: int) -> None:
    made = store.streams.create(account_id, "weather", Filter("rain"), 0)

    def edit(number: int) -> None:
        store.streams.edit(made.id, account_id, number, filter_=Filter(f"rain{number}"))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(edit, range(1, 41)))
    edited = store.streams.get(made.id)
    assert edited is not None
    assert edited.generation == 41
    assert sorted(edit.generation for edit in store.streams.edits(made.id)) == list(range(1, 42))
