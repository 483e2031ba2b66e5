"""What callers of the capture API send: a client about its job, a person about any job."""

from math import isfinite
from typing import Annotated, Any

import msgspec
from flask import request
from msgspec import Meta, Struct, field

from streams.job import Client, Job
from streams.job_status import JobStatus
from streams.live.app_connects import WINDOW_MS, share
from streams.store.accounts import Account
from web import jobs
from web.capture_api.errors import InvalidRequest, gather
from web.context import context

MAX_POSTS = 10**15
MAX_GAPS = 1000
Fields = dict[str, Any]
Millis = Annotated[int, Meta(ge=0, le=2**52)]


class ReportedGap(Struct, forbid_unknown_fields=True):
    """A time in which a job was wanted and not connected, in ms; `to` is null while it lasts."""

    started_at: Millis = field(name="from")
    ended_at: Millis | None = field(name="to")
    reason: Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,39}$")]


class GapReport(Struct, forbid_unknown_fields=True):
    """What a client knows of gaps in its job, from its manifests."""

    gaps: Annotated[list[ReportedGap], Meta(max_length=MAX_GAPS)]


class ConnectReport(Struct, forbid_unknown_fields=True):
    """When a client connected to X, in seconds before now; the app is a digest of its key."""

    app: Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]
    ages: Annotated[list[Annotated[float, Meta(ge=0, le=WINDOW_MS / 1000)]], Meta(max_length=100)]


def confirm_status(job: Job) -> None:
    """Handle a client's PUT: only `status` counts, and only as the answer to what was asked.

    A 3 or 5 that arrives late, after something else was asked, changes nothing and is no error: the
    answer shows the client what is asked now.
    """
    status = str(_read_fields().get("status", ""))
    if status not in ("3", "5"):
        raise InvalidRequest({"status": ["a client sends 3 (started) or 5 (stopped)"]})
    context().store.jobs.record_status(job.number, int(status), context().now())


def record_ping(job: Job) -> None:
    """Handle a client's PATCH or update: its total of posts, and posts per second."""
    fields = _read_fields()
    faults: dict[str, list[str]] = {}
    total = _total(str(fields.get("total_count", "")), faults)
    rate = _rate(str(fields.get("rate", "")), faults)
    if faults:
        raise InvalidRequest(faults)
    context().store.jobs.ping(job.number, total, rate, context().now())


def record_gaps(job: Job) -> int:
    """Record the gaps that a client reports; return how many were new. Safe to repeat.

    A gap is known by its start. One that was reported open is closed when it comes with its end.
    """
    try:
        report = msgspec.json.decode(request.get_data(), type=GapReport)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest({"detail": [f"the report is not valid: {error}"[:300]]}) from None
    stream_id, gaps = job.stream.id, context().store.gaps
    known = {gap.started_at: gap for gap in gaps.of(stream_id)}
    added = 0
    for gap in report.gaps:
        before = known.get(gap.started_at)
        if before is None:
            added += 1
            if gap.ended_at is None:
                gaps.open(stream_id, gap.started_at, gap.reason)
            else:
                gaps.add(stream_id, gap.started_at, gap.ended_at, gap.reason)
        elif before.ended_at is None and gap.ended_at is not None:
            gaps.close(stream_id, gap.ended_at)
    return added


def share_connects(client: Client) -> dict[str, Any]:
    """Record when a client connected to X; return how long ago the others of its app did."""
    try:
        report = msgspec.json.decode(request.get_data(), type=ConnectReport)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest({"detail": [f"the report is not valid: {error}"[:300]]}) from None
    now = context().now()
    times = [now - round(age * 1000) for age in report.ages]
    owner, machine = str(client.account_id), str(client.id)
    others = share(context().redis, owner, report.app, machine, times, now)
    return {"ages": [(now - at) / 1000 for at in others.times], "machines": others.machines + 1}


def job_number() -> int:
    """Return the number of the job that an update is about."""
    text = str(_read_fields().get("job", ""))
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InvalidRequest({"job": ["expected the number of a job"]})
    return int(text)


