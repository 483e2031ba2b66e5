"""A slow viewer gets whole frames or is let go, and costs nobody else anything."""

import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import gevent.socket
import gevent.ssl
import pytest
import requests

from tests.rig.processes import Processes
from tests.rig.tls import self_signed
from tests.rig.valkey import Valkey
from tests.rig.waiting import wait_until
from tests.web.person import Person
from tests.web.site import Site, post
from tests.web.viewing import Viewer
from web.live.slow_viewers import WholeSocket

POSTS_A_FRAME, FRAMES = 100, 240
TEXT = "made up " * 50
Connect = Callable[..., Viewer]


class SlowReader:
    """A websocket spoken byte by byte over a socket with a small receive buffer."""

    def __init__(self, site: Site, token: str, stream: str) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        port = urlsplit(site.url).port
        assert port
        self._socket.settimeout(20)
        self._socket.connect(("127.0.0.1", port))
        self._socket.sendall(
            b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: test\r\n"
            b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Extensions: permessage-deflate\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        self.heard = b""
        self.is_over = False
        while b"\r\n\r\n" not in self.heard:
            self.heard += self._socket.recv(1)
        assert b"permessage-deflate" not in self.heard
        self.heard = b""
        self.say("40/stream," + json.dumps({"token": token}))
        self.say("42/stream,0" + json.dumps(["subscribe", {"stream": stream}]))

    def say(self, text: str) -> None:
        """Send one masked text frame."""
        data = text.encode()
        short = len(data) < 126
        length = bytes([0x80 | len(data)]) if short else struct.pack(">BH", 0xFE, len(data))
        head = b"\x81" + length
        self._socket.sendall(head + b"\0\0\0\0" + data)

    def read(self, size: int) -> None:
        """Read a little, or notice the end."""
        try:
            data = self._socket.recv(size)
        except (ConnectionError, TimeoutError):
            data = b""
        self.heard += data
        self.is_over = not data

    def has_heard(self, text: bytes) -> bool:
        """Read a little more, and look for a text in all that was heard."""
        self.read(200)
        return text in self.heard

    def has_all(self, posts: int) -> bool:
        """Read more, and say whether so many posts have come whole."""
        self.read(32_768)
        return len(self.ids()) >= posts

    def drain(self) -> None:
        """Read what the kernels hold still, to the end."""
        while not self.is_over:
            self.read(65_536)

    def packets(self) -> list[str]:
        """Take what was heard apart; raises when what is not the torn tail is no frame."""
        packets, at = [], 0
        while at + 2 <= len(self.heard):
            first, length = self.heard[at], self.heard[at + 1]
            assert first in (0x81, 0x88, 0x8A), f"garbage at byte {at}"
            head = {126: 4, 127: 10}.get(length, 2)
            if head > 2:
                length = int.from_bytes(self.heard[at + 2 : at + head], "big")
            if at + head + length > len(self.heard):
                break
            if first == 0x81:
                packets.append(self.heard[at + head : at + head + length].decode())
            at += head + length
        return packets

    def ids(self) -> list[str]:
        """Ids of the posts in the whole frames."""
        starts = '42/stream,["posts",'
        found = [packet for packet in self.packets() if packet.startswith(starts)]
        frames = [json.loads(packet[len("42/stream,") :])[1] for packet in found]
        return [each["id"] for frame in frames for each in frame["posts"]]

    def close(self) -> None:
        """Leave."""
        self._socket.close()


def relay(site: Site, stream: str, fast: Viewer) -> list[str]:
    """Push far more than a slow viewer can read in minutes, as fast as another one follows."""
    sent = []
    for frame in range(FRAMES):
        batch = [post(f"{frame}-{number}", TEXT) for number in range(POSTS_A_FRAME)]
        site.push(*batch, to=stream)
        sent += [each.id for each in batch]
        wait_until(partial(_follows, fast, frame - 10), 30, "the fast viewer")
    wait_until(partial(_follows, fast, FRAMES), 30, "everything at the fast viewer")
    return sent


def _follows(viewer: Viewer, frames: int) -> bool:
    return len(viewer.frames) >= frames


@pytest.fixture(scope="module")
def wide_site(tmp_path_factory: pytest.TempPathFactory, valkey_server: Valkey) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("wide")
    with Processes(folder / "output") as processes:
        yield Site(processes, folder, valkey_server.url, VIEWER_POSTS_PER_SECOND="100000")


def test_a_slow_viewer_hears_whole_frames_until_it_is_let_go(
    wide_site: Site, connect: Connect
) -> None:
    person = Person(wide_site)
    stream = person.stream(running=True)
    fast = connect(person)
    fast.ask("subscribe", {"stream": stream})
    slow = SlowReader(wide_site, person.token, stream)
    wait_until(lambda: slow.has_heard(b"series"), 10, "the slow one's answer")
    stop = threading.Event()

    def dawdle() -> None:
        while not stop.is_set() and not slow.is_over:
            slow.read(1024)
            time.sleep(0.1)

    reader = threading.Thread(target=dawdle)
    reader.start()
    sent = relay(wide_site, stream, fast)
    assert fast.ids == sent
    wait_until(
        lambda: "reads too slowly" in wide_site.output(), 10, "word that the slow viewer went"
    )
    stop.set()
    reader.join()
    slow.drain()
    heard = slow.ids()
    slow.close()
    assert heard == sent[: len(heard)]
    assert len(heard) < len(sent)
    wide_site.push(post("after"), to=stream)
    wait_until(lambda: fast.ids[-1] == "after", 10, "a post after it all")


def test_a_poller_that_stays_away_is_let_go(wide_site: Site, connect: Connect) -> None:
    person = Person(wide_site)
    stream = person.stream(running=True)
    address = wide_site.url + "/socket.io/?EIO=4&transport=polling"
    sid = json.loads(requests.get(address, timeout=10).text[1:])["sid"]
    address += f"&sid={sid}"
    connected = "40/stream," + json.dumps({"token": person.token})
    asked = "42/stream,0" + json.dumps(["subscribe", {"stream": stream}])
    for said in (connected, asked):
        assert requests.post(address, data=said, timeout=10).text == "OK"
        assert requests.get(address, timeout=10).ok
    fast = connect(person)
    fast.ask("subscribe", {"stream": stream})
    sent = relay(wide_site, stream, fast)
    assert fast.ids == sent
    assert requests.get(address, timeout=10).status_code == 400


def test_answers_to_a_ping_do_not_cut_a_frame_in_two(wide_site: Site, connect: Connect) -> None:
    person = Person(wide_site)
    stream = person.stream(running=True)
    slow = SlowReader(wide_site, person.token, stream)
    wait_until(lambda: slow.has_heard(b"series"), 10, "the slow one's answer")
    for frame in range(10):
        wide_site.push(*(post(f"{frame}-{n}", TEXT) for n in range(POSTS_A_FRAME)), to=stream)
        slow._socket.sendall(b"\x89\x84\0\0\0\0ping")
    expected = [f"{frame}-{n}" for frame in range(10) for n in range(POSTS_A_FRAME)]
    wait_until(lambda: slow.has_all(len(expected)), 20, "all frames")
    assert slow.ids() == expected
    slow.close()


def test_a_viewer_over_tls_gets_nothing_unencrypted(tmp_path: Path) -> None:
    ours = gevent.ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(self_signed(tmp_path / "certificate.pem"))
    theirs = gevent.ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    theirs.check_hostname, theirs.verify_mode = False, ssl.CERT_NONE
    plain, far = gevent.socket.socketpair()
    reading = gevent.spawn(theirs.wrap_socket, far)
    with ours.wrap_socket(plain, server_side=True) as served, reading.get(timeout=10) as viewer:
        whole = WholeSocket(served)
        whole.send(b"a whole ")
        whole.send(b"frame")
        heard = b""
        while len(heard) < len(b"a whole frame"):
            heard += viewer.recv(100)
        assert heard == b"a whole frame"
