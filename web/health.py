"""Health: whether the process lives, and whether everything it needs answers."""

from collections.abc import Callable

import gevent
import msgspec
from flask import Blueprint, Response

from streams.live import heartbeats
from web.context import context

health = Blueprint("health", __name__)

SECONDS = 3


@health.get("/healthz")
def lives() -> Response:
    """This answer is the proof."""
    return _json(200, {"status": "ok"})


@health.get("/readyz")
def ready() -> Response:
    """Ask the database, Redis, a collector and a tagger; 503 names those that are missing."""
    checks: dict[str, Callable[[], object]] = {
        "database": context().store.ping,
        "redis": context().redis.ping,
        "collector": lambda: heartbeats.alive(context().redis, "collector"),
        "tagger": lambda: heartbeats.alive(context().redis, "tagger"),
    }
    missing = [name for name, check in checks.items() if not _passes(name, check)]
    if missing:
        return _json(503, {"status": "not ready", "missing": missing})
    return _json(200, {"status": "ready", "missing": []})


def _passes(name: str, check: Callable[[], object]) -> bool:
    try:
        with gevent.Timeout(SECONDS, TimeoutError):
            return check() is None if name == "database" else bool(check())
    except Exception:
        return False


def _json(status: int, body: object) -> Response:
    return Response(msgspec.json.encode(body), status, mimetype="application/json")
