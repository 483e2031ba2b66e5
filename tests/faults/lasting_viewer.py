"""A viewer that comes back: reconnects as a page does and adds up what it was shown and told."""

from collections import Counter
from contextlib import suppress
from threading import Event, Thread
from typing import Any

import requests
from socketio.exceptions import SocketIOError

from tests.rig.person import Person
from tests.rig.viewer import Viewer

RETRY_SECONDS = 0.25


class LastingViewer:
    """Counts posts by id, and sums what frames and answers say of posts that it was not shown."""

    def __init__(self, person: Person, stream_id: str) -> None:
        self._resets = 0
        self._reconnections = -1
        self.missed = 0
        self._person = person
        self._stream_id = stream_id
        self._past: list[Viewer] = []
        self._stopped = Event()
        self._connect()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def shown(self) -> Counter[str]:
        """Count how often each post came."""
        return Counter(key for viewer in list(self._past) for key in viewer.ids())

    def left_out(self) -> int:
        """Sum the posts that frames said they leave out."""
        frames = [frame for viewer in list(self._past) for frame in list(viewer.frames)]
        return sum(int(frame.get("left_out", 0)) for frame in frames)

    def frames(self) -> list[dict[str, Any]]:
        """List every frame in the order in which it came."""
        return [frame for viewer in list(self._past) for frame in list(viewer.frames)]

    def close(self) -> None:
        """End it."""
        self._stopped.set()
        self._thread.join(30)
        for viewer in self._past:
            with suppress(Exception):
                viewer.close()

    def was_renumbered(self) -> bool:
        """Return whether it was told that numbers began anew, so that they prove nothing."""
        acks = [viewer.ack.get("epoch") for viewer in self._past]
        epochs = {*acks, *(frame.get("epoch") for frame in self.frames())} - {None, ""}
        return self._resets > 0 or len(epochs) > 1

    def _run(self) -> None:
        while not self._stopped.wait(RETRY_SECONDS):
            if self._past[-1].connected():
                continue
            with suppress(SocketIOError, requests.RequestException, AssertionError, OSError):
                self._connect()

    def _connect(self) -> None:
        since, epoch = self._last()
        cookies = "; ".join(f"{one.name}={one.value}" for one in self._person.http.cookies)
        viewer = Viewer(self._person.url, {"Cookie": cookies})
        answer = viewer.subscribe(self._stream_id, since, epoch)
        if "error" in answer:
            viewer.close()
            return
        self._past.append(viewer)
        self._reconnections += 1
        self.missed += int(answer.get("missed") or 0)
        self._resets += self._reconnections > 0 and not answer.get("continues", True)

    def _last(self) -> tuple[int | None, str | None]:
        """Return the number and the epoch of the last post that came."""
        for viewer in reversed(self._past):
            last = viewer.frames[-1] if viewer.frames else viewer.ack
            if last.get("seq") is not None:
                return int(last["seq"]), last.get("epoch")
        return None, None
