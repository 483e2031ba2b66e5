"""Serializers of the capture API: jobs, clients and edits with the fields its clients know."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec
from flask import request

from streams.filter import Filter
from streams.job import Client, Job
from streams.job_status import job_status
from streams.keywords import text_of
from streams.store.accounts import Account
from streams.store.edits import Edit
from web.context import context
from web.jobs import CLIENT_API_PATH

PAGE, LARGEST_PAGE = 10, 1000
EDITS_A_JOB = 100_000
"""Most edits of one job, so that every edit's id is unique."""

Summary = dict[str, Any]
Item = TypeVar("Item")


def job_summary(job: Job, owner: Account) -> Summary:
    """Serialize a job; people and times that do not apply are null."""
    stream = job.stream
    recent = {"date": timestamp(job.pinged_at), "total_count": job.total_count, "rate": job.rate}
    return {
        "id": job.number,
        "url": f"{request.host_url.rstrip('/')}{CLIENT_API_PATH}jobs/{job.number}/",
        "name": stream.name,
        "description": job.description,
        "keywords": job.keywords,
        "twitter_keywords": job.keywords,
        "status": int(job_status(job, context().now())),
        "task_id": None,
        "first_started": timestamp(job.first_started_at),
        "started": timestamp(job.started_at),
        "stopped": timestamp(job.stopped_at),
        "assigned_worker": job.client_id,
        "assigned_worker_username": job.client_name,
        "total_count": job.total_count,
        "rate": job.rate,
        "ping_date": timestamp(job.pinged_at),
        "archived_date": timestamp(job.archived_at),
        "archived_by": None if job.archived_at is None else owner.id,
        "created_by": owner.id,
        "created_by_username": owner.handle,
        "created_date": timestamp(stream.created_at),
        "modified_by": owner.id,
        "modified_by_username": owner.handle,
        "modified_date": timestamp(stream.changed_at),
        "deleted_by": None,
        "deleted_date": None,
        "recent_update": None if job.pinged_at is None else recent,
    }


def client_summary(client: Client, job: Job | None, owner: Account) -> Summary:
    """Serialize a client; its token was shown when it was created, and never again."""
    return {
        "id": client.id,
        "username": client.name,
        "last_login": timestamp(client.seen_at),
        "active_jobs": [] if job is None else [job_summary(job, owner)],
        "auth_token": {"key": None, "created": timestamp(client.created_at)},
    }


def modification_summaries(job: Job, edits: Sequence[Edit], owner: Account) -> list[Summary]:
    """Serialize the changes of a job's name, description and keywords, oldest first."""
    changes = [_changes(edit) for edit in edits[1:]]  # the first is the job itself
    return [
        {
            "id": job.number * EDITS_A_JOB + number,
            "date": timestamp(edit.at),
            "changes": change,
            "job": job.number,
            "modified_by": owner.id,
            "modified_by_username": owner.handle,
        }
        for number, (edit, change) in enumerate(zip(edits[1:], changes, strict=True), 1)
        if change
    ]


def page(items: Sequence[Item], summary: Callable[[Item], Summary]) -> Summary:
    """Serialize one page of a list; the query's `limit` and `offset` say which."""
    limit = min(_number("limit", PAGE) or PAGE, LARGEST_PAGE)
    offset = _number("offset", 0)
    before = max(0, offset - limit)
    return {
        "count": len(items),
        "next": _link(limit, offset + limit) if offset + limit < len(items) else None,
        "previous": _link(limit, before) if offset > 0 else None,
        "results": [summary(item) for item in items[offset : offset + limit]],
    }


def _changes(edit: Edit) -> Summary:
    found = {}
    before, after = edit.before, edit.after
    if "name" in after:
        found["name"] = {"old": before["name"], "new": after["name"]}
    if "plan" in after:
        old, new = (_description(side["plan"]) for side in (before, after))
        if old != new:
            found["description"] = {"old": old, "new": new}
    if "filter" in after:
        found["keywords"] = _keyword_changes(before["filter"], after["filter"])
    return found


def _keyword_changes(before: object, after: object) -> Summary:
    old, new = (text_of(msgspec.convert(side, Filter)) for side in (before, after))
    olds, news = old.split(","), new.split(",")
    return {
        "old": old,
        "new": new,
        "additions": [part for part in news if part and part not in olds],
        "deletions": [part for part in olds if part and part not in news],
    }


def _description(plan: Any) -> str:
    return str(plan.get("description", ""))


def _number(name: str, usual: int) -> int:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else usual


def _link(limit: int, offset: int) -> str:
    query = {**request.args.to_dict(), "limit": limit, "offset": offset}
    return f"{request.base_url}?{urlencode(query)}"


def timestamp(ms: int | None) -> str | None:
    """Format ms since the epoch as ISO 8601 in UTC."""
    if ms is None:
        return None
    when = datetime.fromtimestamp(ms / 1000, UTC)
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
