"""This machine, as it shows itself to others: version and disk."""

import shutil
import socket

from streams.clock import now_ms
from streams.live.machines import Machine
from streams.settings import Settings
from workers.captures.maintenance.process import storage_status
from workers.captures.segments.manifest import tool


def this_machine(name: str, settings: Settings) -> Machine:
    """Describe it now; a machine whose name is not its host's was given it to be chosen by."""
    disk = shutil.disk_usage(settings.data_dir)
    return Machine(
        name=name,
        at=now_ms(),
        version=tool(),
        disk_free=disk.free,
        disk_total=disk.total,
        named=name != socket.gethostname(),
        slots=settings.machine_slots,
        care=storage_status(),
    )
