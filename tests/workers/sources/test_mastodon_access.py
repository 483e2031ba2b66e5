"""A token goes to the instance that it was added for, over public addresses, past no redirect."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from streams.secret import SecretBox
from streams.settings import Settings
from tests.rig.database import new_store
from workers.sources.mastodon.access import InstanceAccess, NoAccessError, access_of, instance_of
from workers.sources.mastodon.client import InstanceClient, InstanceError
from workers.sources.mastodon.public_network import PrivateAddressError, open_public_socket
from workers.sources.mastodon.timelines import Timeline

TOKEN = "a-token-of-ada"


class Recorder:
    """A server on loopback that answers everything with a redirect, and keeps what it was sent."""

    def __init__(self, location: str = "") -> None:
        self.asked: list[str] = []
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                recorder.asked.append(self.path)
                self.send_response(302 if location else 200)
                self.send_header("Location", location + self.path)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: object) -> None:
                return

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"


@contextmanager
def served(recorder: Recorder) -> Iterator[Recorder]:
    thread = threading.Thread(target=recorder.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield recorder
    recorder.server.shutdown()
    recorder.server.server_close()


def test_a_redirect_is_not_followed_with_the_token() -> None:
    with served(Recorder()) as elsewhere, served(Recorder(elsewhere.address)) as instance:
        client = InstanceClient(InstanceAccess(instance.address, TOKEN))
        with pytest.raises(InstanceError):
            client.page(Timeline("public"), 0)
        with pytest.raises(InstanceError):
            client.open_stream()
        assert instance.asked
        assert elsewhere.asked == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_no_connection_is_made_to_this_machine_for_what_people_typed(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        port = listener.getsockname()[1]
        with pytest.raises(PrivateAddressError):
            open_public_socket(host, port, 1.0)
        for address in (f"https://{host}:{port}", f"http://{host}:{port}"):
            with pytest.raises(InstanceError):
                InstanceClient(InstanceAccess(address, TOKEN, is_public_only=True)).open_stream()
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_a_stored_token_is_encrypted_and_read_with_the_key_alone(
    tmp_path: Path,
) -> None:
    store = new_store(tmp_path)
    account_id = store.accounts.sign_in("1", "ada", "Ada", None, b"", 0).id
    settings = Settings(data_dir=tmp_path, secret_key="k" * 32)
    sealed = SecretBox(settings.secret_key).seal(TOKEN)
    assert TOKEN.encode() not in sealed
    added = store.instances.put(account_id, "https://social.example", sealed, 1)
    read = access_of(store.instances, added.id, settings)
    assert read() == InstanceAccess("https://social.example", TOKEN, is_public_only=True)
    assert TOKEN not in repr(store.instances.of_account(account_id))
    other = settings.model_copy(update={"secret_key": "o" * 32})
    with pytest.raises(NoAccessError, match="SECRET_KEY"):
        access_of(store.instances, added.id, other)()
    again = store.instances.put(account_id, "https://social.example", sealed, 2)
    assert again.id == added.id
    store.instances.record_check(added, 3, None)  # of the token before
    assert store.instances.of_account(account_id)[0].checked_at is None
    assert store.instances.remove(account_id, added.id)
    with pytest.raises(NoAccessError, match="removed"):
        read()
    assert store.instances.put(account_id, "https://b.example", sealed, 4).id != added.id


@pytest.mark.parametrize(
    ("slot", "instance"),
    [
        ("mastodon", None),
        ("mastodon:5", 5),
        ("mastodon:5@lab", 5),
        ("mastodon:bluesky", None),
        ("mastodon:5:x@lab", 5),
    ],
)
def test_a_slot_names_its_instance(slot: str, instance: int | None) -> None:
    assert instance_of(slot) == instance
