"""Deletions over REST: taking posts out of captures, recent posts and dashboards."""

import re
from contextlib import suppress
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct, field

from streams.deletion import (
    Deletion,
    DeletionOrder,
    DeletionState,
    MachineWork,
    RemovedFromSegment,
    UnreachedClient,
)
from streams.live import LiveStoreError, machines
from streams.live.deletion import erase_from_all
from web.api.page import Page, PageQuery
from web.api.route import ApiCall, ApiRoute
from web.context import context
from web.errors import ApiError

SHOWN = 100
"""Posts that were found nowhere, in one answer."""
_ID = re.compile(r'[^\s"\\\x00-\x1f]{1,200}')


class DeletionBody(Struct, forbid_unknown_fields=True):
    """Posts by id, authors by id, or `compliance` to have X say what must go."""

    ids: list[str] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)
    reason: Annotated[str, Meta(min_length=1, max_length=200)] = "request"
    compliance: bool = False


class DeletionSummary(Struct):
    """`found` counts named posts and authors found anywhere, `recent` posts taken from dashboards.

    `children` are the deletions that a compliance check led to, and it is their `parent`.
    """

    id: str
    state: DeletionState
    reason: str
    asked_at: int
    done_at: int | None
    compliance: bool
    parent: str | None
    posts: int
    authors: int
    found: int
    recent: int
    machines: tuple[MachineWork, ...]
    children: tuple[str, ...]


class ManualDeletion(Struct):
    """Capture clients that cannot be told: these posts are to be deleted by hand from what they
    keep, and all posts of these authors."""

    clients: list[UnreachedClient]
    ids: list[str]
    authors: list[str]


class DeletionAnswer(DeletionSummary):
    """The same with the segments that lost something, and some of what was found nowhere.

    Nobody knows what people exported, downloaded or copied: that is out of reach, and not listed.
    """

    segments: list[RemovedFromSegment]
    not_found: list[str]
    by_hand: ManualDeletion | None


def ask(call: ApiCall) -> DeletionSummary:
    """Write a deletion down; recent posts go at once, captures as their machines come to it."""
    body: DeletionBody = call.body
    _check(body)
    deletions, now = context().store.deletions, context().now()
    asked = deletions.ask(
        call.account.id,
        body.reason,
        now,
        _machines(now),
        posts=body.ids,
        authors=body.authors,
        compliance=body.compliance,
    )
    posts, authors = frozenset(body.ids), frozenset(body.authors)
    order = DeletionOrder(asked, call.account.id, body.reason, now, posts, authors)
    with suppress(LiveStoreError):  # every machine that looks through its captures does it, too
        ids = [each.id for each in context().store.streams.of_account(order.account_id)]
        count = erase_from_all(context().redis, ids, posts, authors, order.asked_at)
        context().store.deletions.recent(order.id, count)
    return DeletionSummary(**_face(_mine(call, asked)))


def listing(call: ApiCall) -> Page[DeletionSummary]:
    """List what was asked, newest first."""
    limit, offset = call.query.limit, call.query.offset
    found, total = context().store.deletions.of_account(call.account.id, limit, offset)
    end = offset + limit
    faces = [DeletionSummary(**_face(each)) for each in found]
    return Page(faces, total, end if end < total else None)


def show(call: ApiCall) -> DeletionAnswer:
    """Show how far one is."""
    deletion = _mine(call, call.path["deletion_id"])
    deletions = context().store.deletions
    return DeletionAnswer(
        **_face(deletion),
        segments=deletions.taken(deletion.id),
        not_found=deletions.record_missing(deletion.id, SHOWN),
        by_hand=_by_hand(deletion.id),
    )


def _by_hand(deletion_id: str) -> ManualDeletion | None:
    holders = context().store.deletion_reach.unreached(deletion_id)
    order = context().store.deletions.order(deletion_id)
    if order is None or not holders:
        return None
    return ManualDeletion(holders, sorted(order.posts), sorted(order.authors))


def _check(body: DeletionBody) -> None:
    if body.compliance and (body.ids or body.authors):
        text = "a compliance check finds its posts by itself: name no ids and no authors"
        raise ApiError(422, "both", text, "compliance")
    if not (body.compliance or body.ids or body.authors):
        raise ApiError(422, "nothing_to_delete", "name ids, or authors, or ask for compliance")
    for name, values in (("ids", body.ids), ("authors", body.authors)):
        for each in values:
            if not _ID.fullmatch(each):
                raise ApiError(422, "bad_id", f"this is no id: {each[:80]!r}", name)


def _machines(now: int) -> list[str]:
    """Name those that may have open segments that SQL does not know yet."""
    try:
        known = machines.known(context().redis, now)
    except LiveStoreError:
        return []  # they take part as soon as they look
    return [each.name for each in known if each.state(now) != "disconnected"]


def _mine(call: ApiCall, deletion_id: str) -> Deletion:
    found = context().store.deletions.get(deletion_id) if deletion_id.isascii() else None
    if found is None or found.account_id != call.account.id:
        raise ApiError(404, "no_such_deletion", "you have asked for no such deletion")
    return found


def _face(deletion: Deletion) -> dict[str, Any]:
    face = msgspec.structs.asdict(deletion)
    face |= {"state": deletion.state, "done_at": deletion.done_at}
    return {name: face[name] for name in DeletionSummary.__struct_fields__}


routes = (
    ApiRoute(
        "POST",
        "/deletions",
        "Delete posts, by id or author, from your captures and dashboards",
        ask,
        DeletionSummary,
        status=202,
        body=DeletionBody,
    ),
    ApiRoute(
        "GET",
        "/deletions",
        "List deletions, newest first",
        listing,
        Page[DeletionSummary],
        query=PageQuery,
    ),
    ApiRoute("GET", "/deletions/<deletion_id>", "Show how far a deletion is", show, DeletionAnswer),
)
