"""The faults of every day: one system and one stream meet them one after the other."""

import time
from collections.abc import Callable, Sequence
from functools import partial

from tests.faults import disk
from tests.faults.accounting import Row, account
from tests.faults.cases import Case, Strike
from tests.faults.trial import Trial
from tests.rig.weir import Weir

SETTINGS = {"LEASE_SECONDS": "5"}
"""A killed collector is replaced when its lease is over."""
DISK_MEGABYTES = 96
POSTS = 60
"""Posts that come before a fault and while a part is away."""
ALL = "all of them in sequence"


def _some_posts(trial: Trial) -> None:
    sent = len(trial.load.sent)
    trial.wait(lambda: len(trial.load.sent) >= sent + POSTS, "posts to be sent")


def _killed(part: str) -> Strike:
    def strike(trial: Trial) -> None:
        trial.weir.kill(part)
        _some_posts(trial)
        trial.weir.start(part)

    return strike


def _web_killed(trial: Trial) -> None:
    trial.weir.kill("web")
    trial.wait(lambda: not trial.weir.is_healthy(), "its child to end, too")
    _some_posts(trial)
    trial.weir.start("web")


def _redis_killed(trial: Trial) -> None:
    trial.weir.kill("redis")
    trial.wait(lambda: trial.heard("readyz:redis", "fault:redis"), "Redis to be named")
    trial.weir.start("redis")


def _redis_wiped(trial: Trial) -> None:
    with trial.redis() as client:
        client.flushall()
    _some_posts(trial)


def _line_torn(trial: Trial) -> None:
    trial.upstream.fault("reset_mid_line")
    trial.wait(lambda: not trial.upstream.faults(), "the line to be torn")


def _disk_full(trial: Trial) -> None:
    filler = trial.weir.data_dir / "captures" / "filler"
    if not filler.parent.is_mount():
        trial.says("not tried: nothing may be mounted here")
        return
    try:
        disk.write_until_full(filler)
        trial.wait(lambda: trial.heard("fault:disk"), "the full disk to be named")
    finally:
        filler.unlink()


def _stalled(trial: Trial) -> None:
    """Have X fall silent, and kill meanwhile what has no part in collecting."""
    begun = time.time() * 1000
    trial.upstream.fault("stall")
    for part in ("beat", "jobs"):
        trial.weir.kill(part)
        trial.weir.start(part)
    trial.wait(lambda: _gap_since(trial, begun), "the stall to be a gap")


def _gap_since(trial: Trial, begun: float) -> bool:
    gaps, _ = trial.gaps()
    return any(gap["to"] is None or gap["to"] > begun for gap in gaps)


CASES = (
    Case("web killed", _web_killed),
    Case("collector killed", _killed("collector")),
    Case("tagger killed", _killed("tagger")),
    Case("redis killed", _redis_killed),
    Case("x resets in mid-line", _line_torn),
    Case("disk full", _disk_full),
    Case("redis wiped", _redis_wiped),
    Case("x stalls while beat and jobs are killed", _stalled),
)
RENUMBERING = ("redis wiped",)
"""After these the numbers of a viewer prove nothing: what it was told is looked at before."""


def in_sequence(weir: Weir, cases: Sequence[Case], rate: float) -> list[Row]:
    """Try faults on one stream; the posts that come between two belong to the latter's row."""
    trial = Trial(weir, ALL, rate)
    trial.begin(0)
    whole = trial.row
    rows: list[Row] = []
    begun: list[float] = []
    for case in cases:
        began = time.monotonic()
        if case.name in RENUMBERING:
            _attempt(trial, trial.check_viewer)
        begun.append(time.time() * 1000 if rows else 0.0)
        rows.append(Row(case.name))
        trial.row = rows[-1]
        _attempt(trial, partial(_struck, trial, case))
        print(f"{case.name}: {time.monotonic() - began:.0f} s", *trial.row.wrong, flush=True)
        trial.row = whole
    _attempt(trial, trial.finish)
    if trial.fates:
        for row, since, until in zip(rows, begun, [*begun[1:], float("inf")], strict=True):
            ids = {key for key, at in trial.load.sent.items() if since <= at < until}
            account(row, ids, trial.fates)
    return [*rows, whole]


def _struck(trial: Trial, case: Case) -> None:
    trial.watcher.said.clear()
    _some_posts(trial)
    case.strike(trial)
    trial.recover()
    trial.row.said += [word for word in trial.watcher.said if word not in trial.row.said]


def _attempt(trial: Trial, what: Callable[[], object]) -> None:
    """Do it; what breaks is wrong, and leaves the rest to be tried."""
    try:
        what()
    except Exception as error:
        trial.row.wrong.append(f"broke: {type(error).__name__}: {error}"[:200])
