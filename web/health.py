"""Health: whether the process answers, and whether everything that it needs does."""

import logging
from contextlib import suppress

import gevent
import msgspec
from flask import Blueprint, Response, request
from redis import Redis

from streams.clock import clock
from streams.live import LiveStoreError, heartbeats, machines
from streams.live.clock import learn_from
from streams.live.connection import eviction_warning
from web.context import context
from web.limits import READINESS

health = Blueprint("health", __name__)
log = logging.getLogger(__name__)

ROLES = ("collector", "tagger")
CLOCK_SECONDS = 5.0
"""Seconds between two looks at Redis's clock; a step in between is not followed."""
NO_JOBS = "no worker for exports: start the process jobs of the Procfile"


@health.get("/healthz")
def lives() -> Response:
    """Answer, to prove that the process does."""
    return _json(200, {"status": "ok"})


@health.get("/readyz")
def ready() -> Response:
    """Check database, Redis, disk, collector and tagger; 503 names those that are missing.

    `faults` says what is wrong with a backend. While Redis is at fault nobody can know whether a
    collector or a tagger runs: they are `unknown`, not missing. `warnings` names what works today
    and may lose something later, and what only some requests need.
    """
    context().limits.take_shared(READINESS, "readiness", request.remote_addr or "")
    faults = context().backends.faults()
    missing, unknown, warnings = list(faults), list[str](), dict[str, str]()
    if "redis" in faults:
        unknown.extend(ROLES)
    else:
        try:
            missing += [role for role in ROLES if not heartbeats.alive(context().redis, role)]
            if warning := eviction_warning(context().redis):
                warnings["redis"] = warning
            if not heartbeats.alive(context().redis, "jobs"):
                warnings["jobs"] = NO_JOBS
            if warning := _clock_warning():
                warnings["clock"] = warning
        except LiveStoreError as error:
            missing, unknown, faults["redis"] = ["redis", *missing], list(ROLES), str(error)
    body = {"missing": missing, "unknown": unknown, "faults": faults, "warnings": warnings}
    if missing:
        return _json(503, {"status": "not ready", **body})
    return _json(200, {"status": "ready", **body})


def _clock_warning() -> str:
    """Return what is wrong with the clocks of the machines that answer, and with this one's."""
    here, now = context(), context().now()
    found = [
        f"{each.name}: {each.clock}"
        for each in machines.known(here.redis, now)
        if each.clock and each.state(now) == "connected"
    ]
    found += [f"web: {clock.warning}"] if clock.warning else []
    return " ".join(found)


def follow_redis_clock(client: Redis) -> None:
    """Keep the clock of this process by that of Redis, for ever."""
    while True:
        with suppress(LiveStoreError):
            learn_from(client, clock)
        gevent.sleep(CLOCK_SECONDS)


def log_warnings(client: Redis) -> None:
    """Log, at the start of the process, that Redis may delete keys."""
    with suppress(LiveStoreError):  # /readyz reports that Redis is away
        if warning := eviction_warning(client):
            log.warning("%s", warning)


def _json(status: int, body: object) -> Response:
    return Response(msgspec.json.encode(body), status, mimetype="application/json")
