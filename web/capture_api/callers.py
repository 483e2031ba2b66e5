"""Who calls the capture API: a capture client by its token, or a person by session or API token."""

from flask import request

from streams.job import Client, Job
from streams.store.accounts import Account
from web.auth import sessions
from web.auth.origins import check_own_write
from web.context import context
from web.errors import ApiError
from web.limits import UNKNOWN_TOKENS, WRITES, RateLimit

CALLS = RateLimit(300, 50)
"""Calls of one client: it polls about every five seconds, our own agent as its settings say."""

Caller = Client | Account


def caller() -> Caller:
    """Return who calls, or refuse with 401; a write with the session cookie needs our Origin."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "token":
        return _client(token.strip())
    who = sessions.required()
    writes = request.method not in ("GET", "HEAD")
    who.require("write" if writes else "read")
    if writes:
        if who.kind == "session":
            check_own_write()
        context().limits.take(WRITES, who.account.id)
    return who.account


def person() -> Account:
    """Return the person who calls; a client may not."""
    found = caller()
    if isinstance(found, Client):
        raise ApiError(
            403, "forbidden", "capture clients may not call this: sign in, or send an API token"
        )
    return found


def account_of(who: Caller) -> Account:
    """Return whose jobs these are."""
    if isinstance(who, Account):
        return who
    account = context().store.accounts.get(who.account_id)
    if account is None:
        raise ApiError(401, "unauthorized", "this client's account no longer exists")
    return account


def job_of(who: Caller, number: int) -> Job:
    """Return a caller's job, or refuse with 404, also when it belongs to somebody else."""
    if isinstance(who, Account):
        return context().jobs.find(who.id, number)
    job = context().jobs.find(who.account_id, number)
    if job.client_id != who.id:
        raise ApiError(404, "not_found", "you have no such job")
    return job


def _client(token: str) -> Client:
    usable = 0 < len(token) <= sessions.MAX_TOKEN
    client = context().store.clients.of_token(token) if usable else None
    if client is None:
        address = request.remote_addr or ""
        context().limits.take_shared(UNKNOWN_TOKENS, "unknown-token", address)
        raise ApiError(401, "unauthorized", "this token is not valid or was revoked")
    context().limits.take(CALLS, ("client", client.id))
    context().store.clients.seen(client.id, context().now())
    return client
