"""Health: whether the process answers, and whether everything that it needs does."""

import logging
from contextlib import suppress

import msgspec
from flask import Blueprint, Response, request
from redis import Redis

from streams.live import LiveStoreError, heartbeats
from streams.live.connection import eviction_warning
from web.context import context
from web.limits import READINESS

health = Blueprint("health", __name__)
log = logging.getLogger(__name__)

ROLES = ("collector", "tagger")
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
        except LiveStoreError as error:
            missing, unknown, faults["redis"] = ["redis", *missing], list(ROLES), str(error)
    body = {"missing": missing, "unknown": unknown, "faults": faults, "warnings": warnings}
    if missing:
        return _json(503, {"status": "not ready", **body})
    return _json(200, {"status": "ready", **body})


def log_warnings(client: Redis) -> None:
    """Log, at the start of the process, that Redis may delete keys."""
    with suppress(LiveStoreError):  # /readyz reports that Redis is away
        if warning := eviction_warning(client):
            log.warning("%s", warning)


def _json(status: int, body: object) -> Response:
    return Response(msgspec.json.encode(body), status, mimetype="application/json")
