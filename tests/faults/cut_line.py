"""A line between two parts that can be cut without a word, as a network that drops packets is."""

import select
import socket
from contextlib import suppress
from threading import Event, Thread

CHUNK = 65536


class CutLine:
    """Listens on this machine and copies to a port; while it is cut, nothing passes or ends."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self._behind = port
        self._whole = Event()
        self._whole.set()
        self._listener = socket.create_server((host, 0))
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
            socket.create_connection(("127.0.0.1", self._behind)) as inner,
        ):
            ways = {outer: inner, inner: outer}
            while True:
                for source in select.select(list(ways), [], [])[0]:
                    self._whole.wait()
                    data = source.recv(CHUNK)
                    if not data:
                        return
                    ways[source].sendall(data)
