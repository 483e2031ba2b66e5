"""The agent: fetches its jobs from the server, captures, and reports progress."""

import logging
import threading
import time
from contextlib import suppress

from streams.filter import FilterError
from workers.agent.capture import AgentCapture
from workers.agent.connect_reports import ConnectReports
from workers.agent.deletion import AgentDeletions
from workers.agent.gap_reports import GapReports
from workers.agent.last_heard import ListeningRecord
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
from workers.captures.segments.errors import CaptureError, LostPosts
from workers.captures.segments.names import CollectionNameError

log = logging.getLogger(__name__)

TICK = 0.1
"""Seconds between two rounds."""
RETRY = 1.0
"""Seconds until a status that did not get through is sent again."""


class JobError(Exception):
    """A job cannot be run as it is; one line."""


class Agent:
    """One client of one server; `run` has its own thread."""

    def __init__(self, settings: AgentSettings, recorder: Recorder) -> None:
        self._server = CaptureServer(settings.base_url, settings.auth_token)
        self._place = settings.base_url
        self._access = XAccess(
            settings.api_base, settings.api_key, settings.api_secret, settings.source_addr
        )
        self._connects = self._access.connect_log(recorder.root)
        self._connect_reports = ConnectReports(self._server, self._connects, self._access.app)
        self._recorder = recorder
        self._ping = Due(settings.ping_interval)
        self._update = Due(settings.update_interval)
        self._retry = Due(RETRY)
        self._gap_report = Due(RETRY)
        self._deletions = AgentDeletions(self._server, recorder, settings.ping_interval)
        self._stopped = threading.Event()
        self._capture: AgentCapture | None = None
        self._job: ServerJob | None = None
        self._unconfirmed: ServerJob | None = None
        self._last_error = ""
        self._takes_gaps = True
        """Whether the server offers to record gaps; other servers do not."""

    def run(self) -> None:
        """Run until `stop`; a capture continues whatever happens to the server."""
        delete = threading.Thread(
            target=self._deletions.run, args=(self._stopped,), name="deletion", daemon=True
        )
        delete.start()
        while not self._stopped.wait(TICK):
            try:
                if self._step():
                    self._log_error("")
            except ServerError as error:
                if not error.is_logged:
                    self._log_error(str(error))
            except JobError as error:
                self._log_error(str(error))
            except Exception:
                log.exception("Unexpected error in the agent; it continues")
        self._shut_down()

    def stop(self) -> None:
        """End `run`: disconnect from X and seal at once, whatever `run` waits for."""
        self._stopped.set()
        capture = self._capture
        if capture is not None:
            capture.finish()

    def record_loss(self, loss: LostPosts) -> None:
        """Log posts that the disk did not take; once that is over, it is a gap of the job."""
        log.error("%s: lost %s posts (%s)", loss.folder, loss.posts, loss.reason)
        capture, job = self._capture, self._job
        is_ours = capture is not None and job is not None and job.name == loss.folder
        if capture is not None and is_ours and loss.until is not None:
            capture.gaps.add(loss.since, loss.until, loss.reason)

    def _step(self) -> bool:
        """Do what is due; True when the server was called."""
        asked = self._unconfirmed is not None and self._retry.now()
        if asked and self._unconfirmed is not None:
            self._retry_confirmation(self._unconfirmed)
        if self._capture is not None:
            return self._update_capture(self._capture) or asked
        if self._ping.now():
            self._poll_jobs()
            return True
        return asked

    def _poll_jobs(self) -> None:
        jobs = self._server.active_jobs()
        if len(jobs) > 1:
            log.warning("the server has %s jobs for this client; the agent runs one", len(jobs))
        for job in jobs:
            if not job.runs:
                self._record(job).forget()
            self._report_gaps(job.id, GapReports(self._record(job).gap_reports))
            if job.status == STOPPING:
                self._confirm_stopped(job)  # requested from an earlier run of this agent
        for job in jobs:
            if job.runs:
                self._begin(job)
                return

    def _begin(self, job: ServerJob) -> None:
        with suppress(ServerError):  # it is asked again and again
            self._deletions.refresh()
        with suppress(ServerError):
            self._connect_reports.report()
        try:
            self._capture = AgentCapture(
                job,
                self._access,
                self._connects,
                self._recorder,
                self._identity(job),
                self._deletions.holds,
            )
        except (FilterError, CollectionNameError, CaptureError) as error:
            raise JobError(f"the job {job.id} cannot be run: {error}") from None
        log.info("%s: capture starts, %s posts so far", job.name, job.total_count)
        self._job = job
        self._ping.restart()
        self._update.restart()

    def _report_gaps(self, number: int, reports: GapReports) -> bool:
        """Report the gaps that the server does not have; True when it was called."""
        pending = reports.pending() if self._takes_gaps else []
        if not pending:
            return False
        try:
            self._takes_gaps = self._server.report_gaps(number, pending)
        except ServerError as error:
            if error.is_temporary:
                raise
            log.error("The server rejects gaps of job %s: %s", number, error)
        reports.confirm(pending)
        return True

    def _record(self, job: ServerJob) -> ListeningRecord:
        return ListeningRecord(self._recorder.root, self._identity(job))

    def _identity(self, job: ServerJob) -> str:
        return f"{self._place}\0{job.id}"

    def _update_capture(self, capture: AgentCapture) -> bool:
        """Update a capture from its job; True when the server was called."""
        capture.watch()
        job = self._job
        if job and job.status == STARTING and capture.is_open and self._retry.now():
            self._server.set_status(job, STARTED)
            self._apply(capture, self._server.job(capture.job_id))
        elif self._update.now():
            self._apply(capture, self._server.job(capture.job_id))
        elif self._ping.now():
            seen = self._server.ping(capture.job_id, capture.total, capture.rate())
            if seen is not None:
                self._apply(capture, seen)
        elif capture.gaps.pending() and self._gap_report.now():
            return self._report_gaps(capture.job_id, capture.gaps)
        else:
            return self._connect_reports.report()
        return True

    def _apply(self, capture: AgentCapture, job: ServerJob) -> None:
        """Apply the job as it is now: run, edit or end the capture."""
        self._job = job
        if job.status == STARTED:
            self._server.settle_status()
        if job.runs:
            capture.edit(job)
        else:
            self._end(capture, job)

    def _end(self, capture: AgentCapture, job: ServerJob) -> None:
        capture.finish()
        self._capture = self._job = None
        log.info("%s: capture ends, %s posts", job.name, capture.total)
        if job.status == STOPPING:
            self._unconfirmed = job
        self._ping.restart()
        try:
            self._server.ping(capture.job_id, capture.total, capture.rate())
            if job.status == STOPPING:
                self._confirm_stopped(job)
        finally:
            capture.forget()
        self._report_gaps(capture.job_id, capture.gaps)

    def _confirm_stopped(self, job: ServerJob) -> None:
        """Report that a job has stopped, until the server accepts or rejects it."""
        self._unconfirmed = job
        self._retry.restart()
        try:
            self._server.set_status(job, STOPPED)
        except ServerError as error:
            if error.is_temporary:
                raise
        self._unconfirmed = None

    def _retry_confirmation(self, job: ServerJob) -> None:
        """Report it again, unless the job has changed by now."""
        try:
            seen = self._server.job(job.id)
        except ServerError as error:
            if error.is_temporary:
                raise
            seen = None
        self._unconfirmed = None
        if seen is not None and seen.status == STOPPING:
            self._confirm_stopped(seen)
        else:
            self._server.settle_status()

    def _shut_down(self) -> None:
        capture, job = self._capture, self._job
        try:
            if capture is not None:
                capture.finish()
                self._server.ping(capture.job_id, capture.total, capture.rate())
                self._report_gaps(capture.job_id, capture.gaps)
            waiting = job if job and job.status == STOPPING else self._unconfirmed
            if waiting is not None:
                self._server.set_status(waiting, STOPPED)
        except ServerError as error:
            log.warning("The server did not get the last report: %s", error)

    def _log_error(self, error: str) -> None:
        """Log an error when it begins and when it ends, not at each call."""
        kind = error.partition(": ")[2] or error
        if kind == self._last_error:
            return
        self._last_error = kind
        if error:
            log.error("%s", error)
        else:
            log.info("The error is resolved")


class Due:
    """A timer that is due every `seconds`."""

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
