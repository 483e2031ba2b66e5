"""The commands of docs/backup.md, run as they stand, bring everything back."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from streams.filter import Filter
from streams.settings import ROOT
from streams.store import Store
from tests.docs.codes import page
from tests.rig.database import new_store
from tests.rig.environment import clean
from workers.captures.recorder import Recorder
from workers.captures.settings import CaptureSettings

pytestmark = pytest.mark.slow

NOW = 1_790_000_000_000


def commands(heading: str) -> str:
    """The shell block below a heading of the page."""
    found = re.search(rf"## {heading}\n.*?```sh\n(.*?)```", page("backup.md"), re.DOTALL)
    assert found, heading
    return found[1]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A data folder with an account, a stream, a sealed segment and a key."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "secret_key").write_text("k" * 43)
    store = new_store(folder)
    account = store.accounts.sign_in("1", "ada", "Ada", None, b"sealed", NOW)
    store.streams.create(account.id, "rain", Filter("rain"), NOW)
    store.engine.dispose()
    recorder = Recorder(folder / "captures", CaptureSettings(), machine="lab")
    writer, _ = recorder.open("rain", source="x")
    writer.write(b'{"data":{"id":"1","text":"rain"}}', NOW, "1")
    recorder.close()
    return folder


def test_a_backup_is_restored_with_streams_and_proved_captures(
    data_dir: Path, tmp_path: Path
) -> None:
    backup, restored = tmp_path / "backup", tmp_path / "restored"
    backup.mkdir()
    env = clean(data_dir)
    env |= {"DATA_DIR": str(data_dir), "BACKUP": str(backup), "RESTORED": str(restored)}
    env["PATH"] = f"{Path(sys.executable).parent}:{env['PATH']}"
    for heading in ("Back up while Weir runs", "Restore"):
        ran = subprocess.run(
            ["sh", "-eu", "-c", commands(heading)],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
        )
        assert ran.returncode == 0, ran.stderr
    assert (restored / "secret_key").read_text() == "k" * 43
    store = Store.open(f"sqlite:///{restored / 'weir.db'}")
    (stream,) = store.streams.of_account(1)
    store.engine.dispose()
    assert (stream.name, stream.filter.word) == ("rain", "rain")
    assert len(list((restored / "captures" / "rain").glob("*.manifest"))) == 1
