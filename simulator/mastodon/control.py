"""The control API of the double: statuses, edits, deletions, pace, faults, settings, ledger."""

from typing import Any, TypeVar

import msgspec
from flask import Blueprint, Response, request

from simulator.control import PostingRate, admit_operator, bad
from simulator.faults import FaultOrder
from simulator.mastodon.api import state

T = TypeVar("T")
blueprint = Blueprint("control", __name__, url_prefix="/_control")


class EditedStatus(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /_control/edits."""

    id: str
    text: str


class DeletedStatuses(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /_control/deletions."""

    ids: list[str]


@blueprint.before_request
def guard() -> None:
    """Admit operators only."""
    admit_operator(state().control_token)


@blueprint.get("/")
def overview() -> Any:
    """Return the state at a glance."""
    return dict(state().overview())


@blueprint.post("/posts")
def posts() -> Any:
    """Deliver statuses now, one a line: `text`, and any field of a status."""
    lines = [line for line in request.get_data().split(b"\n") if line.strip()]
    batch = [_status(number, line) for number, line in enumerate(lines, 1)]
    delivered = sum(map(state().publish, batch))
    return {"posts": len(batch), "delivered": delivered, "ids": [each["id"] for each in batch]}


@blueprint.post("/edits")
def edits() -> Any:
    """Publish another version of a status."""
    body = _body(EditedStatus)
    try:
        return {"delivered": state().edit(body.id, body.text)}
    except (KeyError, ValueError):
        raise bad(f"there is no status {body.id[:30]!r}", 404, "not_found") from None


@blueprint.post("/deletions")
def deletions() -> Any:
    """Delete statuses."""
    ids = _body(DeletedStatuses).ids
    if not all(each.isascii() and each.isdigit() for each in ids):
        raise bad("ids are strings of digits")
    return {"delivered": sum(map(state().delete, ids))}


@blueprint.get("/rate")
def rate() -> Any:
    """Return the generator's pace."""
    return {"posts_per_second": state().generator.rate}


@blueprint.post("/rate")
def set_rate() -> Any:
    """Set the generator's pace; 0 is silence."""
    wanted = _body(PostingRate).posts_per_second
    if not 0 <= wanted <= 1_000_000:
        raise bad("posts_per_second must be between 0 and 1000000")
    state().generator.rate = wanted
    return rate()


@blueprint.get("/faults")
def faults() -> Any:
    """List the faults in force."""
    return {"faults": [fault.shown() for fault in state().faults.in_force()]}


@blueprint.post("/faults")
def arm() -> Any:
    """Put a fault in force."""
    try:
        return state().arm(_body(FaultOrder)).shown(), 201
    except ValueError as error:
        raise bad(str(error)) from None


@blueprint.delete("/faults")
def clear_faults() -> Any:
    """End all faults."""
    state().clear_faults()
    return faults()


@blueprint.get("/ledger")
def ledger() -> Any:
    """Return a page of deliveries: `since`, `limit`, `rule`; `format=ids` for ids."""
    book, rule = state().ledger, request.args.get("rule")
    if request.args.get("format") == "ids":
        return Response("".join(f"{each}\n" for each in book.ids(None, rule)), "text/plain")
    since, limit = (request.args.get(name, default, int) for name, default in _PAGE)
    page = book.page(max(0, since), min(limit, 20_000), None, rule)
    return page | {"connections": [each.shown() for each in (*state().past, *state().open)]}


_PAGE = (("since", 0), ("limit", 10_000))


@blueprint.delete("/ledger")
def reset_ledger() -> Any:
    """Forget all deliveries."""
    state().ledger.reset()
    return {"total": 0}


@blueprint.get("/settings")
def settings() -> Any:
    """Return all settings."""
    return msgspec.to_builtins(state().settings)


@blueprint.post("/settings")
def change_settings() -> Any:
    """Change some settings."""
    try:
        state().settings.change(_body(dict[str, Any]))
    except msgspec.ValidationError as error:
        raise bad(str(error)) from None
    return settings()


@blueprint.post("/reset")
def reset() -> Any:
    """Start afresh: no statuses, faults or counts; open streams are ended."""
    state().reset()
    return {"reset": True}


def _body(kind: type[T]) -> T:
    try:
        return msgspec.json.decode(request.get_data(), type=kind)
    except msgspec.DecodeError as error:
        raise bad(str(error)) from None


def _status(number: int, line: bytes) -> dict[str, Any]:
    try:
        return state().made(msgspec.json.decode(line, type=dict[str, Any]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise bad(f"line {number} is not a status ({reason}); nothing was delivered") from None
