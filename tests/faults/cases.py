"""The faults: each strikes a loaded system, ends, and checks what was said of it."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple

import redis

from tests.faults import agents, backfills, clocks, crowds, databases, disk, launched, namespaces
from tests.faults.partitions import cut_off
from tests.faults.trial import WORD, Trial
from tests.rig.valkey import PASSWORD
from tests.rig.waiting import wait_until
from tests.rig.weir import PARTS, Weir
from workers.collector.collector import COMMIT_EVERY
from workers.collector.count_ledger import OVERDUE

AGAIN_SECONDS = OVERDUE + COMMIT_EVERY + 5.0
"""Seconds within which another tagger labels the batch of a killed one: it is overdue, the
collector looks, which takes it a second, and the tagger works on what has waited meanwhile."""
Strike = Callable[[Trial], None]


class Case(NamedTuple):
    """A fault by name; one with a `system` strikes one of its own, which it gets a folder for."""

    name: str
    strike: Strike
    system: Callable[[Path], AbstractContextManager[Weir | None]] | None = None


def _killed(part: str) -> Strike:
    def strike(trial: Trial) -> None:
        trial.weir.kill(part)
        time.sleep(1)
        trial.weir.start(part)

    return strike


def _restarted(part: str) -> Strike:
    return lambda trial: trial.weir.restart(part)


def _tagger_killed_in_a_batch(trial: Trial) -> None:
    """Kill the tagger and its child while they hold a batch; it comes again, once.

    Posts of the time before may have been in a gap, when this is not the first fault.
    """
    weir = trial.weir
    pid = weir.processes.pid("tagger")
    before = len(trial.load.sent)
    os.killpg(pid, signal.SIGSTOP)
    time.sleep(1)  # it holds a batch now, and others wait
    held = set(list(trial.load.sent)[before:])
    os.killpg(pid, signal.SIGKILL)
    wait_until(lambda: not weir.processes.is_running("tagger"), 20, "the end of the tagger")
    weir.start("tagger")
    began = time.monotonic()
    trial.wait(
        lambda: held <= trial.viewer.shown().keys(), "the batch to come again", AGAIN_SECONDS
    )
    trial.says(f"the batch came again within {time.monotonic() - began:.0f} s")


def _all_killed(trial: Trial) -> None:
    for name in PARTS:
        os.kill(trial.weir.processes.pid(name), signal.SIGKILL)
    for name in PARTS:
        wait_until(lambda name=name: not trial.weir.processes.is_running(name), 20, name)  # type: ignore[misc]
    for name in PARTS:
        trial.weir.start(name)


def _collector_replaced(trial: Trial) -> None:
    """Freeze the owner of the slot until a second collector has it, then wake it."""
    weir = trial.weir
    second = weir.command("collector").replace("collector@", "second@")
    weir.processes.start("second", second, weir.env)
    time.sleep(8)
    os.killpg(weir.processes.pid("collector"), signal.SIGSTOP)
    time.sleep(20)
    os.killpg(weir.processes.pid("collector"), signal.SIGCONT)
    time.sleep(3)
    weir.processes.stop("second")


def _redis_killed(trial: Trial) -> None:
    trial.weir.kill("redis")
    time.sleep(2)
    trial.weir.start("redis")


def _redis_wiped(trial: Trial) -> None:
    with trial.redis() as client:
        client.flushall()


def _collector_killed_and_redis_wiped(trial: Trial) -> None:
    trial.weir.kill("collector")
    _redis_wiped(trial)
    time.sleep(1)
    trial.weir.start("collector")


@contextmanager
def _stopped(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _redis_frozen(seconds: float) -> Strike:
    def strike(trial: Trial) -> None:
        with _stopped(trial.weir.valkey.pid):
            time.sleep(seconds)

    return strike


def _collector_frozen(trial: Trial) -> None:
    pid = trial.weir.processes.pid("collector")
    with _stopped(pid):
        time.sleep(20)


def _redis_out_of_memory(trial: Trial) -> None:
    with trial.redis() as client:
        client.config_set("maxmemory", 1)
        time.sleep(6)
        _redis_is_named(trial)
        client.config_set("maxmemory", 0)


def _redis_read_only(trial: Trial) -> None:
    with trial.redis() as client:
        client.replicaof("127.0.0.1", 1)
        time.sleep(6)
        _redis_is_named(trial)
        client.replicaof("NO", "ONE")


def _redis_is_named(trial: Trial) -> None:
    answer = trial.person.http.get(f"{trial.weir.url}/readyz", timeout=15)
    faults = answer.json()["faults"]
    trial.says(f"readyz: {', '.join(sorted(faults)) or 'ready'}")
    trial.expect("redis" in faults, "/readyz does not name Redis")


def _password_changed(trial: Trial) -> None:
    with trial.redis() as client:
        client.config_set("requirepass", "other")
    url = trial.weir.env["REDIS_URL"].replace(PASSWORD, "other")
    with redis.Redis.from_url(url) as client:
        client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        client.execute_command("CLIENT", "KILL", "TYPE", "normal")
        time.sleep(8)
        client.config_set("requirepass", PASSWORD)
    trial.must_hear("readyz:redis")


def _connections_cut(trial: Trial) -> None:
    with trial.redis() as client:
        for kind in ("pubsub", "normal") * 3:
            client.execute_command("CLIENT", "KILL", "TYPE", kind)
            time.sleep(0.5)


def _evicting(trial: Trial) -> None:
    with trial.redis() as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        client.config_set("maxmemory", "1gb")
        warnings = trial.person.http.get(f"{trial.weir.url}/readyz", timeout=15).json()["warnings"]
        trial.expect("redis" in warnings, "/readyz does not warn of the policy")
        trial.says("readyz: warning")
        client.config_set("maxmemory", 0)
        client.config_set("maxmemory-policy", "noeviction")


def _upstream(fault: str, waiting: float, **how: object) -> Strike:
    def strike(trial: Trial) -> None:
        trial.upstream.fault(fault, **how)
        time.sleep(waiting)

    return strike


def _refused_and_closed(trial: Trial) -> None:
    trial.upstream.fault("http_503", count=3)
    trial.upstream.fault("close")
    time.sleep(6)


def _only_keep_alives(trial: Trial) -> None:
    time.sleep(60)  # so that the rate is known
    trial.upstream.fault("keepalives_only", seconds=45)

    def note() -> str:
        status = trial.person.call("GET", f"/streams/{trial.stream_id}")["status"]
        return str(status.get("note") or "")

    if trial.wait(lambda: "all but stopped" in note(), "the silence to be named", 45):
        trial.says("note: all but stopped")


def _two_collectors(trial: Trial) -> None:
    weir = trial.weir
    command = weir.command("collector").replace("collector@", "second@")
    weir.processes.start("second", command, weir.env)
    time.sleep(8)
    weir.processes.stop("second")


def _planned_start_refused(trial: Trial) -> None:
    """Have X refuse while a planned start passes: that stream has a gap from then on."""
    starts_at = int(time.time() * 1000) + 4000
    body = {"filter": {"keywords": [f"{WORD} noon"]}, "plan": {"starts_at": starts_at}}
    person = trial.person
    planned = person.call("POST", "/streams", body)["id"]
    person.call("POST", f"/streams/{planned}/start")
    trial.upstream.fault("http_503", count=3)
    trial.upstream.fault("close")
    time.sleep(5)
    trial.wait(lambda: person.state(planned) == "running", "the planned stream to run")
    gaps = person.call("GET", f"/streams/{planned}/gaps")["items"]
    first = min((gap["from"] for gap in gaps), default=0)
    trial.says(f"planned stream: gap from {first - starts_at} ms after its start" if gaps else "")
    trial.expect(abs(first - starts_at) <= 1000, "the planned stream has no gap from its start")
    person.call("DELETE", f"/streams/{planned}")


def _burst(trial: Trial) -> None:
    """Send ten times as many for five seconds."""
    for _ in range(50):
        trial.load.burst(9)
        time.sleep(0.1)


def _slow_viewers(trial: Trial) -> None:
    for _ in range(10):
        trial.viewers.append(trial.person.watch(trial.stream_id))
    with _stopped(trial.weir.processes.pid("web")):
        time.sleep(5)


def _starts_and_stops(trial: Trial) -> None:
    """Fifty streams of one person are started and stopped ten times each while one runs on."""
    words = {"filter": {"keywords": [f"{WORD}s"]}}
    ids = [str(trial.person.call("POST", "/streams", words)["id"]) for _ in range(20)]

    def toggle(stream_id: str) -> list[int]:
        codes = []
        for number in range(10):
            verb = "stop" if number % 2 else "start"
            codes.append(trial.person.ask("POST", f"/streams/{stream_id}/{verb}").status_code)
        return codes

    with ThreadPoolExecutor(8) as pool:
        codes = [code for found in pool.map(toggle, ids) for code in found]
    for stream_id in ids:
        trial.person.ask("DELETE", f"/streams/{stream_id}")
    trial.says(f"{len(codes)} requests: " + ", ".join(str(each) for each in sorted(set(codes))))
    trial.expect(not [code for code in codes if code >= 500 and code != 503], "a 5xx but 503")


CASES = (
    Case("nothing", lambda trial: time.sleep(2)),
    *(Case(f"{part} killed", _killed(part)) for part in PARTS),
    *(Case(f"{part} restarted", _restarted(part)) for part in PARTS),
    Case("tagger and child killed in mid-batch", _tagger_killed_in_a_batch),
    Case("capture agent killed 50 s", agents.kill),
    Case("all killed at once", _all_killed),
    Case("redis killed", _redis_killed),
    Case("redis wiped", _redis_wiped),
    Case("collector killed and redis wiped", _collector_killed_and_redis_wiped),
    Case("redis frozen 8 s", _redis_frozen(8)),
    Case("redis frozen 30 s", _redis_frozen(30)),
    Case("redis frozen 75 s", _redis_frozen(75)),  # longer than a collector stays unwanted
    Case("redis out of memory", _redis_out_of_memory),
    Case("redis read-only", _redis_read_only),
    Case("redis changes its password for 8 s", _password_changed),
    Case("redis cuts every connection", _connections_cut),
    Case("redis may evict", _evicting),
    Case("collector frozen 20 s", _collector_frozen),
    Case("two collectors", _two_collectors),
    Case("collector frozen 20 s while another takes over", _collector_replaced),
    Case("collector cut off from redis 20 s", cut_off("REDIS_URL", 20, "fault:", "readyz:")),
    Case("collector cut off from x 30 s", cut_off("X_API_BASE", 30, "status:", "fault:")),
    Case("cable of the machine pulled 30 s", namespaces.pull_cable),
    Case("disk full 10 s", disk.fill),
    Case("disk of everything full 15 s", launched.fill, system=launched.small_system),
    Case("database locked 8 s", databases.lock(8)),
    Case("database locked 60 s", databases.lock(60)),
    Case("database on a full disk", databases.fill, system=databases.on_small_disk),
    Case(
        "database read-only on PostgreSQL", databases.make_read_only, system=databases.on_postgres
    ),
    Case("database away on PostgreSQL", databases.stop, system=databases.on_postgres),
    *(Case(f"clock of {part} an hour off", clocks.stepped(part)) for part in PARTS),
    Case("collectors killed whose clocks are an hour off", clocks.killed),
    Case("x closes", _upstream("close", 3)),
    Case("x resets in mid-line", _upstream("reset_mid_line", 3)),
    Case("x stalls for 30 s", _upstream("stall", 26, seconds=30)),
    Case("x stalls for 40 s", _upstream("stall", 42, seconds=40)),
    Case("x refuses while a planned start passes", _planned_start_refused),
    Case("x ends the connection", _upstream("operational_disconnect", 4)),
    Case("x refuses to reconnect", _refused_and_closed),
    Case("x refuses for some seconds and the gap is filled", backfills.fill),
    Case("x sends garbage", _upstream("garbage_line", 1, count=3)),
    Case("x sends bad UTF-8", _upstream("bad_utf8", 1, count=3)),
    Case("x sends posts twice", _upstream("duplicates", 3, count=50)),
    Case("x sends out of order", _upstream("out_of_order", 3, count=50)),
    Case("x sends keep-alives only", _only_keep_alives),
    Case("burst of ten times", _burst),
    Case("web frozen with ten viewers", _slow_viewers),
    Case("500 viewers of whom 50 stop reading", crowds.viewers_stop_reading),
    Case("1000 starts and stops by 50 people", crowds.starts_and_stops),
    Case("200 starts and stops", _starts_and_stops),
)
