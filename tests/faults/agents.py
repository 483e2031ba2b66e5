"""A capture agent that is killed, and away for most of a minute."""

import time
from contextlib import closing

from tests.faults.trial import WORD, Trial
from tests.rig.machine import Machine
from tests.rig.processes import Processes

AWAY_SECONDS = 50.0
COLLECTION = "agent"


def kill(trial: Trial) -> None:
    """Kill the agent of a job and start it again: a post is on its disk or in a gap of the job."""
    folder = trial.weir.data_dir.parent / "machine of the agent"
    folder.mkdir(exist_ok=True)
    with closing(Processes(folder / "output")) as processes:
        machine = Machine(trial.person, trial.weir, processes, folder, "agent")
        machine.start()
        job = machine.job(COLLECTION, WORD)
        trial.wait(lambda: trial.person.state(job) == "running", "the job to run")
        first = len(trial.load.sent)
        time.sleep(5)
        machine.kill()
        time.sleep(AWAY_SECONDS)
        machine.start_again()
        time.sleep(5)
        expected = list(trial.load.sent)[first:]
        time.sleep(2)
        gaps = trial.person.call("GET", f"/streams/{job}/gaps?since=0")["items"]
        trial.person.call("POST", f"/streams/{job}/stop")
        trial.wait(lambda: trial.person.state(job) == "stopped", "the job to stop")
        captured = machine.ids(COLLECTION)
        trial.person.call("DELETE", f"/clients/{machine.client['id']}")
    outside = [each for each in expected if each not in set(captured)]
    lost = [each for each in outside if not trial.is_in(each, gaps)]
    reasons = ", ".join(sorted({gap["reason"] for gap in gaps}))
    trial.says(f"agent: {len(expected)} sent, {len(outside) - len(lost)} in gaps ({reasons})")
    trial.expect(not lost, f"{len(lost)} posts of the agent are in no capture and in no gap")
    trial.expect(len(captured) == len(set(captured)), "the agent captured a post twice")
