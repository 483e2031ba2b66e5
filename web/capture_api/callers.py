"""Callers: a capture client by its token, or a person by session or API token."""

from flask import request

from streams.job import Client, Job
from streams.store.accounts import Account
from web.auth import sessions
from web.auth.origins import check_own_write
from web.context import context
from web.errors import ApiError
from web.limits import WRITES, RateLimit

CALLS = RateLimit(300, 50)
"""Of one client: it calls about every five seconds, and our own agent as its settings say."""
MOST = 2**31 - 1

Caller = Client | Account


def caller() -> Caller:
    """Return who calls, or refuse with 401; a write with the session cookie needs our Origin."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "token":
        return _client(token.strip())
    who = sessions.required()
    if request.method not in ("GET", "HEAD"):
        if who.kind == "session":
            check_own_write()
        context().limits.take(WRITES, who.account.id)
    return who.account


def person() -> Account:
    """Return the person who calls; a client may not."""
    found = caller()
    if isinstance(found, Client):
        raise ApiError(403, "forbidden", "this is for people, not for capture clients")
    return found


def account_of(who: Caller) -> Account:
    """Return whose jobs these are."""
    if isinstance(who, Account):
        return who
    account = context().store.accounts.get(who.account_id)
    if account is None:
        raise ApiError(401, "unauthorized", "this token is not valid")
    return account


def job_of(who: Caller, number: int) -> Job:
    """Return a caller's job; one of somebody else is as unknown as one that never was."""
    job = context().store.jobs.get(number) if number <= MOST else None
    if job is None or not _is_theirs(who, job):
        raise ApiError(404, "not_found", "there is no such job")
    return job


def client_of(account_id: int, client_id: int) -> Client | None:
    """Return an account's client that is not revoked."""
    client = context().store.clients.get(client_id) if 0 < client_id <= MOST else None
    if client is None or client.account_id != account_id or client.revoked_at is not None:
        return None
    return client


def _is_theirs(who: Caller, job: Job) -> bool:
    if isinstance(who, Client):
        return job.client_id == who.id
    return job.stream.account_id == who.id


def _client(token: str) -> Client:
    usable = 0 < len(token) <= sessions.MAX_TOKEN
    client = context().store.clients.of_token(token) if usable else None
    if client is None:
        raise ApiError(401, "unauthorized", "this token is not valid, or was revoked")
    context().limits.take(CALLS, ("client", client.id))
    context().store.clients.seen(client.id, context().now())
    return client
