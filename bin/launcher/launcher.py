"""One run of the whole system: what is checked, what is started, and in which order."""

import os
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from honcho.environ import parse_procfile

from bin.launcher import redis_server
from bin.launcher.console import Console
from bin.launcher.errors import ChildEnded, LaunchError, StopRequested
from bin.launcher.lock import lock
from bin.launcher.ports import check_free
from bin.launcher.supervisor import Supervisor
from streams.settings import ROOT, Settings, is_loopback

FIRST_PARTS = ("web", "collector", "tagger")
LATER_PARTS = ("beat", "jobs", "flower")
"""What nobody waits for: started when the web answers, so that it does so sooner."""
LOOPBACK = "127.0.0.1"
READY_SECONDS = 90.0
MIGRATION_SECONDS = 600.0


def launch(settings: Settings) -> int:
    """Start everything, watch it, end it; gives the exit code. Raises LaunchError."""
    held = lock(settings.data_dir)
    check_free(list(ports(settings)))
    if "redis_url" in settings.model_fields_set:
        redis_server.check(settings.redis_url, settings.redis_options())
    commands = parse_procfile((ROOT / "Procfile").read_text()).processes
    logs = settings.data_dir / "logs"
    logs.mkdir(exist_ok=True)
    console = Console(["redis", "simulator", *commands])
    supervisor = Supervisor(environment(settings), logs, console, held)
    try:
        start(supervisor, settings, commands)
        while True:
            supervisor.tick()
    except StopRequested:
        return 0
    except ChildEnded as ended:
        console.say(str(ended))
        return 1
    finally:
        supervisor.stop()


def ports(settings: Settings) -> Iterator[tuple[str, str, int]]:
    """Name the ports that will be listened on: variable, host, port."""
    yield "PORT", settings.host, settings.port
    yield "FLOWER_PORT", LOOPBACK, settings.flower_port
    if not settings.has_x_credentials:
        yield "SIMULATOR_PORT", LOOPBACK, settings.simulator_port


def environment(settings: Settings) -> dict[str, str]:
    """Return the parts' environment: those of this process, and what all of them must agree on."""
    programs = str(Path(sys.executable).parent)
    return {
        **os.environ,
        "PATH": os.pathsep.join((programs, os.environ.get("PATH", os.defpath))),
        "PYTHONUNBUFFERED": "1",
        "DATA_DIR": str(settings.data_dir),
        "FLOWER_PORT": str(settings.flower_port),
        "LOG_LEVEL": settings.log_level,
    }


def start(supervisor: Supervisor, settings: Settings, commands: dict[str, str]) -> None:
    """Start all parts and wait until the web answers."""
    say = supervisor.console.say
    if "redis_url" not in settings.model_fields_set:
        say(f"Starting Redis ({redis_server.program()}) ...")
        redis_server.start(supervisor, settings.data_dir / "redis", settings.capture_disk_reserve)
    if not settings.has_x_credentials:
        say("Starting the simulator, as no X credentials are set ...")
        simulate(supervisor, settings.simulator_port)
    say("Bringing the database up to date ...")
    code, said = supervisor.run_to_end("release", commands["release"], MIGRATION_SECONDS)
    if code:
        reason = "\n".join(said)
        raise LaunchError(f"DATABASE_URL: the database could not be brought up to date:\n{reason}")
    say(f"Starting {', '.join(FIRST_PARTS + LATER_PARTS)} ...")
    for name in FIRST_PARTS:
        supervisor.start(name, commands[name])
    host = LOOPBACK if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104
    supervisor.until(lambda: is_healthy(host, settings.port), READY_SECONDS, "web")
    for name in LATER_PARTS:
        supervisor.start(name, commands[name])
    supervisor.heal()
    say(f"Weir is ready at http://{host}:{settings.port} (Ctrl-C ends it)")
    say(summary(settings))
    if not is_loopback(settings.host):
        say("Warning: Weir listens beyond this machine. Put TLS in front, and invite people.")
        if not settings.has_x_credentials:
            say("Without an X app, people sign in with a name and a password here.")
    if link := first_link(supervisor.env):
        say(f"Nobody is an administrator yet. Open this once, within a day, to become it: {link}")


def first_link(env: dict[str, str]) -> str:
    """Return the link that makes the first administrator, "" when there is one or it fails.

    Its words go to the terminal only: no log keeps the link.
    """
    words = [sys.executable, "-m", "web.accounts", "link", "--first"]
    done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def summary(settings: Settings) -> str:
    """Print where posts come from and where to look at the task queues."""
    posts = "posts of X" if settings.has_x_credentials else "simulated posts, as no X app is set"
    return f"Source: {posts}. Administrators find Flower at /flower/."


def simulate(supervisor: Supervisor, port: int) -> None:
    """Start the simulator in the place of X."""
    supervisor.env["X_API_BASE"] = f"http://{LOOPBACK}:{port}"
    supervisor.env["X_API_KEY"] = supervisor.env["X_API_SECRET"] = "simulator"  # noqa: S105
    supervisor.start("simulator", [sys.executable, "-m", "simulator", "--port", str(port)])


def is_healthy(host: str, port: int) -> bool:
    """Whether the web process answers."""
    connection = HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
