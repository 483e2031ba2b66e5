"""What a capture client says of its job: only what it may say is taken from it."""

from collections.abc import Mapping
from math import isfinite

from flask import request

from streams.job import Job
from streams.job_status import JobStatus
from web.capture_api.errors import InvalidRequest
from web.context import context

MOST_POSTS = 10**15


def answered(job: Job) -> None:
    """Take a PUT: nothing counts but `status`, and that only as the answer to what was asked.

    A 3 or 5 that comes late, when something else is asked, changes nothing and is no error: the
    client learns from the answer what is asked now.
    """
    said = _words().get("status", "")
    if said not in ("3", "5"):
        raise InvalidRequest({"status": [f"a client says 3 ({_name(3)}) or 5 ({_name(5)})"]})
    context().store.jobs.hear(job.number, int(said), context().now())


def pinged(job: Job) -> None:
    """Take a PATCH or an update: how many posts there are by now, and how many a second."""
    words = _words()
    faults: dict[str, list[str]] = {}
    total = _total(words.get("total_count", ""), faults)
    rate = _rate(words.get("rate", ""), faults)
    if faults:
        raise InvalidRequest(faults)
    context().store.jobs.ping(job.number, total, rate, context().now())


def job_number() -> int:
    """Read which job an update is about."""
    text = _words().get("job", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InvalidRequest({"job": ["the number of a job"]})
    return int(text)


def _total(text: str, faults: dict[str, list[str]]) -> int | None:
    if text and not (text.isascii() and text.isdigit() and len(text) < 17):
        faults["total_count"] = ["a whole number of posts"]
    return min(int(text), MOST_POSTS) if text and "total_count" not in faults else None


def _rate(text: str, faults: dict[str, list[str]]) -> float | None:
    if not text:
        return None
    try:
        rate = float(text)
    except ValueError:
        rate = -1.0
    if not (isfinite(rate) and 0 <= rate < 1e9):
        faults["rate"] = ["posts per second"]
        return None
    return rate


def _words() -> Mapping[str, str]:
    """Read the form; programs of today may send a JSON object."""
    if request.mimetype == "application/json":
        found = request.get_json(silent=True)
        plain = found if isinstance(found, dict) else {}
        return {name: str(value) for name, value in plain.items() if value is not None}
    return request.form


def _name(status: int) -> str:
    return JobStatus(status).name.lower()
