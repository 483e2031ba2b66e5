"""The rig's server: real, on its own port, and it keeps what it was told."""

from pathlib import Path

import pytest

from tests.rig.environment import clean
from tests.rig.processes import Processes
from tests.rig.valkey import Valkey

pytestmark = pytest.mark.slow


def test_it_answers_and_starts_empty(valkey: Valkey) -> None:
    with valkey.client() as client:
        assert client.dbsize() == 0
        client.set("a", "1")


def test_it_keeps_its_data_over_a_restart(processes: Processes, tmp_path: Path) -> None:
    server = Valkey(processes, tmp_path / "redis", clean(tmp_path))
    with server.client() as client:
        client.set("a", "1")
    server.restart()
    with server.client() as client:
        assert client.get("a") == b"1"


def test_two_servers_share_nothing(valkey: Valkey, processes: Processes, tmp_path: Path) -> None:
    other = Valkey(processes, tmp_path / "redis", clean(tmp_path))
    with valkey.client() as one, other.client() as two:
        one.set("a", "1")
        assert two.get("a") is None
