"""What a person says of a job: a new one, or the whole of one with some of it changed."""

from typing import Any

import msgspec
from flask import request

from streams.job import Client, Job
from streams.job_status import JobStatus
from streams.store.accounts import Account
from web import jobs
from web.capture_api.callers import client_of
from web.capture_api.errors import InvalidRequest, gather
from web.context import context
from web.jobs import JobService

Said = dict[str, Any]


def created(owner: Account) -> Job:
    """Make the job that the body describes, and start it when it says so (status 2)."""
    said = _read()
    text = _text(said, "keywords") or _text(said, "twitter_keywords") or ""
    name, description = (_text(said, field) or "" for field in ("name", "description"))
    status = _status(said)
    gather(
        lambda: jobs.check_name(name),
        lambda: jobs.check_description(description),
        lambda: jobs.check_keywords(text),
        lambda: _worker(said, owner),
        lambda: _startable(status, said),
    )
    made = _orders().create(owner.id, _worker(said, owner), name, description, text)
    return _orders().start(made) if status == JobStatus.STARTING else made


def changed(job: Job, owner: Account) -> Job:
    """Do what the body asks: new words, a client, 2 to start, 4 to stop, a date to archive."""
    said = _read()
    status, worker = _status(said), _worker(said, owner)
    if status == JobStatus.STARTING and worker is None:
        _orders().check_start(job)  # before anything of it is done
    if worker is not None:
        job = _orders().assign(job, worker)
    text = _keywords(said, job)
    job = _orders().edit(job, _text(said, "name"), _text(said, "description"), text)
    if said.get("archived_date") or said.get("deleted_date"):
        return _orders().archive(job)
    asked = {JobStatus.STARTING: _orders().start, JobStatus.STOPPING: _orders().stop}
    return asked[JobStatus(status)](job) if status in asked else job


def _keywords(said: Said, job: Job) -> str | None:
    """Find the changed one of two fields that mean the same."""
    for field in ("keywords", "twitter_keywords"):
        text = _text(said, field)
        if text is not None and text != job.keywords:
            return text
    return None


def _startable(status: int | None, said: Said) -> None:
    if status not in (None, JobStatus.CREATED, JobStatus.STARTING):
        raise InvalidRequest({"status": ["a new job is 1 (created) or 2 (starting)"]})
    if status == JobStatus.STARTING and not said.get("assigned_worker"):
        raise InvalidRequest({"assigned_worker": ["a job that starts needs a client"]})


def _worker(said: Said, owner: Account) -> Client | None:
    asked = said.get("assigned_worker")
    if asked in (None, ""):
        return None
    text = str(asked)
    known = text.isascii() and text.isdigit() and len(text) < 11
    client = client_of(owner.id, int(text)) if known else None
    if client is None:
        raise InvalidRequest({"assigned_worker": ["you have no such client"]})
    return client


def _status(said: Said) -> int | None:
    asked = said.get("status")
    if asked in (None, ""):
        return None
    text = str(asked)
    if isinstance(asked, bool) or text not in {str(each.value) for each in JobStatus}:
        raise InvalidRequest({"status": ["a number: 2 starts, 4 stops"]})
    return int(text)


def _text(said: Said, field: str) -> str | None:
    found = said.get(field)
    if found is not None and not isinstance(found, str):
        raise InvalidRequest({field: ["a text"]})
    return found


def _read() -> Said:
    """Read a JSON object, or a form."""
    if request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return request.form.to_dict()
    try:
        return msgspec.json.decode(request.get_data(), type=Said)
    except (msgspec.DecodeError, RecursionError):
        raise InvalidRequest({"detail": ["the body is not a JSON object"]}) from None


def _orders() -> JobService:
    return JobService(context().store, context().now)
