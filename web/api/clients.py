"""/clients: capture clients, machines of one's own that run jobs, and their jobs."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from streams.job import Client, Job
from streams.job_status import Connection, connection_of, job_status
from web.api.page import Page, PageQuery, cut
from web.api.route import ApiCall, ApiRoute
from web.api.stream_bodies import name_of
from web.context import context
from web.errors import ApiError
from web.jobs import CLIENT_API_PATH

MAX_CLIENTS = 50
Text = Annotated[str, Meta(max_length=60_000)]


class NewClient(Struct, forbid_unknown_fields=True):
    """A client to create; `name` is how its owner recognises the machine."""

    name: Annotated[str, Meta(min_length=1, max_length=64)]


class IssuedClient(Struct):
    """What goes into the client's settings file. The token is shown only this once.

    `path` follows the address of this server in `base_url`.
    """

    id: int
    name: str
    token: str
    path: str


class JobAnswer(Struct):
    """A job. `stream` is the id of the same thing as a stream, `status` the number clients know."""

    number: int
    stream: str
    name: str
    description: str
    keywords: str
    status: int
    total_count: int | None
    rate: float | None
    pinged_at: int | None
    created_at: int
    archived_at: int | None


class ClientAnswer(Struct):
    """A client, the time of its last call (ms), and its job, if it has one."""

    id: int
    name: str
    created_at: int
    state: Connection
    seen_at: int | None
    job: JobAnswer | None


class NewJob(Struct, forbid_unknown_fields=True):
    """Comma-separated `keywords`; `geo: lon lat lon lat` is a box; none asks X for a sample."""

    name: Text
    description: Text = ""
    keywords: Text = ""


class ChangedJob(Struct, forbid_unknown_fields=True):
    """What to change; fields that are not given stay."""

    name: Text | UnsetType = UNSET
    description: Text | UnsetType = UNSET
    keywords: Text | UnsetType = UNSET


def issue(call: ApiCall) -> IssuedClient:
    """Create a client."""
    name = name_of(call.body.name)
    if len(context().store.clients.of_account(call.account.id)) >= MAX_CLIENTS:
        raise ApiError(409, "too_many_clients", f"an account has at most {MAX_CLIENTS} clients")
    client, token = context().store.clients.create(call.account.id, name, context().now())
    return IssuedClient(client.id, client.name, token, CLIENT_API_PATH)


def listing(call: ApiCall) -> Page[ClientAnswer]:
    """List clients, without their tokens."""
    mine = context().store.clients.of_account(call.account.id)
    page = cut(mine, call.query.limit, call.query.offset)
    jobs = context().store.jobs.active([client.id for client in page.items])
    found = [_answer(client, jobs.get(client.id)) for client in page.items]
    return Page(found, page.total, page.next)


def revoke(call: ApiCall) -> None:
    """Revoke a client; its token stops working."""
    context().jobs.revoke(_client(call))


def create_job(call: ApiCall) -> JobAnswer:
    """Create a job for a client."""
    body: NewJob = call.body
    made = context().jobs.create(
        call.account.id, _client(call), body.name, body.description, body.keywords
    )
    return _job_answer(made)


def list_jobs(call: ApiCall) -> Page[JobAnswer]:
    """List the present and past jobs of a client."""
    jobs = context().store.jobs.of_client(_client(call).id)
    page = cut(jobs, call.query.limit, call.query.offset)
    return Page([_job_answer(job) for job in page.items], page.total, page.next)


def change_job(call: ApiCall) -> JobAnswer:
    """Change a job, also while it runs."""
    body: ChangedJob = call.body
    client = _client(call)
    job = context().jobs.find(call.account.id, _number(call.path["number"]))
    if job.client_id != client.id:
        raise ApiError(404, "not_found", "this client has no such job")
    given = [
        None if value is UNSET else value for value in (body.name, body.description, body.keywords)
    ]
    return _job_answer(context().jobs.edit(job, *given))


def _client(call: ApiCall) -> Client:
    client = context().jobs.client(call.account.id, _number(call.path["client_id"]))
    if client is None:
        raise ApiError(404, "no_such_client", "you have no such client")
    return client


def _number(text: str) -> int:
    """Parse a number from a path; anything else becomes 0, which nothing has as id."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 11 else 0


def _answer(client: Client, job: Job | None) -> ClientAnswer:
    return ClientAnswer(
        client.id,
        client.name,
        client.created_at,
        connection_of(client.seen_at, context().now()),
        client.seen_at,
        None if job is None else _job_answer(job),
    )


def _job_answer(job: Job) -> JobAnswer:
    return JobAnswer(
        number=job.number,
        stream=job.stream.id,
        name=job.stream.name,
        description=job.description,
        keywords=job.keywords,
        status=job_status(job, context().now()),
        total_count=job.total_count,
        rate=job.rate,
        pinged_at=job.pinged_at,
        created_at=job.stream.created_at,
        archived_at=job.archived_at,
    )


_ONE = "/clients/<client_id>"
routes = (
    ApiRoute(
        "POST",
        "/clients",
        "Create a capture client; its token is shown only this once",
        issue,
        IssuedClient,
        status=201,
        body=NewClient,
        refuses=(409,),
    ),
    ApiRoute(
        "GET",
        "/clients",
        "List capture clients with their state and job",
        listing,
        Page[ClientAnswer],
        query=PageQuery,
    ),
    ApiRoute("DELETE", _ONE, "Revoke a capture client", revoke, None, status=204),
    ApiRoute(
        "POST",
        _ONE + "/jobs",
        "Create a job for a client: a stream that the client runs",
        create_job,
        JobAnswer,
        status=201,
        body=NewJob,
        refuses=(409,),
    ),
    ApiRoute(
        "GET",
        _ONE + "/jobs",
        "List a client's jobs, newest first",
        list_jobs,
        Page[JobAnswer],
        query=PageQuery,
    ),
    ApiRoute(
        "PATCH",
        _ONE + "/jobs/<number>",
        "Change a job, also while it runs; start and stop it as its stream",
        change_job,
        JobAnswer,
        body=ChangedJob,
        refuses=(409,),
    ),
)
