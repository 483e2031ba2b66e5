"""Compliance jobs: which posts and users are gone, and the jobs that ask for them."""

import time
from typing import Any

from simulator.posts import iso, snowflakes

Object = dict[str, Any]
LIFETIME = 7 * 86_400


class ComplianceJob:
    """One job: made, fed with ids, then complete."""

    def __init__(self, job_id: str, kind: str, name: str | None, resumable: bool) -> None:
        self.id = job_id
        self.kind = kind
        self.name = name
        self.resumable = resumable
        self.created = time.time()
        self.status = "created"
        self.lines = b""

    def shown(self, base: str) -> Object:
        """Return it in the API's shape; `base` is the address of this server."""
        shown = {
            "id": self.id,
            "type": self.kind,
            "name": self.name,
            "status": self.status,
            "resumable": self.resumable,
            "created_at": iso(self.created),
            "upload_url": f"{base}/_upload/{self.id}",
            "upload_expires_at": iso(self.created + 900),
            "download_url": f"{base}/_download/{self.id}",
            "download_expires_at": iso(self.created + LIFETIME),
        }
        return {k: v for k, v in shown.items() if v is not None}


class Compliance:
    """Which posts and users are gone, and the jobs that ask for them."""

    def __init__(self) -> None:
        self.gone: dict[str, dict[str, tuple[str, float]]] = {"tweets": {}, "users": {}}
        self.jobs: dict[str, ComplianceJob] = {}
        self._ids = snowflakes()

    def mark(self, kind: str, object_id: str, reason: str) -> None:
        """Declare a post or user gone."""
        self.gone[kind][object_id] = (reason, time.time())

    def open(self, kind: str, name: str | None, resumable: bool) -> ComplianceJob:
        """Make a job."""
        job = ComplianceJob(next(self._ids), kind, name, resumable)
        self.jobs[job.id] = job
        return job

    def run(self, job: ComplianceJob, ids: list[str]) -> list[Object]:
        """Complete a job: give the entries of those of its ids that are gone."""
        gone = self.gone[job.kind]
        job.status = "complete"
        return [
            {
                "id": object_id,
                "action": "delete",
                "created_at": iso(job.created),
                "redacted_at": iso(gone[object_id][1]),
                "reason": gone[object_id][0],
            }
            for object_id in dict.fromkeys(ids)
            if object_id in gone
        ]
