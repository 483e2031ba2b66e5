"""Machines over REST: what each last said of itself, and how many streams it still takes."""

from collections.abc import Iterator

import msgspec
import pytest

from streams import names
from streams.live import machines
from streams.live.machines import Machine, StorageAction, StorageStatus
from tests.web.person import Person
from tests.web.site import Site

CARE = StorageStatus(
    hours_left=0.5,
    level="stop",
    message="It is tight.",
    deeds=(
        StorageAction(5, "stopped", "gutters", "The capture rain is stopped."),
        StorageAction(4, "packed", "of somebody else", "One file was packed."),
    ),
    ships_to="s3://bucket/lab",
    waiting=3,
    faults={
        "of somebody else": "s3://bucket/lab/of somebody else: no such bucket",
        "gutters": "s3://bucket/lab/rain: no such bucket",
    },
)


@pytest.fixture
def heard(site: Site) -> Iterator[Site]:
    """A site that two machines speak to."""
    for name, care in (("lab-1", CARE), ("lab-2", StorageStatus())):
        machine = Machine(name, 1 << 50, "weir", 7, 9, named=True, slots=2, care=care)
        machines.report(site.redis, machine)
    yield site
    site.redis.delete(names.MACHINES)


def test_a_machine_tells_of_its_disk_and_of_what_waits_to_be_shipped(
    heard: Site, person: Person
) -> None:
    body = {"filter": {"word": "gutters"}, "plan": {"capture": {"collection": "gutters"}}}
    made = person.call("POST", "/streams", json=body)
    assert made.ok, made.text
    folder = f"gutters.{person.call('GET', '/me').json()['id']}"
    text = msgspec.json.encode(CARE).decode().replace('"gutters"', f'"{folder}"')
    care = msgspec.json.decode(text, type=StorageStatus)
    machine = Machine("lab-1", 1 << 50, "weir", 7, 9, named=True, slots=2, care=care)
    machines.report(heard.redis, machine)
    first, second = person.call("GET", "/machines").json()["items"]
    told = {key: value for key, value in first.items() if key.startswith(("disk", "ship"))}
    assert told == {
        "disk_free": 7,
        "disk_total": 9,
        "disk_hours_left": 0.5,
        "disk_level": "stop",
        "disk_message": "It is tight.",
        "disk_deeds": [
            {"at": 5, "deed": "stopped", "collection": "gutters", "message": CARE.deeds[0].message}
        ],
        "ships_to": "s3://bucket/lab",
        "ship_waiting": 3,
        "ship_faults": ["s3://bucket/lab/rain: no such bucket"],
    }
    assert (second["disk_level"], second["ships_to"], second["ship_faults"]) == ("ok", None, [])


def test_a_stream_takes_a_slot_of_its_machine_while_it_is_wanted(
    heard: Site, person: Person
) -> None:
    def free() -> list[int]:
        items = person.call("GET", "/machines").json()["items"]
        return [each["slots_free"] for each in items]

    body = {"filter": {"word": "tea"}, "plan": {"machine": "lab-2"}}
    path = f"/streams/{person.call('POST', '/streams', json=body).json()['id']}"
    assert free() == [2, 2]
    person.call("POST", f"{path}/start")
    assert free() == [2, 1]
    person.call("POST", f"{path}/stop")
    assert free() == [2, 2]
