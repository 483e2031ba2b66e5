"""A line between two parts that can be cut without a word, as a network that drops packets is.

`python -m tests.faults.cut_line HOST PORT=PORT …` copies ports of this machine to those of another.
"""

import select
import socket
import sys
from contextlib import suppress
from threading import Event, Thread

CHUNK = 65536
LOOPBACK = "127.0.0.1"


class CutLine:
    """Listens on this machine and copies to a port; while it is cut, nothing passes or ends."""

    def __init__(
        self, port: int, host: str = LOOPBACK, behind: str = LOOPBACK, at: int = 0
    ) -> None:
        """Copy from a port of `host`, `at` or any, to `port` of `behind`."""
        self._behind = (behind, port)
        self._whole = Event()
        self._whole.set()
        self._listener = socket.create_server((host, at))
        self.port = int(self._listener.getsockname()[1])
        Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Let nothing pass."""
        self._whole.clear()

    def mend(self) -> None:
        """Let everything pass again, what was held up first."""
        self._whole.set()

    def close(self) -> None:
        """Take no more connections."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                outer, _ = self._listener.accept()
                Thread(target=self._serve, args=(outer,), daemon=True).start()

    def _serve(self, outer: socket.socket) -> None:
        self._whole.wait()
        with (
            outer,
            suppress(OSError),
            socket.create_connection(self._behind) as inner,
        ):
            ways = {outer: inner, inner: outer}
            while True:
                for source in select.select(list(ways), [], [])[0]:
                    self._whole.wait()
                    data = source.recv(CHUNK)
                    if not data:
                        return
                    ways[source].sendall(data)


def main(behind: str, *pairs: str) -> None:
    """Copy until killed."""
    lines = [
        CutLine(int(port), behind=behind, at=int(at))
        for at, port in (pair.split("=") for pair in pairs)
    ]
    print(f"copying {len(lines)} ports", flush=True)
    Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
