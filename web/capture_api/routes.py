"""The routes of the capture API. A client and a person call the same addresses for other things."""

from flask import Blueprint, Response, request

from streams.job import Client, Job
from streams.stream import Wanted
from web.capture_api import client_deletions, client_requests, errors, owner_requests
from web.capture_api.callers import Caller, account_of, caller, client_of, job_of, person
from web.capture_api.errors import json
from web.capture_api.serializers import (
    BASE,
    client_summary,
    job_summary,
    modification_summaries,
    page,
    timestamp,
)
from web.context import context
from web.errors import ApiError

MINUTE_MS = 60_000
MINUTES = 60

capture_api = Blueprint("capture_api", __name__, url_prefix=BASE.rstrip("/"))
errors.register(capture_api)


@capture_api.get("/activejobs/")
def active_jobs() -> Response:
    """Tell a client its job: one at most, whatever its status, until it is archived."""
    who = _client()
    return _page(list(context().store.jobs.active([who.id]).values()), who)


@capture_api.get("/jobs/")
def jobs() -> Response:
    """List the caller's jobs, newest first; `active` leaves out or picks the archived ones."""
    who = caller()
    active = request.args.get("active", "").lower()
    found = _jobs(who)
    if active in ("true", "false"):
        found = [job for job in found if (job.archived_at is None) == (active == "true")]
    return _page(found, who)


@capture_api.post("/jobs/")
def create() -> Response:
    """Make a job."""
    owner = person()
    return json(201, job_summary(owner_requests.created(owner), owner))


@capture_api.get("/jobs/<int:number>/")
def show(number: int) -> Response:
    """Show a job, archived or not."""
    who = caller()
    return _shown(job_of(who, number), who)


@capture_api.put("/jobs/<int:number>/")
def put(number: int) -> Response:
    """Take a client's answer to what was asked, or a person's changes."""
    who = caller()
    job = job_of(who, number)
    if isinstance(who, Client):
        client_requests.answered(job)
    else:
        owner_requests.changed(job, who)
    return _shown(job_of(who, number), who)


@capture_api.patch("/jobs/<int:number>/")
def patch(number: int) -> Response:
    """Take a client's ping, or a person's changes."""
    who = caller()
    job = job_of(who, number)
    if isinstance(who, Client):
        client_requests.pinged(job)
    else:
        owner_requests.changed(job, who)
    return _shown(job_of(who, number), who)


@capture_api.post("/update/")
def update() -> Response:
    """Take a client's ping, the other way to send one."""
    who = _client()
    number = client_requests.job_number()
    client_requests.pinged(job_of(who, number))
    face = job_summary(job_of(who, number), account_of(who))
    return json(201, {"job": number, **face["recent_update"]})


@capture_api.get("/deletions/")
def deletions() -> Response:
    """Tell a client what it has to take out of its files; the old client never asks."""
    return json(200, client_deletions.pending(_client()))


@capture_api.post("/deletions/<deletion_id>/")
def deletion_report(deletion_id: str) -> Response:
    """Take a client's word of how far it is with one."""
    client_deletions.reported(_client(), deletion_id)
    return json(200, {"id": deletion_id})


@capture_api.get("/users/current/")
def current_user() -> Response:
    """Tell who calls."""
    who = caller()
    name = who.name if isinstance(who, Client) else who.handle
    return json(200, {"id": who.id, "username": name})


@capture_api.get("/clients/")
def clients() -> Response:
    """List the person's clients."""
    owner = person()
    found = context().store.clients.of_account(owner.id)
    active = context().store.jobs.active([client.id for client in found])
    faces = page(found, lambda client: client_summary(client, active.get(client.id), owner))
    return json(200, faces)


@capture_api.get("/clients/<int:client_id>/")
def one_client(client_id: int) -> Response:
    """Show a client."""
    owner = person()
    client = client_of(owner.id, client_id)
    if client is None:
        raise ApiError(404, "not_found", "you have no such client")
    job = context().store.jobs.active([client.id]).get(client.id)
    return json(200, client_summary(client, job, owner))


@capture_api.get("/jobmodifications/")
def modifications() -> Response:
    """List what was changed, oldest first, of one job or of all."""
    owner = person()
    asked = request.args.get("job")
    if asked is None:
        found = context().store.jobs.of_account(owner.id)
    else:
        number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 0
        found = [job_of(owner, number)]
    edits = context().store.streams.edits
    faces = [
        face for job in found for face in modification_summaries(job, edits(job.stream.id), owner)
    ]
    return json(200, page(faces, lambda face: face))


@capture_api.get("/liveupdates/")
def live_updates() -> Response:
    """Count the posts in each minute of the last hour, oldest first, of every job in use."""
    now = context().now()
    found = [job for job in _jobs(caller()) if job.stream.wanted is not Wanted.ARCHIVED]
    return json(200, [_live(job, now) for job in found])


def _live(job: Job, now: int) -> dict[str, object]:
    last = now // MINUTE_MS
    counted = context().store.minutes.between(job.stream.id, last - MINUTES + 1, last)
    posts = {minute: sum(counts.values()) for minute, counts in counted}
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
        raise ApiError(403, "forbidden", "this is for capture clients, not for people")
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
