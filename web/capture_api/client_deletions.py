"""Deletions at capture clients: what one has to take out of its files, and how far it is."""

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
"""Entries of what may not come back, in one answer."""
MOST = 1000
"""Ids or files in one report."""
Id = Annotated[str, Meta(pattern=r'^[^\s"\\\x00-\x1f]{1,200}$')]
Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]


class PendingDeletions(Struct, frozen=True):
    """What is to be taken out, `orders`, and what may not come back: number, kind, value, ms."""

    orders: list[DeletionOrder]
    forgotten: list[tuple[int, str, str, int]]


class TakenBody(Struct, forbid_unknown_fields=True):
    """What went out of one file."""

    collection: Annotated[str, Meta(max_length=64)]
    file: Annotated[str, Meta(max_length=200)]
    lines: Count
    copies: Count


class ReportBody(Struct, forbid_unknown_fields=True):
    """How far a client is; `posts` and `authors` were found, `taken` is of whole files."""

    looked: Count = 0
    done: bool = False
    trouble: Annotated[str, Meta(max_length=500)] | None = None
    posts: Annotated[list[Id], Meta(max_length=MOST)] = field(default_factory=list)
    authors: Annotated[list[Id], Meta(max_length=MOST)] = field(default_factory=list)
    taken: Annotated[list[TakenBody], Meta(max_length=MOST)] = field(default_factory=list)


def pending(client: Client) -> PendingDeletions:
    """Tell a client what it has not done yet; who asks is known from then on to be reachable."""
    store = context().store
    if client.deletes_at is None:
        store.clients.deletes(client.id, context().now())
    store.deletion_reach.adopt(client)
    text = request.args.get("after", "0")
    after = int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0
    forgotten = store.deletions.forgotten(after, client.account_id, AT_ONCE)
    return PendingDeletions(
        store.deletions.pending(client.machine),
        [(it.number, it.kind, it.value, it.asked_at) for it in forgotten],
    )


def reported(client: Client, deletion_id: str) -> None:
    """Take a client's word of one deletion; after it was done once, nothing is taken any more."""
    store, body = context().store, _body()
    done = store.deletion_reach.is_done(deletion_id, client.machine)
    if done is None:
        raise ApiError(404, "no_such_deletion", "you were asked for no such deletion")
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
        raise InvalidRequest({"detail": [f"the report cannot be used: {error}"[:300]]}) from None
