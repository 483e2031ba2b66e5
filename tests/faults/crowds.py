"""Crowds: many viewers of whom some stop reading, many people who start and stop at once."""

import os
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress

import requests

from tests.faults.trial import WORD, Trial
from tests.performance.lean_viewer import LeanViewers, Room
from tests.rig.person import Person

READING, FROZEN = 450, 50
FROZEN_SECONDS = 15.0
PEOPLE, STARTS, SPREAD_SECONDS = 50, 1000, 60.0
MOST_SECONDS = 3.5
"""An answer is promised within 3 s; the rest is the way there and back."""


def viewers_stop_reading(trial: Trial) -> None:
    """Let 500 viewers of 12 people watch, and have 50 of them stop reading for 15 s."""
    with ExitStack() as stack:
        rooms = [_room(stack, trial, number) for number in range(12)]
        reading = _viewers(trial, "reading", rooms[:10], READING)
        frozen = _viewers(trial, "frozen", rooms[10:], FROZEN)
        os.kill(frozen.process.pid, signal.SIGSTOP)
        began = time.time() * 1000
        time.sleep(FROZEN_SECONDS)
        ended = time.time() * 1000
        frozen.process.kill()
        frozen.process.communicate()
        frames = Counter(
            viewer for viewer, at, _ in reading.close() if began + 1000 < at < ended - 1000
        )
    trial.expect(len(frames) == READING, f"{READING - len(frames)} readers got nothing meanwhile")


def _room(stack: ExitStack, trial: Trial, number: int) -> Room:
    """Sign a person in and start a stream of theirs; both end with the case."""
    person = stack.enter_context(Person(trial.weir.url, f"viewer_{number}")).sign_in()
    stream_id = person.start(word=WORD)
    stack.callback(person.call, "DELETE", f"/streams/{stream_id}")
    token = person.call("POST", "/tokens", {"name": "crowd", "days": 1})["token"]
    return token, stream_id


def _viewers(trial: Trial, name: str, rooms: list[Room], number: int) -> LeanViewers:
    folder = trial.weir.data_dir / name
    folder.mkdir(exist_ok=True)
    return LeanViewers(trial.weir.url, rooms, number, folder)


def starts_and_stops(trial: Trial) -> None:
    """Have 50 people start and stop their streams 1,000 times in a minute."""
    with ExitStack() as stack:
        people = [
            stack.enter_context(Person(trial.weir.url, f"crowd_{number}"))
            for number in range(PEOPLE)
        ]
        with ThreadPoolExecutor(PEOPLE) as pool:
            answers = Counter(each for found in pool.map(_start_and_stop, people) for each in found)
    slow = answers.pop("slow", 0)
    said = ", ".join(f"{count}× {code}" for code, count in sorted(answers.items()))
    trial.says(f"answers: {said}")
    trial.expect(not slow, f"{slow} answers took longer than {MOST_SECONDS:g} s")
    odd = {code for code in answers if code not in ("200", "202", "204", "429", "503")}
    trial.expect(not odd, f"answers {sorted(odd)}")


def _start_and_stop(person: Person) -> list[str]:
    """Start and stop one stream in turn; gives the answers' statuses, and `slow` for late ones."""
    try:
        person.sign_in()
        made = person.call("POST", "/streams", {"filter": {"word": person.name}})
    except (requests.RequestException, AssertionError) as error:
        return [f"no stream: {error}"[:120]]
    path = f"/streams/{made['id']}"
    said, each = [], STARTS // PEOPLE
    for number in range(each):
        began = time.monotonic()
        try:
            answer = person.ask("POST", f"{path}/{'stop' if number % 2 else 'start'}")
            said.append(str(answer.status_code))
        except requests.RequestException:
            said.append("none")
        spent = time.monotonic() - began
        said += ["slow"] * (spent > MOST_SECONDS)
        time.sleep(max(0.0, SPREAD_SECONDS / each - spent))
    with suppress(requests.RequestException):
        person.ask("DELETE", path)
    return said
