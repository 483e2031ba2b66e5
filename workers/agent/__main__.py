"""`python -m workers.agent --configfile capture.json`: run this machine's capture jobs."""

import argparse
import logging
import logging.config
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from workers.agent.agent import Agent
from workers.agent.settings_file import AgentSettings, SettingsFileError, read_settings
from workers.captures.recorder import Recorder

log = logging.getLogger("workers.agent")

END_SECONDS = 5.0
"""Seconds that the last calls to the server may take."""


def main(arguments: list[str]) -> int:
    """Run until SIGTERM or SIGINT; 2 when the settings file cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m workers.agent", description=__doc__)
    parser.add_argument("--configfile", required=True, type=Path, help="the settings file (JSON)")
    path = parser.parse_args(arguments).configfile
    try:
        settings = read_settings(path)
        set_up_logging(path, settings)
    except SettingsFileError as error:
        print(error, file=sys.stderr)
        return 2
    for name in settings.unknown:
        log.warning("%s: unknown key %s is ignored", path, name)
    return run(settings)


def set_up_logging(path: Path, settings: AgentSettings) -> None:
    """Log as the file says, else to the standard error stream; raises SettingsFileError."""
    if settings.logging is None:
        logging.basicConfig(
            level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
        )
        return
    try:
        _make_log_folders(settings.logging)
        # Loggers that are made already would fall silent by dictConfig's own default.
        logging.config.dictConfig({"disable_existing_loggers": False, **settings.logging})
    except Exception as error:
        why = f"{error}: {error.__cause__}" if error.__cause__ else str(error)
        expected = "a mapping for logging.config.dictConfig"
        line = " ".join(f"{path}: logging: expected {expected}, got: {why}".split())
        raise SettingsFileError(line) from None


def _make_log_folders(config: dict[str, Any]) -> None:
    """Create the folders that log handlers write to, as existing settings files expect."""
    handlers = config.get("handlers")
    for handler in handlers.values() if isinstance(handlers, dict) else ():
        file = handler.get("filename") if isinstance(handler, dict) else None
        if isinstance(file, str):
            Path(file).expanduser().parent.mkdir(parents=True, exist_ok=True)


def run(settings: AgentSettings) -> int:
    """Run the agent in a thread, so that signals are handled whatever it waits for."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    recorder = Recorder(
        settings.base_dir, settings.output, on_loss=lambda loss: agent.record_loss(loss)
    )
    agent = Agent(settings, recorder)
    recorder.start()
    thread = threading.Thread(target=agent.run, name="agent", daemon=True)
    thread.start()
    log.info("Asking %s for jobs every %g s", settings.base_url, settings.ping_interval)
    while not ended.wait(1.0) and thread.is_alive():
        pass
    agent.stop()
    thread.join(END_SECONDS)
    recorder.close()
    return 0 if ended.is_set() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
