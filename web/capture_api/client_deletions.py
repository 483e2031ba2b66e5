"""Deletions at capture clients: what a client must delete from its files, and its progress."""

import re
from typing import Annotated

import msgspec
from flask import request
from msgspec import Meta, Struct, field

from streams.deletion import DeletionOrder, RemovedFromSegment
from streams.job import Client
from web.capture_api.errors import InvalidRequest
from web.context import context
from web.errors import ApiError

AT_ONCE = 5000
"""Most deleted ids in one answer."""
MAX_ENTRIES = 1000
"""Most ids or files in one report."""
Id = Annotated[str, Meta(pattern=r'^[^\s"\\\x00-\x1f]{1,200}$')]
Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]


class PendingDeletions(Struct, frozen=True):
    """`orders` to carry out, and `forgotten`: deleted ids as number, kind, value, time (ms)."""

    orders: list[DeletionOrder]
    forgotten: list[tuple[int, str, str, int]]


class TakenBody(Struct, forbid_unknown_fields=True):
    """How many lines and copies were deleted from one file."""

    collection: Annotated[str, Meta(max_length=64)]
    file: Annotated[str, Meta(max_length=200)]
    lines: Count
    copies: Count


class ReportBody(Struct, forbid_unknown_fields=True):
    """A client's progress; `posts` and `authors` were found, `taken` counts whole files."""

    looked: Count = 0
    done: bool = False
    trouble: Annotated[str, Meta(max_length=500)] | None = None
    posts: Annotated[list[Id], Meta(max_length=MAX_ENTRIES)] = field(default_factory=list)
    authors: Annotated[list[Id], Meta(max_length=MAX_ENTRIES)] = field(default_factory=list)
    taken: Annotated[list[TakenBody], Meta(max_length=MAX_ENTRIES)] = field(default_factory=list)


def pending(client: Client) -> PendingDeletions:
    """Return what a client has not deleted yet; from then on it counts as reachable."""
    store = context().store
    if client.deletes_at is None:
        store.clients.deletes(client.id, context().now())
    store.deletion_reach.adopt(client)
    text = request.args.get("after", "0")
    after = int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0
    forgotten = store.deletions.forgotten(after, client.account_id, AT_ONCE)
    return PendingDeletions(
        store.deletions.pending(client.machine, context().now()),
        [(it.number, it.kind, it.value, it.asked_at) for it in forgotten],
    )


def record_report(client: Client, deletion_id: str) -> None:
    """Record a client's report on a deletion; reports after its completion are ignored."""
    store, body = context().store, _body()
    done = store.deletion_reach.is_done(deletion_id, client.machine)
    if done is None:
        raise ApiError(404, "no_such_deletion", "this client was not asked for such a deletion")
    if done:
        return
    store.deletions.found(deletion_id, body.posts, body.authors)
    for each in body.taken:
        taken = RemovedFromSegment(
            client.machine, each.collection, each.file, each.lines, each.copies
        )
        store.deletions.record_removed(deletion_id, taken)
    done_at = context().now() if body.done else None
    store.deletions.report([deletion_id], client.machine, body.looked, done_at, body.trouble)


def _body() -> ReportBody:
    try:
        return msgspec.json.decode(request.get_data(), type=ReportBody)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest({"detail": [f"the report is not valid: {error}"[:300]]}) from None
