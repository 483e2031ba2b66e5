"""Orders: what an owner may do with a job. Its client reads them when it next calls."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from streams import keywords
from streams.filter import Filter
from streams.job import NAME_EXPECTED, Client, Job, is_name, plan_of
from streams.plan import MAX_DESCRIPTION, Plan
from streams.store import Store
from streams.store.jobs import SeatTakenError
from streams.store.streams import CollectionTakenError
from streams.stream import Stream, Wanted
from web.errors import ApiError, translate_errors

MAX_JOBS = 500
"""Of one account, archived ones included."""


class JobService:
    """Each order checks what it is given, and is safe to repeat."""

    def __init__(self, store: Store, now: Callable[[], int]) -> None:
        self._store = store
        self._now = now

    def create(
        self, account_id: int, client: Client | None, name: str, description: str, text: str
    ) -> Job:
        """Save a job that is not started; a client can have one that is not archived."""
        name, description = check_name(name), check_description(description)
        wanted = check_keywords(text)
        if len(self._store.jobs.of_account(account_id)) >= MAX_JOBS:
            raise ApiError(409, "too_many_jobs", f"an account has at most {MAX_JOBS} jobs", "name")
        with _taken():
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
        """Change what is given, also while it runs."""
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
        """Change a job by what it has in common with all streams."""
        job = self.of(stream)
        if plan is not None and plan != plan_of(stream.name, plan.description):
            message = "a capture client keeps no schedule, budget or files of its own here"
            raise ApiError(422, "not_for_jobs", message, "plan")
        text = None if filter_ is None else keywords.text_of(filter_)
        job = self.edit(job, name, None if plan is None else plan.description, text)
        if wanted is Wanted.RUNNING:
            self.check_start(job)
        return (self._want(job, wanted) if wanted is not None else job).stream

    def start(self, job: Job) -> Job:
        """Ask its client to start."""
        self.check_start(job)
        return self._want(job, Wanted.RUNNING)

    def stop(self, job: Job) -> Job:
        """Ask its client to stop."""
        _check_open(job)
        return self._want(job, Wanted.STOPPED)

    def archive(self, job: Job) -> Job:
        """Stop it for good; its client may have another."""
        return self._want(job, Wanted.ARCHIVED)

    def assign(self, job: Job, client: Client) -> Job:
        """Give a job its client, which it keeps."""
        if job.client_id == client.id:
            return job
        if job.client_id is not None:
            text = "a job stays with its client: archive it, and make another"
            raise ApiError(409, "assigned", text, "assigned_worker")
        _check_open(job)
        with _taken():
            self._store.jobs.assign(job.number, client.id)
        return self.of(job.stream)

    def revoke(self, client: Client) -> None:
        """End a client: its job is asked to stop, its token opens nothing more."""
        for job in self._store.jobs.active([client.id]).values():
            self._want(job, Wanted.STOPPED)
        self._store.clients.revoke(client.id, self._now())

    def check_start(self, job: Job) -> None:
        """Refuse to start what nobody would run."""
        _check_open(job)
        client = self._store.clients.get(job.client_id) if job.client_id else None
        if client is None or client.revoked_at is not None:
            text = "nobody would run it: give the job a client that is not revoked"
            raise ApiError(409, "no_client", text, "assigned_worker")

    def of(self, stream: Stream) -> Job:
        """Return the job that a stream is."""
        job = self._store.jobs.of_stream(stream.id)
        if job is None:
            raise ApiError(404, "no_such_job", "there is no such job")
        return job

    def _write(self, job: Job, name: str, description: str, wanted: Filter | None) -> Job:
        plan = plan_of(name, description)
        same = (name, plan) == (job.stream.name, job.stream.plan)
        if same and (wanted is None or wanted == job.stream.filter):
            return job
        _check_open(job)
        running = job.stream.wanted is Wanted.RUNNING
        if wanted is not None and running and not wanted.keywords and job.stream.filter.terms:
            text = "a running job keeps a keyword at least: stop it first"
            raise ApiError(422, "empty_while_running", text, "keywords")
        with _taken():
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
    """Return a name without blanks around it, or refuse."""
    if not is_name(name.strip()):
        raise ApiError(422, "bad_name", NAME_EXPECTED, "name")
    return name.strip()


def check_description(text: str) -> str:
    """Return a description, or refuse."""
    if len(text) > MAX_DESCRIPTION:
        text = f"a description has at most {MAX_DESCRIPTION} characters"
        raise ApiError(422, "too_long", text, "description")
    return text


def check_keywords(text: str) -> Filter:
    """Read keywords, or refuse."""
    with translate_errors():
        return keywords.filter_of(text)


def _check_open(job: Job) -> None:
    if job.stream.wanted is Wanted.ARCHIVED:
        raise ApiError(409, "archived", "this job was archived", "archived_date")


@contextmanager
def _taken() -> Iterator[None]:
    """Refuse what somebody else has already, and one only can have."""
    try:
        yield
    except CollectionTakenError:
        text = "another collection has this name"
        raise ApiError(409, "name_taken", text, "name") from None
    except SeatTakenError:
        text = "this client has a job already: archive that first"
        raise ApiError(409, "client_busy", text, "assigned_worker") from None
