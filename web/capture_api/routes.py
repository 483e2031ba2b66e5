"""The routes of the capture API: clients and people share addresses for different calls."""

from flask import Blueprint, Response, request

from streams.job import Client, Job
from streams.post import COUNT_KINDS
from streams.stream import Wanted
from web.capture_api import client_deletions, errors, requests
from web.capture_api.callers import Caller, account_of, caller, job_of, person
from web.capture_api.errors import json
from web.capture_api.serializers import (
    client_summary,
    job_summary,
    modification_summaries,
    page,
    timestamp,
)
from web.context import context
from web.errors import ApiError
from web.jobs import CLIENT_API_PATH

MINUTE_MS = 60_000
MINUTES = 60

capture_api = Blueprint("capture_api", __name__, url_prefix=CLIENT_API_PATH.rstrip("/"))
errors.register(capture_api)


@capture_api.get("/activejobs/")
def active_jobs() -> Response:
    """Return a client's job that is not archived: at most one, whatever its status."""
    who = _client()
    return _page(list(context().store.jobs.active([who.id]).values()), who)


@capture_api.get("/jobs/")
def jobs() -> Response:
    """List the caller's jobs, newest first; `active` is `true` or `false` (archived)."""
    who = caller()
    active = request.args.get("active", "").lower()
    found = _jobs(who)
    if active in ("true", "false"):
        found = [job for job in found if (job.archived_at is None) == (active == "true")]
    return _page(found, who)


@capture_api.post("/jobs/")
def create() -> Response:
    """Create a job."""
    owner = person()
    return json(201, job_summary(requests.create_job(owner), owner))


@capture_api.get("/jobs/<int:number>/")
def show(number: int) -> Response:
    """Show a job, archived or not."""
    who = caller()
    return _shown(job_of(who, number), who)


@capture_api.put("/jobs/<int:number>/")
def put(number: int) -> Response:
    """Handle a client's answer to a requested status, or a person's changes."""
    who = caller()
    job = job_of(who, number)
    if isinstance(who, Client):
        requests.confirm_status(job)
    else:
        requests.change_job(job, who)
    return _shown(job_of(who, number), who)


@capture_api.patch("/jobs/<int:number>/")
def patch(number: int) -> Response:
    """Handle a client's ping, or a person's changes."""
    who = caller()
    job = job_of(who, number)
    if isinstance(who, Client):
        requests.record_ping(job)
    else:
        requests.change_job(job, who)
    return _shown(job_of(who, number), who)


@capture_api.post("/update/")
def update() -> Response:
    """Handle a client's ping sent as an update."""
    who = _client()
    number = requests.job_number()
    requests.record_ping(job_of(who, number))
    summary = job_summary(job_of(who, number), account_of(who))
    return json(201, {"job": number, **summary["recent_update"]})


@capture_api.post("/jobs/<int:number>/gaps/")
def gaps(number: int) -> Response:
    """Record the gaps of a client's job; the existing client never reports any."""
    job = job_of(_client(), number)
    return json(200, {"added": requests.record_gaps(job)})


@capture_api.post("/connects/")
def connects() -> Response:
    """Exchange a client's connects to X for those of others; the existing client never does."""
    return json(200, requests.share_connects(_client()))


@capture_api.get("/deletions/")
def deletions() -> Response:
    """Return the posts that a client must delete from its files; the existing client never asks."""
    return json(200, client_deletions.pending(_client()))


@capture_api.post("/deletions/<deletion_id>/")
def deletion_report(deletion_id: str) -> Response:
    """Record a client's progress with a deletion."""
    client_deletions.record_report(_client(), deletion_id)
    return json(200, {"id": deletion_id})


@capture_api.get("/users/current/")
def current_user() -> Response:
    """Return who calls."""
    who = caller()
    name = who.name if isinstance(who, Client) else who.handle
    return json(200, {"id": who.id, "username": name})


@capture_api.get("/clients/")
def clients() -> Response:
    """List the person's clients."""
    owner = person()
    found = context().store.clients.of_account(owner.id)
    active = context().store.jobs.active([client.id for client in found])
    summaries = page(found, lambda client: client_summary(client, active.get(client.id), owner))
    return json(200, summaries)


@capture_api.get("/clients/<int:client_id>/")
def one_client(client_id: int) -> Response:
    """Show a client."""
    owner = person()
    client = context().jobs.client(owner.id, client_id)
    if client is None:
        raise ApiError(404, "not_found", "you have no such client")
    job = context().store.jobs.active([client.id]).get(client.id)
    return json(200, client_summary(client, job, owner))


@capture_api.get("/jobmodifications/")
def modifications() -> Response:
    """List changes, oldest first, of one job or of all jobs."""
    owner = person()
    asked = request.args.get("job")
    if asked is None:
        found = context().store.jobs.of_account(owner.id)
    else:
        number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 0
        found = [job_of(owner, number)]
    edits = context().store.streams.edits
    summaries = [
        summary
        for job in found
        for summary in modification_summaries(job, edits(job.stream.id), owner)
    ]
    return json(200, page(summaries, lambda summary: summary))


@capture_api.get("/liveupdates/")
def live_updates() -> Response:
    """Return the posts per minute of the last hour, oldest first, for every job not archived."""
    now = context().now()
    found = [job for job in _jobs(caller()) if job.stream.wanted is not Wanted.ARCHIVED]
    return json(200, [_live(job, now) for job in found])


def _live(job: Job, now: int) -> dict[str, object]:
    last = now // MINUTE_MS
    counted = context().store.minutes.between(job.stream.id, last - MINUTES + 1, last)
    posts = {minute: sum(counts[kind] for kind in COUNT_KINDS) for minute, counts in counted}
    return {
        "job_id": job.number,
        "date": timestamp(last * MINUTE_MS),
        "unixdate": last * MINUTE_MS // 1000,
        "counts": [posts.get(minute, 0) for minute in range(last - MINUTES + 1, last + 1)],
        "delta_secs": MINUTE_MS // 1000,
    }


def _client() -> Client:
    who = caller()
    if not isinstance(who, Client):
        raise ApiError(403, "forbidden", "only capture clients may call this")
    return who


def _jobs(who: Caller) -> list[Job]:
    if isinstance(who, Client):
        return context().store.jobs.of_client(who.id)
    return context().store.jobs.of_account(who.id)


def _page(found: list[Job], who: Caller) -> Response:
    owner = account_of(who)
    return json(200, page(found, lambda job: job_summary(job, owner)))


def _shown(job: Job, who: Caller) -> Response:
    return json(200, job_summary(job, account_of(who)))
