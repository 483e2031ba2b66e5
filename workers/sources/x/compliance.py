"""X's batch compliance: which of the posts that we keep must be deleted, and why."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import requests
import tweepy

from streams.settings import Settings
from workers.sources.x.client import TIMEOUT, TWEEPY_HOST, Rebase, bearer_from

FIRST_LOOK, LAST_LOOK = 1.0, 30.0
"""Seconds between two looks at a job; they grow."""
PATIENCE = 3600.0
"""Seconds that a job may take."""
TRANSFER = 300
"""Seconds without a byte after which an upload or a download has failed."""

Wait = Callable[[float], bool]
"""Waits for seconds; True when the process is to end."""


class ComplianceError(RuntimeError):
    """X did not carry a job out; the text says why."""


class NoncompliantPost(msgspec.Struct, frozen=True):
    """One post that must go; X knows the reasons deleted, suspended, protected, scrub_geo, …"""

    id: str
    action: str
    reason: str


def check(settings: Settings, ids: Path, name: str, wait: Wait) -> list[NoncompliantPost]:
    """Ask X which of the posts in a file, one id a line, must be deleted.

    POST /2/compliance/jobs, an upload, looks until it is complete, a download. Raises
    ComplianceError.
    """
    try:
        client = tweepy.Client(bearer_from(settings), return_type=requests.Response)
        client.session.mount(TWEEPY_HOST, Rebase(settings.x_api_base))
        job = _data(client.create_compliance_job("tweets", name=name))
        with ids.open("rb") as body:
            put = requests.put(
                job["upload_url"],
                data=body,
                headers={"Content-Type": "text/plain"},
                timeout=TRANSFER,
            )
        put.raise_for_status()
        job = _completed(client, job, wait)
        return list(_listed(job["download_url"]))
    except (tweepy.TweepyException, requests.RequestException, KeyError, ValueError) as error:
        raise ComplianceError(f"X's compliance job failed: {error}"[:300]) from error


def _completed(client: tweepy.Client, job: dict[str, Any], wait: Wait) -> dict[str, Any]:
    deadline, pause = time.monotonic() + PATIENCE, FIRST_LOOK
    while job["status"] != "complete":
        if job["status"] in ("failed", "expired"):
            raise ComplianceError(f"X says that the compliance job has {job['status']}")
        if time.monotonic() > deadline:
            raise ComplianceError("X's compliance job takes longer than an hour")
        job = _data(client.get_compliance_job(job["id"]))
        if job["status"] != "complete":
            if wait(pause):
                raise ComplianceError("this machine is stopping")
            pause = min(pause * 2, LAST_LOOK)
    return job


def _listed(url: str) -> Iterator[NoncompliantPost]:
    with requests.get(url, timeout=(TIMEOUT, TRANSFER), stream=True) as answer:
        answer.raise_for_status()
        for line in answer.iter_lines():
            if line.strip():
                entry = msgspec.json.decode(line, type=NoncompliantPost)
                if entry.action == "delete":
                    yield entry


def _data(answer: requests.Response) -> dict[str, Any]:
    found: dict[str, Any] = answer.json()["data"]
    return found
