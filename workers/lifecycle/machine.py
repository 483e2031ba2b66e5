"""This machine, as its collector shows it to others: version and disk."""

import shutil
import socket
from contextlib import suppress
from typing import Any

from celery import signals

from streams.clock import clock, now_ms
from streams.live import LiveStoreError, machines
from streams.live.machines import Machine
from streams.settings import Settings, settings
from workers import resources
from workers.captures.maintenance.process import storage_status
from workers.captures.segments.manifest import tool
from workers.lifecycle import heartbeats


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
        clock=clock.warning,
    )


def _report(**_: Any) -> None:
    role, name = heartbeats.worker_name().split("@", 1)
    if role == "collector":
        with suppress(LiveStoreError):  # Celery itself reports that Redis is away
            machines.report(resources.live(), this_machine(name, settings()))


signals.worker_ready.connect(_report)
signals.heartbeat_sent.connect(_report)
