"""The agent: asks its server what to capture, does it, and tells how it goes."""

import logging
import threading
import time
from contextlib import suppress

from streams.filter import FilterError
from workers.agent.capture import AgentCapture
from workers.agent.deletion import AgentDeletions
from workers.agent.last_heard import LastHeard
from workers.agent.server import (
    STARTED,
    STARTING,
    STOPPED,
    STOPPING,
    CaptureServer,
    ServerError,
    ServerJob,
)
from workers.agent.settings_file import AgentSettings
from workers.agent.x_access import XAccess
from workers.captures.recorder import Recorder
from workers.captures.segments.errors import CaptureError
from workers.captures.segments.names import CollectionNameError

log = logging.getLogger(__name__)

TICK = 0.1
"""Seconds between two looks at everything."""
RETRY = 1.0
"""Seconds until an answer that did not get through is sent again."""


class Agent:
    """One client of one server; `run` has a thread of its own."""

    def __init__(self, settings: AgentSettings, recorder: Recorder) -> None:
        self._server = CaptureServer(settings.base_url, settings.auth_token)
        self._place = settings.base_url
        self._access = XAccess(
            settings.api_base, settings.api_key, settings.api_secret, settings.source_addr
        )
        self._recorder = recorder
        self._ping = Due(settings.ping_interval)
        self._update = Due(settings.update_interval)
        self._answer = Due(RETRY)
        self._deleting = AgentDeletions(self._server, recorder, settings.ping_interval)
        self._stopped = threading.Event()
        self._capture: AgentCapture | None = None
        self._job: ServerJob | None = None
        self._unanswered: ServerJob | None = None
        self._said = ""

    def run(self) -> None:
        """Until `stop`; whatever goes wrong with the server, a capture goes on."""
        delete = threading.Thread(
            target=self._deleting.run, args=(self._stopped,), name="deletion", daemon=True
        )
        delete.start()
        while not self._stopped.wait(TICK):
            try:
                if self._step():
                    self._say("")
            except ServerError as trouble:
                self._say(str(trouble))
            except Exception:
                log.exception("a fault of the agent itself; it goes on")
        self._leave()

    def stop(self) -> None:
        """End `run`: lets go of X and seals at once, whatever `run` waits for just now."""
        self._stopped.set()
        capture = self._capture
        if capture is not None:
            capture.finish()

    def _step(self) -> bool:
        """Do what is due; True when the server was asked something."""
        asked = self._unanswered is not None and self._answer.now()
        if asked and self._unanswered is not None:
            self._answer_late(self._unanswered)
        if self._capture is not None:
            return self._tend(self._capture) or asked
        if self._ping.now():
            self._look_for_work()
            return True
        return asked

    def _look_for_work(self) -> None:
        jobs = self._server.active_jobs()
        if len(jobs) > 1:
            log.warning("the server has %s jobs for this client; one is run", len(jobs))
        for job in jobs:
            if not job.runs:
                LastHeard(self._recorder.root, self._identity(job)).forget()
            if job.status == STOPPING:
                self._settle(job)  # asked of an earlier life of ours
        for job in jobs:
            if job.runs:
                self._begin(job)
                return

    def _begin(self, job: ServerJob) -> None:
        with suppress(ServerError):  # it is asked again and again
            self._deleting.learn()
        try:
            self._capture = AgentCapture(
                job, self._access, self._recorder, self._identity(job), self._deleting.holds
            )
        except (FilterError, CollectionNameError, CaptureError) as error:
            raise ServerError(f"the job {job.id} cannot be run: {error}") from None
        log.info("%s: begins, %s posts so far", job.name, job.total_count)
        self._job = job
        self._ping.restart()
        self._update.restart()

    def _identity(self, job: ServerJob) -> str:
        return f"{self._place}\0{job.id}"

    def _tend(self, capture: AgentCapture) -> bool:
        """Keep a capture in step with its job; True when the server was asked something."""
        capture.watch()
        job = self._job
        if job and job.status == STARTING and capture.is_open and self._answer.now():
            self._server.say(job, STARTED)
            self._consider(capture, self._server.job(capture.job_id))
        elif self._update.now():
            self._consider(capture, self._server.job(capture.job_id))
        elif self._ping.now():
            seen = self._server.ping(capture.job_id, capture.total, capture.rate())
            if seen is not None:
                self._consider(capture, seen)
        else:
            return False
        return True

    def _consider(self, capture: AgentCapture, job: ServerJob) -> None:
        """Do what the job, as it stands now, asks."""
        self._job = job
        if job.runs:
            capture.edit(job)
        else:
            self._end(capture, job)

    def _end(self, capture: AgentCapture, job: ServerJob) -> None:
        capture.finish()
        self._capture = self._job = None
        log.info("%s: ends, %s posts", job.name, capture.total)
        if job.status == STOPPING:
            self._unanswered = job
        self._ping.restart()
        try:
            self._server.ping(capture.job_id, capture.total, capture.rate())
            if job.status == STOPPING:
                self._settle(job)
        finally:
            capture.forget()

    def _settle(self, job: ServerJob) -> None:
        """Say that a job has stopped, until the server has heard it or does not want to."""
        self._unanswered = job
        self._answer.restart()
        try:
            self._server.say(job, STOPPED)
        except ServerError as trouble:
            if trouble.may_pass:
                raise
        self._unanswered = None

    def _answer_late(self, job: ServerJob) -> None:
        """Say it again, unless something else is asked by now."""
        try:
            seen = self._server.job(job.id)
        except ServerError as trouble:
            if trouble.may_pass:
                raise
            seen = None
        self._unanswered = None
        if seen is not None and seen.status == STOPPING:
            self._settle(seen)

    def _leave(self) -> None:
        capture, job = self._capture, self._job
        try:
            if capture is not None:
                capture.finish()
                self._server.ping(capture.job_id, capture.total, capture.rate())
            waiting = job if job and job.status == STOPPING else self._unanswered
            if waiting is not None:
                self._server.say(waiting, STOPPED)
        except ServerError as trouble:
            log.warning("the server does not hear the end: %s", trouble)

    def _say(self, trouble: str) -> None:
        """Log a trouble when it begins and when it ends, not at each call that meets it."""
        kind = trouble.partition(": ")[2] or trouble
        if kind == self._said:
            return
        self._said = kind
        if trouble:
            log.error("%s", trouble)
        else:
            log.info("no more trouble")


class Due:
    """Comes due every so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._at = 0.0

    def now(self) -> bool:
        """Whether it is due; if so, the next time is counted from here."""
        if time.monotonic() < self._at:
            return False
        self.restart()
        return True

    def restart(self) -> None:
        """Count from here."""
        self._at = time.monotonic() + self._seconds
