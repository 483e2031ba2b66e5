"""Jobs: what an owner may ask of a capture client. The client reads it on its next call."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from streams import keywords
from streams.filter import Filter
from streams.job import NAME_EXPECTED, Client, Job, is_name, plan_of
from streams.plan import MAX_DESCRIPTION, Plan
from streams.store import MAX_ID, Store
from streams.store.jobs import SeatTakenError
from streams.store.streams import CollectionTakenError
from streams.stream import Stream, Wanted
from web.errors import ApiError, translate_errors

MAX_JOBS = 500
"""Jobs of one account, archived ones included."""
CLIENT_API_PATH = "/capture/api/"
"""Where capture clients call; it follows the server's address in their `base_url`."""


class JobService:
    """Creates, edits, starts and stops jobs; every method checks input and is safe to repeat."""

    def __init__(self, store: Store, now: Callable[[], int]) -> None:
        self._store = store
        self._now = now

    def create(
        self, account_id: int, client: Client | None, name: str, description: str, text: str
    ) -> Job:
        """Create a job without starting it; a client has at most one job that is not archived."""
        name, description = check_name(name), check_description(description)
        wanted = check_keywords(text)
        if len(self._store.jobs.of_account(account_id)) >= MAX_JOBS:
            raise ApiError(409, "too_many_jobs", f"an account has at most {MAX_JOBS} jobs", "name")
        with _translate_conflicts():
            return self._store.jobs.create(
                account_id, client.id if client else None, name, description, wanted, self._now()
            )

    def edit(
        self,
        job: Job,
        name: str | None = None,
        description: str | None = None,
        text: str | None = None,
    ) -> Job:
        """Change the given fields, also while the job runs."""
        wanted = None if text is None or text == job.keywords else check_keywords(text)
        return self._write(
            job,
            job.stream.name if name is None else check_name(name),
            job.description if description is None else check_description(description),
            wanted,
        )

    def write(
        self,
        stream: Stream,
        *,
        name: str | None = None,
        filter_: Filter | None = None,
        plan: Plan | None = None,
        wanted: Wanted | None = None,
    ) -> Stream:
        """Change a job through the fields that it shares with all streams."""
        job = self.of(stream)
        if plan is not None and plan != plan_of(stream.name, plan.description):
            message = "a capture client's job takes no schedule, budget or capture options here"
            raise ApiError(422, "not_for_jobs", message, "plan")
        text = None if filter_ is None else keywords.text_of(filter_)
        job = self.edit(job, name, None if plan is None else plan.description, text)
        if wanted is Wanted.RUNNING:
            self.check_start(job)
        return (self._want(job, wanted) if wanted is not None else job).stream

    def start(self, job: Job) -> Job:
        """Ask the job's client to start."""
        self.check_start(job)
        return self._want(job, Wanted.RUNNING)

    def stop(self, job: Job) -> Job:
        """Ask the job's client to stop."""
        _check_open(job)
        return self._want(job, Wanted.STOPPED)

    def archive(self, job: Job) -> Job:
        """Stop the job for good; its client may then have another."""
        return self._want(job, Wanted.ARCHIVED)

    def assign(self, job: Job, client: Client) -> Job:
        """Assign a job to a client, for good."""
        if job.client_id == client.id:
            return job
        if job.client_id is not None:
            text = "a job stays with its client: archive it and create another"
            raise ApiError(409, "assigned", text, "assigned_worker")
        _check_open(job)
        with _translate_conflicts():
            self._store.jobs.assign(job.number, client.id)
        return self.of(job.stream)

    def revoke(self, client: Client) -> None:
        """Revoke a client: ask its job to stop and invalidate its token."""
        for job in self._store.jobs.active([client.id]).values():
            self._want(job, Wanted.STOPPED)
        self._store.clients.revoke(client.id, self._now())

    def check_start(self, job: Job) -> None:
        """Refuse to start a job that has no usable client."""
        _check_open(job)
        client = self._store.clients.get(job.client_id) if job.client_id else None
        if client is None or client.revoked_at is not None:
            text = "no client can run this job: assign it to a client that is not revoked"
            raise ApiError(409, "no_client", text, "assigned_worker")

    def find(self, account_id: int, number: int) -> Job:
        """Return an account's job, or refuse with 404, also when it is another account's."""
        job = self._store.jobs.get(number) if number <= MAX_ID else None
        if job is None or job.stream.account_id != account_id:
            raise ApiError(404, "not_found", "you have no such job")
        return job

    def client(self, account_id: int, client_id: int) -> Client | None:
        """Return an account's client unless it is revoked."""
        client = self._store.clients.get(client_id) if 0 < client_id <= MAX_ID else None
        if client is None or client.account_id != account_id or client.revoked_at is not None:
            return None
        return client

    def of(self, stream: Stream) -> Job:
        """Return the job behind a stream."""
        job = self._store.jobs.of_stream(stream.id)
        if job is None:
            raise ApiError(404, "no_such_job", "you have no such job")
        return job

    def _write(self, job: Job, name: str, description: str, wanted: Filter | None) -> Job:
        plan = plan_of(name, description)
        same = (name, plan) == (job.stream.name, job.stream.plan)
        if same and (wanted is None or wanted == job.stream.filter):
            return job
        _check_open(job)
        running = job.stream.wanted is Wanted.RUNNING
        if wanted is not None and running and not wanted.keywords and job.stream.filter.terms:
            text = (
                "a running job needs at least one keyword: stop it before you remove the last one"
            )
            raise ApiError(422, "empty_while_running", text, "keywords")
        with _translate_conflicts():
            self._store.streams.edit(
                job.stream.id,
                job.stream.account_id,
                self._now(),
                name=name,
                filter_=wanted,
                plan=plan,
            )
        return self.of(job.stream)

    def _want(self, job: Job, wanted: Wanted) -> Job:
        self._store.jobs.want(job, wanted, self._now())
        return self.of(job.stream)


def check_name(name: str) -> str:
    """Return the name without surrounding blanks, or refuse it."""
    if not is_name(name.strip()):
        raise ApiError(422, "bad_name", NAME_EXPECTED, "name")
    return name.strip()


def check_description(text: str) -> str:
    """Return the description, or refuse it."""
    if len(text) > MAX_DESCRIPTION:
        text = f"a description has at most {MAX_DESCRIPTION} characters"
        raise ApiError(422, "too_long", text, "description")
    return text


def check_keywords(text: str) -> Filter:
    """Parse keywords, or refuse them."""
    with translate_errors():
        return keywords.filter_of(text)


def _check_open(job: Job) -> None:
    if job.stream.wanted is Wanted.ARCHIVED:
        raise ApiError(409, "archived", "this job is archived and cannot change", "archived_date")


@contextmanager
def _translate_conflicts() -> Iterator[None]:
    """Turn conflicts over unique names and clients into refusals."""
    try:
        yield
    except CollectionTakenError:
        text = "another of your collections has this name: choose another"
        raise ApiError(409, "name_taken", text, "name") from None
    except SeatTakenError:
        text = "this client already has a job: archive that job first"
        raise ApiError(409, "client_busy", text, "assigned_worker") from None
