"""The command: flags, signals, a taken port."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable

import pytest
import requests

from tests.simulator.double import SECONDS, Double


def run(*flags: str, module: str = "simulator") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", module, *flags],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_at_once_with_status_0(
    start: Callable[..., Double], number: signal.Signals
) -> None:
    double = start("--rate", "50")
    app = double.app()
    app.add("a OR the")
    with app.stream() as stream:
        stream.wait(1)
        began = time.monotonic()
        double.process.send_signal(number)
        assert double.process.wait(SECONDS) == 0
        assert time.monotonic() - began < 3
        stream.wait_end()
        assert stream.error is None
    assert double.process.stderr is not None
    assert double.process.stderr.read() == ""


def test_a_taken_port_is_one_clear_line_and_status_2() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run("--port", str(port))
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert f"127.0.0.1:{port}" in ended.stderr
    assert ended.stdout == ""


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (["--rate", "-1"], "--rate"),
        (["--rate", "nan"], "--rate"),
        (["--rate", "x"], "--rate"),
        (["--port", "70000"], "--port"),
        (["--consumer-key", "k"], "--consumer-secret"),
        (["--consumer-key", "", "--consumer-secret", ""], "--consumer-key"),
        (["--keep-alive", "0"], "keep_alive"),
        (["--set", "nonsense=1"], "nonsense"),
        (["--set", "gzip=maybe"], "--set gzip=maybe"),
        (["--host", "256.1.1.1"], "256.1.1.1"),
        (["--control-token", ""], "--control-token"),
    ],
)
def test_a_bad_flag_is_named_with_status_2(flags: list[str], named: str) -> None:
    ended = run(*flags, *([] if "--port" in flags else ["--port", "0"]))
    assert ended.returncode == 2
    assert named in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("module", "flag", "value"),
    [
        ("simulator.bluesky", "--set", "ping=maybe"),
        ("simulator.mastodon", "--set", "heartbeat=maybe"),
        ("simulator.mastodon", "--token", ""),
    ],
)
def test_the_other_doubles_name_a_bad_flag(module: str, flag: str, value: str) -> None:
    ended = run("--port", "0", flag, value, module=module)
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"{module}: {flag}")
    assert "Traceback" not in ended.stderr


def test_help_names_the_flags() -> None:
    assert "--consumer-key" in run("--help").stdout


def test_flags_become_settings(start: Callable[..., Double]) -> None:
    double = start(
        "--keep-alive",
        "3",
        "--rule-delay",
        "1.5",
        "--cap",
        "250",
        "--connections",
        "2",
        "--connect-limit",
        "7",
        "--set",
        "gzip=true",
        "--set",
        'when_full="hold"',
    )
    found = double.control("GET", "settings")
    assert found["keep_alive"] == 3.0
    assert found["rule_delay"] == 1.5
    assert found["posts_per_second_cap"] == 250
    assert found["connections_per_app"] == 2
    assert found["limits"]["connect"] == 7
    assert found["gzip"] is True
    assert found["when_full"] == "hold"


def test_it_writes_posts_by_itself(start: Callable[..., Double]) -> None:
    double = start("--rate", "100")
    app = double.app()
    app.add("the OR a OR is")
    with app.stream() as stream:
        stream.wait(20)
    assert requests.get(double.base, timeout=SECONDS).status_code == 200
