"""A break of the connection to X whose posts are searched for afterwards."""

from typing import Any

from tests.faults.segment_ids import records_of
from tests.faults.trial import Trial
from workers.captures.segments.names import is_side

FILLED_SECONDS = 300.0
"""X answers a search a second with a hundred posts, and a reconnect may have waited its turn."""
ENDS = ("filled", "partly", "unfillable")


def fill(trial: Trial) -> None:
    """Have X refuse for some seconds; what it brought meanwhile is captured once, and marked."""
    person, path = trial.person, f"/streams/{trial.stream_id}"
    plan = {"capture": {"collection": trial.collection}, "backfill": True}
    person.call("PATCH", path, {"plan": plan})
    trial.upstream.fault("http_503", count=1)
    trial.upstream.fault("close")
    trial.wait(lambda: trial.state() == "reconnecting", "the break")
    trial.wait(lambda: trial.state() == "running", "the next connection")

    def filled() -> list[dict[str, Any]]:
        gaps, _ = trial.gaps()
        return [gap for gap in gaps if gap["state"] in ENDS]

    if not trial.wait(filled, "the gap to be filled", FILLED_SECONDS):
        return
    [gap] = filled()
    trial.says(f"gap {gap['state']}: {gap['posts']} posts, without {', '.join(gap['missing'])}")
    trial.expect(gap["state"] == "filled", "the gap was not filled whole")
    delivered = {entry["id"] for entry in trial.upstream.ledger()}
    missed = {key for key in list(trial.load.sent) if trial.is_in(key, [gap])} - delivered
    marked = marked_in(trial)
    trial.says(f"{len(missed)} posts missed by the connection, {len(marked)} marked")
    trial.expect(gap["posts"] == len(marked), "the gap counts others than are marked")
    trial.expect(missed <= marked, f"{len(missed - marked)} posts of the gap were not found")
    trial.expect(marked <= trial.load.sent.keys(), "posts of before the start are marked")
    trial.expect(not marked & delivered, "posts are marked that the connection brought")


def marked_in(trial: Trial) -> set[str]:
    """Return the ids of all captured lines that say that they were searched for."""
    paths = [path for path in trial.folder().iterdir() if not is_side(path.name)]
    records = (each for path in paths for each in records_of(path))
    return {each.id for each in records if each.backfilled and each.id}
