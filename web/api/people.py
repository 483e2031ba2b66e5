"""/people and /invitations: who may come in and as what, for administrators."""

import re
from contextlib import suppress
from typing import Annotated

import msgspec
from msgspec import Meta, UnsetType

from streams.role import Role
from streams.store import MAX_ID
from streams.store.account_changes import AccountChange
from streams.store.accounts import is_domain
from streams.store.invitations import InvitationSummary
from streams.store.people import LastAdministratorError, PersonSummary
from streams.stream import Wanted
from web.api.page import Page, PageQuery, cut
from web.api.route import ApiCall, ApiRoute
from web.context import context
from web.errors import ApiError
from web.task_queue import TaskQueueDown

DAY_MS = 86_400_000
_HANDLE = re.compile(r"[A-Za-z0-9_]{1,50}")


class ChangedPerson(msgspec.Struct, forbid_unknown_fields=True):
    """What to change of an account; what is not given stays."""

    role: Role | UnsetType = msgspec.UNSET
    suspended: bool | UnsetType = msgspec.UNSET


class NewInvitation(msgspec.Struct, forbid_unknown_fields=True):
    """Whom to invite: a handle at X, a domain, or neither for a link; `days` null has no end.

    The link of a domain makes up to `seats` accounts with names such as `ada@newsroom.example`. It
    has an end, and makes no administrators.
    """

    role: Role = "editor"
    handle: Annotated[str, Meta(min_length=1, max_length=51)] | None = None
    days: Annotated[int, Meta(ge=1, le=365)] | None = 7
    domain: Annotated[str, Meta(min_length=1, max_length=50)] | None = None
    seats: Annotated[int, Meta(ge=1, le=1000)] = 25


class Invited(msgspec.Struct):
    """A new invitation; `token` completes the link `/#/join/<token>`, shown only this once."""

    invitation: InvitationSummary
    token: str | None


def listing(call: ApiCall) -> Page[PersonSummary]:
    """List the accounts."""
    return cut(context().store.people.all(), call.query.limit, call.query.offset)


def change(call: ApiCall) -> PersonSummary:
    """Change role or suspension; a suspended account's streams stop."""
    body: ChangedPerson = call.body
    account_id = number_of(call.path["account_id"])
    role = None if body.role is msgspec.UNSET else body.role
    suspended = None if body.suspended is msgspec.UNSET else body.suspended
    try:
        changed = context().store.people.change(
            account_id, context().now(), call.account.id, role=role, suspended=suspended
        )
    except LastAdministratorError:
        text = "this is the last administrator: make somebody else one first"
        raise ApiError(409, "last_administrator", text) from None
    if changed is None:
        raise no_person()
    if suspended:
        _stop_streams(account_id)
        context().viewers.release_account(account_id)
    return next(each for each in context().store.people.all() if each.id == account_id)


def end_sessions(call: ApiCall) -> None:
    """End an account's sessions, and disconnect its sockets."""
    account_id = number_of(call.path["account_id"])
    if context().store.accounts.get(account_id) is None:
        raise no_person()
    gone = context().store.people.end_sessions(account_id, context().now(), call.account.id)
    context().viewers.release(*gone)


def changes(call: ApiCall) -> Page[AccountChange]:
    """List what was done to accounts, newest first."""
    limit, offset = call.query.limit, call.query.offset
    found, total = context().store.people.changes(limit, offset)
    return Page(found, total, offset + limit if offset + limit < total else None)


def invitations(call: ApiCall) -> Page[InvitationSummary]:
    """List the invitations that nobody has accepted."""
    return cut(context().store.invitations.all(), call.query.limit, call.query.offset)


def invite(call: ApiCall) -> Invited:
    """Invite somebody."""
    body: NewInvitation = call.body
    now = context().now()
    expires_at = now + body.days * DAY_MS if body.days else None
    if body.domain is not None:
        return _invite_domain(call, body, now, expires_at)
    if body.handle is None:
        return Invited(
            *context().store.invitations.invite_link(body.role, now, expires_at, call.account.id)
        )
    handle = body.handle.removeprefix("@")
    if not _HANDLE.fullmatch(handle):
        text = "a handle at X has letters, digits and underscores"
        raise ApiError(422, "invalid", text, "handle")
    if any(each.platform == "x" for each in context().store.people.named(handle)):
        text = f"@{handle} has an account already: change its role instead"
        raise ApiError(409, "has_account", text, "handle")
    made = context().store.invitations.invite_handle(
        handle, body.role, now, expires_at, call.account.id
    )
    return Invited(made, None)


def _invite_domain(call: ApiCall, body: NewInvitation, now: int, expires_at: int | None) -> Invited:
    domain = (body.domain or "").removeprefix("@").lower()
    if body.handle is not None:
        raise ApiError(422, "both", "give a handle or a domain", "domain")
    if not is_domain(domain):
        raise ApiError(422, "invalid", "a domain looks like newsroom.example", "domain")
    if expires_at is None:
        raise ApiError(422, "invalid", "the link of a domain needs an end", "days")
    if body.role == "administrator":
        raise ApiError(422, "invalid", "a link for many makes no administrators", "role")
    made = context().store.invitations.invite_domain(
        domain, body.seats, body.role, now, expires_at, call.account.id
    )
    return Invited(*made)


def withdraw(call: ApiCall) -> None:
    """Withdraw an invitation."""
    number = number_of(call.path["invitation_id"])
    if not context().store.invitations.withdraw(number, context().now(), call.account.id):
        raise ApiError(404, "no_such_invitation", "there is no such invitation, or it was accepted")


def _stop_streams(account_id: int) -> None:
    for stream in context().store.streams.of_account(account_id):
        if stream.wanted is Wanted.RUNNING:
            with suppress(TaskQueueDown):  # saved: the workers see it once Redis answers
                context().control.stop(stream)


def no_person() -> ApiError:
    """Return the refusal of an account that does not exist."""
    return ApiError(404, "no_such_person", "there is no such account")


def number_of(text: str) -> int:
    """Parse a number from a path; anything else becomes 0, which nothing has as id."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 11 else 0
    return number if number <= MAX_ID else 0


routes = (
    ApiRoute(
        "GET",
        "/people",
        "List the accounts, with role, last use and sessions",
        listing,
        Page[PersonSummary],
        query=PageQuery,
        scope="admin",
    ),
    ApiRoute(
        "PATCH",
        "/people/<account_id>",
        "Change the role of an account, suspend or resume it",
        change,
        PersonSummary,
        body=ChangedPerson,
        refuses=(409,),
        scope="admin",
    ),
    ApiRoute(
        "DELETE",
        "/people/<account_id>/sessions",
        "End the sessions of an account",
        end_sessions,
        None,
        status=204,
        scope="admin",
    ),
    ApiRoute(
        "GET",
        "/people/changes",
        "List what was done to accounts and by whom, newest first",
        changes,
        Page[AccountChange],
        query=PageQuery,
        scope="admin",
    ),
    ApiRoute(
        "GET",
        "/invitations",
        "List the invitations that nobody has accepted",
        invitations,
        Page[InvitationSummary],
        query=PageQuery,
        scope="admin",
    ),
    ApiRoute(
        "POST",
        "/invitations",
        "Invite an X handle, or make a link for one local account or for those of a domain",
        invite,
        Invited,
        status=201,
        body=NewInvitation,
        refuses=(409,),
        scope="admin",
    ),
    ApiRoute(
        "DELETE",
        "/invitations/<invitation_id>",
        "Withdraw an invitation",
        withdraw,
        None,
        status=204,
        scope="admin",
    ),
)
