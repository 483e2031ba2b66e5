"""/deletions: delete posts from captures, recent posts and dashboards."""

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

MAX_NOT_FOUND = 100
"""Most ids that were found nowhere, in one answer."""
_ID = re.compile(r'[^\s"\\\x00-\x1f]{1,200}')


class DeletionBody(Struct, forbid_unknown_fields=True):
    """Posts by id, authors by id, or `compliance` to ask X which posts must go."""

    ids: list[str] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)
    reason: Annotated[str, Meta(min_length=1, max_length=200)] = "request"
    compliance: bool = False


class DeletionSummary(Struct):
    """`found` counts named posts and authors found anywhere, `recent` posts gone from dashboards.

    What platforms announce (`by_platform`) reaches dashboards at once; it is gathered until
    `due_at` (ms) and then taken out of captures or marked there, as each plan says (`on_deletion`).
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
    by_platform: bool
    due_at: int | None
    machines: tuple[MachineWork, ...]
    children: tuple[str, ...]


class ManualDeletion(Struct):
    """Capture clients that Weir cannot reach: delete these posts, and all posts of these authors,
    from their files by hand."""

    clients: list[UnreachedClient]
    ids: list[str]
    authors: list[str]


class DeletionAnswer(DeletionSummary):
    """A deletion with the segments that it changed and some of the ids that were found nowhere.

    Weir does not know what people exported, downloaded or copied.
    """

    segments: list[RemovedFromSegment]
    not_found: list[str]
    by_hand: ManualDeletion | None


def ask(call: ApiCall) -> DeletionSummary:
    """Record a deletion; recent posts go at once, captures as their machines carry it out."""
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
    with suppress(LiveStoreError):  # every machine that scans its captures also does it
        ids = [each.id for each in context().store.streams.of_account(order.account_id)]
        count = erase_from_all(context().redis, ids, posts, authors, order.asked_at)
        context().store.deletions.recent(order.id, count)
    return DeletionSummary(**_summary(_mine(call, asked)))


def listing(call: ApiCall) -> Page[DeletionSummary]:
    """List deletions, newest first."""
    limit, offset = call.query.limit, call.query.offset
    found, total = context().store.deletions.of_account(call.account.id, limit, offset)
    end = offset + limit
    summaries = [DeletionSummary(**_summary(each)) for each in found]
    return Page(summaries, total, end if end < total else None)


def show(call: ApiCall) -> DeletionAnswer:
    """Show the progress of a deletion."""
    deletion = _mine(call, call.path["deletion_id"])
    deletions = context().store.deletions
    return DeletionAnswer(
        **_summary(deletion),
        segments=deletions.taken(deletion.id),
        not_found=deletions.record_missing(deletion.id, MAX_NOT_FOUND),
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
        text = "a compliance check finds the posts itself: leave out ids and authors"
        raise ApiError(422, "both", text, "compliance")
    if not (body.compliance or body.ids or body.authors):
        raise ApiError(422, "nothing_to_delete", "name ids or authors, or set `compliance`")
    for name, values in (("ids", body.ids), ("authors", body.authors)):
        for each in values:
            if not _ID.fullmatch(each):
                raise ApiError(422, "bad_id", f"not an id: {each[:80]!r}", name)


def _machines(now: int) -> list[str]:
    """Return the machines that may have open segments that SQL does not know yet."""
    try:
        known = machines.known(context().redis, now)
    except LiveStoreError:
        return []  # they take part as soon as they scan
    return [each.name for each in known if each.state(now) != "disconnected"]


def _mine(call: ApiCall, deletion_id: str) -> Deletion:
    found = context().store.deletions.get(deletion_id) if deletion_id.isascii() else None
    if found is None or found.account_id != call.account.id:
        raise ApiError(404, "no_such_deletion", "you have no such deletion")
    return found


def _summary(deletion: Deletion) -> dict[str, Any]:
    summary = msgspec.structs.asdict(deletion)
    summary |= {"state": deletion.state, "done_at": deletion.done_at}
    return {name: summary[name] for name in DeletionSummary.__struct_fields__}


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
    ApiRoute(
        "GET", "/deletions/<deletion_id>", "Show the progress of a deletion", show, DeletionAnswer
    ),
)
