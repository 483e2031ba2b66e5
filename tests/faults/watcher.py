"""A watcher: asks for the status of a stream and for `/readyz` while a fault lasts."""

import re
from threading import Event, Thread
from typing import Any

import requests

from tests.rig.person import Person

BEAT_SECONDS = 0.4
PATIENCE_SECONDS = 5.0
NOTE_CHARACTERS = 60


class Watcher:
    """Keeps in order what was said: `fault:redis_down`, `readyz:redis`; "running" is not kept."""

    def __init__(self, person: Person, stream_id: str) -> None:
        self.said: list[str] = []
        self._http = requests.Session()
        self._http.headers.update(person.http.headers)
        self._http.cookies.update(person.http.cookies)
        self._url, self._stream_id = person.url, stream_id
        self._stopped = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End it."""
        self._stopped.set()
        self._thread.join(30)
        self._http.close()

    def _run(self) -> None:
        while not self._stopped.wait(BEAT_SECONDS):
            answer = self._ask(f"/api/v1/streams/{self._stream_id}")
            self._note_status(answer)
            ready = self._ask("/readyz")
            if ready is not None:
                found = [*ready.get("missing", ()), *ready.get("warnings", ())]
                self._note(*(f"readyz:{name}" for name in found))

    def _ask(self, path: str) -> dict[str, Any] | None:
        try:
            answer = self._http.get(self._url + path, timeout=PATIENCE_SECONDS)
            body: dict[str, Any] = answer.json()
        except (requests.RequestException, ValueError):
            self._note("web:no answer")
            return None
        if not answer.ok and path != "/readyz":
            self._note(f"api:{body.get('error', {}).get('code', answer.status_code)}")
            return None
        return body

    def _note_status(self, answer: dict[str, Any] | None) -> None:
        if answer is None:
            return
        status = answer["status"]
        if status["state"] != "running":
            self._note(f"status:{status['state']}")
        if status.get("fault"):
            self._note(f"fault:{status['fault']['code']}")
        if status.get("note"):
            words = re.sub(r"[\d.,]+ ", "", status["note"])  # figures change from look to look
            self._note(f"note:{words[:NOTE_CHARACTERS]}")

    def _note(self, *words: str) -> None:
        self.said += [word for word in words if word not in self.said]
