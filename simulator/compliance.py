"""Batch compliance: ids go in, those that must be deleted come out."""

from typing import Any

import msgspec
from flask import Blueprint, Response, request

from simulator import auth
from simulator.compliance_jobs import Compliance, ComplianceJob
from simulator.problems import invalid_request, problem

Object = dict[str, Any]
REASONS = frozenset("deleted suspended protected deactivated scrub_geo bounced".split())
blueprint = Blueprint("compliance", __name__)


def _jobs() -> Compliance:
    return auth.simulator_state().compliance


def _base() -> str:
    return request.host_url.rstrip("/")


@blueprint.post("/2/compliance/jobs")
def create() -> Any:
    """Make a job of type tweets or users."""
    auth.app_only("compliance")
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise invalid_request("body", "", "The request body is not a JSON object")
    kind, name = body.get("type"), body.get("name")
    if kind not in ("tweets", "users"):
        raise invalid_request("type", kind, "The `type` must be one of [tweets,users]")
    if name is not None and not (isinstance(name, str) and len(name) <= 64):
        raise invalid_request("name", name, "The `name` must be text of at most 64 characters")
    return {"data": _jobs().open(kind, name, bool(body.get("resumable"))).shown(_base())}


@blueprint.get("/2/compliance/jobs")
def listing() -> Any:
    """List the jobs of a type, of a status if asked."""
    auth.app_only("compliance")
    kind, status = request.args.get("type"), request.args.get("status")
    if kind not in ("tweets", "users"):
        raise invalid_request("type", kind, "The `type` must be one of [tweets,users]")
    jobs = [job for job in _jobs().jobs.values() if job.kind == kind]
    jobs = [job for job in jobs if status in (None, job.status)]
    answer: Object = {"meta": {"result_count": len(jobs)}}
    return answer | ({"data": [job.shown(_base()) for job in jobs]} if jobs else {})


@blueprint.get("/2/compliance/jobs/<job_id>")
def show(job_id: str) -> Any:
    """Show one job."""
    auth.app_only("compliance")
    return {"data": _job(job_id).shown(_base())}


@blueprint.put("/_upload/<job_id>")
def upload(job_id: str) -> Any:
    """Take the ids, one a line; as with X the address itself is the key."""
    job = _job(job_id)
    if job.status != "created":
        raise problem(409, "Conflict", "This job has its ids already.", "conflict")
    ids = [line.strip() for line in request.get_data(as_text=True).splitlines()]
    entries = _jobs().run(job, [line for line in ids if line])
    job.lines = b"".join(msgspec.json.encode(entry) + b"\n" for entry in entries)
    return Response(status=200)


@blueprint.get("/_download/<job_id>")
def download(job_id: str) -> Any:
    """Return the result: one JSON object a line."""
    job = _job(job_id)
    if job.status != "complete":
        raise problem(404, "Not Found Error", "This job is not complete.", "resource-not-found")
    return Response(job.lines, mimetype="text/plain")


def _job(job_id: str) -> ComplianceJob:
    job = _jobs().jobs.get(job_id)
    if job is None:
        detail = f"Could not find compliance job with id: [{job_id[:50]}]."
        raise problem(404, "Not Found Error", detail, "resource-not-found")
    return job
