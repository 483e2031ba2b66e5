"""The collector is cut off from another part, and the connections stay open."""

import time
from collections.abc import Callable
from contextlib import closing
from urllib.parse import urlsplit

from tests.faults.cut_line import CutLine
from tests.faults.trial import Trial

SETTLE_SECONDS = 8.0


def cut_off(setting: str, seconds: float, *beginnings: str) -> Callable[[Trial], None]:
    """Hold up every packet between the collector and what `setting` names for so long."""

    def strike(trial: Trial) -> None:
        weir = trial.weir
        address = urlsplit(weir.env[setting])
        assert address.port
        with closing(CutLine(address.port)) as line:
            url = weir.env[setting].replace(f":{address.port}", f":{line.port}")
            weir.stop("collector")
            weir.processes.start("collector", weir.command("collector"), {**weir.env, setting: url})
            weir.wait_ready("collector")
            time.sleep(SETTLE_SECONDS)
            line.cut()
            try:
                time.sleep(seconds)
            finally:
                line.mend()
            time.sleep(SETTLE_SECONDS)
            weir.restart("collector")
        trial.must_hear(*beginnings)

    return strike
