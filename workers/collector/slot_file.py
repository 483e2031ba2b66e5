"""The slot file: what a collector knows of its slot, kept on its own disk as well."""

import logging
from pathlib import Path

import msgspec

from streams import names
from streams.gap_event import GapEvent
from streams.live.report import SlotReport
from workers.captures.segments.file_system import FileSystem, write_over

log = logging.getLogger(__name__)


class SlotState(msgspec.Struct, frozen=True):
    """The last report, and the gap events that SQL does not hold yet."""

    report: SlotReport
    pending: list[GapEvent] = []


class SlotFile:
    """One file a slot below `DATA_DIR/slots`, replaced once a second."""

    def __init__(self, data_dir: Path, slot: str) -> None:
        self._path = names.slot_path(data_dir, slot, ".json")
        self._file_system = FileSystem()

    def read(self) -> SlotState | None:
        """Return what was last written; None when there is nothing that can be read."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=SlotState)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as error:
            log.warning("%s cannot be read, so it proves nothing: %s", self._path, error)
            return None

    def write(self, state: SlotState) -> None:
        """Replace the file; a disk that refuses costs this proof, nothing else."""
        try:
            self._path.parent.mkdir(mode=0o700, exist_ok=True)
            write_over(self._file_system, self._path, msgspec.json.encode(state))
        except OSError as error:
            log.warning("%s cannot be written: %s", self._path, error)


def newest(*reports: SlotReport | None) -> SlotReport | None:
    """Return the latest of the reports that there are."""
    known = [report for report in reports if report is not None]
    return max(known, key=lambda report: report.at, default=None)