def create_job(owner: Account) -> Job:
    """Create the job that a person describes, and start it when `status` is 2."""
    fields = _read_fields()
    text = _text(fields, "keywords") or _text(fields, "twitter_keywords") or ""
    name, description = (_text(fields, key) or "" for key in ("name", "description"))
    status = _status(fields)
    gather(
        lambda: jobs.check_name(name),
        lambda: jobs.check_description(description),
        lambda: jobs.check_keywords(text),
        lambda: _worker(fields, owner),
        lambda: _check_first_status(status, fields),
    )
    worker = _worker(fields, owner)
    job = context().jobs.create(owner.id, worker, name, description, text)
    return context().jobs.start(job) if status == JobStatus.STARTING else job


def change_job(job: Job, owner: Account) -> Job:
    """Apply a person's changes: new texts, a client, 2 to start, 4 to stop, a date to archive."""
    service, fields = context().jobs, _read_fields()
    status, worker = _status(fields), _worker(fields, owner)
    if status == JobStatus.STARTING and worker is None:
        service.check_start(job)  # before any part of the request takes effect
    if worker is not None:
        job = service.assign(job, worker)
    text = _changed_keywords(fields, job)
    job = service.edit(job, _text(fields, "name"), _text(fields, "description"), text)
    if fields.get("archived_date") or fields.get("deleted_date"):
        return service.archive(job)
    actions = {JobStatus.STARTING: service.start, JobStatus.STOPPING: service.stop}
    return actions[JobStatus(status)](job) if status in actions else job


def _changed_keywords(fields: Fields, job: Job) -> str | None:
    """Return the changed one of two fields that mean the same."""
    for name in ("keywords", "twitter_keywords"):
        text = _text(fields, name)
        if text is not None and text != job.keywords:
            return text
    return None


def _check_first_status(status: int | None, fields: Fields) -> None:
    if status not in (None, JobStatus.CREATED, JobStatus.STARTING):
        raise InvalidRequest({"status": ["a new job has status 1 (created) or 2 (starting)"]})
    if status == JobStatus.STARTING and not fields.get("assigned_worker"):
        raise InvalidRequest({"assigned_worker": ["a job needs a client before it can start"]})


def _worker(fields: Fields, owner: Account) -> Client | None:
    value = fields.get("assigned_worker")
    if value in (None, ""):
        return None
    text = str(value)
    is_number = text.isascii() and text.isdigit() and len(text) < 11
    client = context().jobs.client(owner.id, int(text)) if is_number else None
    if client is None:
        raise InvalidRequest({"assigned_worker": ["you have no such client"]})
    return client


def _status(fields: Fields) -> int | None:
    value = fields.get("status")
    if value in (None, ""):
        return None
    text = str(value)
    if isinstance(value, bool) or text not in {str(each.value) for each in JobStatus}:
        raise InvalidRequest({"status": ["expected a number: 2 starts, 4 stops"]})
    return int(text)


def _text(fields: Fields, name: str) -> str | None:
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidRequest({name: ["expected a text"]})
    return value


def _total(text: str, faults: dict[str, list[str]]) -> int | None:
    if text and not (text.isascii() and text.isdigit() and len(text) < 17):
        faults["total_count"] = ["expected a whole number of posts"]
    return min(int(text), MAX_POSTS) if text and "total_count" not in faults else None


def _rate(text: str, faults: dict[str, list[str]]) -> float | None:
    if not text:
        return None
    try:
        rate = float(text)
    except ValueError:
        rate = -1.0
    if not (isfinite(rate) and 0 <= rate < 1e9):
        faults["rate"] = ["expected posts per second"]
        return None
    return rate


def _read_fields() -> Fields:
    """Read a form, as existing clients send it, or a JSON object without its nulls."""
    if request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return request.form.to_dict()
    try:
        found = msgspec.json.decode(request.get_data() or b"{}", type=Fields)
    except (msgspec.DecodeError, RecursionError):
        raise InvalidRequest({"detail": ["the body is neither a form nor a JSON object"]}) from None
    return {name: value for name, value in found.items() if value is not None}
