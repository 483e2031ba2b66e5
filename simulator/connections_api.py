"""The connections endpoints: see the open streams of an app, and cut stale ones."""

from typing import Any

from flask import Blueprint, request

from simulator import auth
from simulator.connection import StreamConnection
from simulator.posts import iso
from simulator.problems import invalid_request

blueprint = Blueprint("connections", __name__)
ENDPOINT = "filtered_stream"


@blueprint.get("/2/connections")
def listing() -> Any:
    """List the connections of the calling app, the active ones unless `status` says otherwise."""
    app = auth.app_only("connections")
    status = request.args.get("status", "active")
    if status not in ("active", "inactive", "all"):
        message = "The `status` must be one of [active,inactive,all]"
        raise invalid_request("status", status, message)
    active, past = list(app.slots.open.values()), list(app.slots.past)
    chosen = {"active": active, "inactive": past, "all": active + past}[status]
    answer: dict[str, Any] = {"meta": {"result_count": len(chosen)}}
    return answer | ({"data": [_shown(connection) for connection in chosen]} if chosen else {})


@blueprint.delete("/2/connections/all")
@blueprint.delete(f"/2/connections/{ENDPOINT}")
def cut_all() -> Any:
    """Cut all streams of the calling app and free their slots."""
    app = auth.app_only("connections")
    return _cut(app.slots.end_all("deleted by client"), 0)


@blueprint.delete("/2/connections/<endpoint>")
def cut_endpoint(endpoint: str) -> Any:
    """Refuse other kinds of streams."""
    auth.app_only("connections")
    message = f"The `endpoint_id` must be one of [{ENDPOINT}]"
    raise invalid_request("endpoint_id", endpoint, message)


@blueprint.delete("/2/connections")
def cut_some() -> Any:
    """Cut the streams whose ids the body names."""
    app = auth.app_only("connections")
    body = request.get_json(silent=True, force=True)
    ids = body.get("uuids") if isinstance(body, dict) else None
    if not isinstance(ids, list) or not 1 <= len(ids) <= 100:
        raise invalid_request("uuids", ids, "`uuids` must be a list of 1 to 100 ids")
    gone = app.slots.end_all("deleted by client", lambda c: _id(c) in ids)
    return _cut(gone, len(ids) - gone)


def _cut(gone: int, missing: int) -> Any:
    return {"data": {"successful_kills": gone, "failed_kills": missing, "results": []}}


def _id(connection: StreamConnection) -> str:
    return f"00000000-0000-4000-8000-{connection.number:012d}"


def _shown(connection: StreamConnection) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": _id(connection),
        "endpoint_name": ENDPOINT,
        "connected_at": iso(connection.connected_at),
        "client_ip": connection.client_ip,
    }
    if connection.disconnected_at:
        shown["disconnected_at"] = iso(connection.disconnected_at)
        shown["disconnect_reason"] = connection.reason or ""
    return shown
