"""Redis and the disk that it shares with captures, with a real server."""

from pathlib import Path

import pytest

from bin.launcher import redis_disk
from bin.launcher.redis_disk import RedisDisk
from bin.launcher.redis_server import configuration
from tests.rig.valkey import Valkey

RESERVE = 1000


@pytest.fixture
def said() -> list[str]:
    return []


def test_redis_gives_its_room_back_when_the_disk_fills_and_writes_again_when_there_is_room(
    valkey: Valkey, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_disk, "CHECK_SECONDS", 0.0)
    folder, free = valkey.folder, [RESERVE]
    disk = RedisDisk(folder, RESERVE, said.append, lambda _: free[0])
    with valkey.client() as client:
        client.set("key", "value")
        for left, writes in ((501, "yes"), (499, "no"), (510, "no"), (700, "yes")):
            free[0] = left
            disk.check(valkey.url)
            assert client.config_get("appendonly") == {"appendonly": writes}
            assert client.get("key") == b"value"
            if writes == "no":
                assert not list((folder / "appendonlydir").glob("*"))
    assert len(said) == 2
    assert "in memory alone until there is room" in said[0]
    assert said[1] == "The disk has room again: Redis keeps its data there."


def test_a_server_that_does_not_answer_is_asked_again(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_disk, "CHECK_SECONDS", 0.0)
    (tmp_path / "appendonly.aof").touch()
    disk = RedisDisk(tmp_path, RESERVE, said.append, lambda _: 0)
    disk.check("redis://127.0.0.1:1/0")
    assert said == []
    assert (tmp_path / "appendonly.aof").exists()


def test_a_server_that_starts_on_a_full_disk_reads_no_files_of_an_earlier_time(
    tmp_path: Path, said: list[str]
) -> None:
    (tmp_path / "appendonlydir").mkdir()
    (tmp_path / "appendonlydir" / "appendonly.aof.manifest").touch()
    disk = RedisDisk(tmp_path, RESERVE, said.append, lambda _: 0)
    assert "appendonly no\n" in configuration(1, "p", tmp_path, disk.may_write())
    assert not list((tmp_path / "appendonlydir").iterdir())
    assert len(said) == 1
