"""Which test process runs which files, and in what order: the longest first, to end together."""

from pathlib import PurePosixPath

from xdist.scheduler import LoadFileScheduling

SYSTEM, BROWSER, SITE = "the shared system", "the browser's system", "the shared site"
SHARED = {
    "tests/end_to_end": SYSTEM,
    "tests/faults": SYSTEM,
    "tests/browser": BROWSER,
    "tests/web": SITE,
}
"""What the files of a folder share; one process runs them, so that it is started once."""
APART = (
    "tests/bin/test_run.py",
    "tests/faults/test_endings.py",
    "tests/end_to_end/test_upload.py",
    "tests/end_to_end/test_placement.py",
    "tests/web/test_generated_requests.py",
    "tests/end_to_end/test_two_speeds.py",
    "tests/end_to_end/test_model_swap.py",
    "tests/workers/agent/test_agent.py",
    "tests/models/test_commands.py",
    "tests/workers/jobs/test_worker.py",
    "tests/test_celeryconfig.py",
    "tests/web/test_proxies.py",
    "tests/web/test_database_away.py",
    "tests/web/test_postgres_away.py",
    "tests/web/test_fan_out.py",
    "tests/web/test_slow_viewers.py",
    "tests/web/test_many_viewers.py",
    "tests/web/test_nginx.py",
    "tests/browser/test_build.py",
    "tests/workers/replay/test_recording_process.py",
    "tests/workers/sources/test_bluesky_source.py",
    "tests/workers/captures/test_cli.py",
    "tests/workers/deletion/test_runner.py",
    "tests/upgrade/test_earlier_data.py",
)
"""Long files that share nothing."""
ORDER = ("tests/bin/test_prepare.py", SYSTEM, BROWSER, SITE, *APART)


def unit(nodeid: str) -> str:
    """Return what a test belongs to that one process runs as a whole: a file, or many."""
    file = nodeid.partition("::")[0]
    return file if file in ORDER else SHARED.get(str(PurePosixPath(file).parent), file)


def rank(nodeid: str) -> int:
    """Return where a test stands in the order; short files come last."""
    found = unit(nodeid)
    return ORDER.index(found) if found in ORDER else len(ORDER)


class Distribution(LoadFileScheduling):  # type: ignore[misc]  # xdist carries no types
    """Hands units to test processes as these have time, in the order in which they were found."""

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)
