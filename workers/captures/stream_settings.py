"""How captures are written: as a stream asks, and otherwise as the machine does."""

import msgspec

from streams.plan import CaptureOptions
from streams.settings import Settings
from workers.captures.settings import CaptureSettings


def asked_settings(asked: CaptureOptions, otherwise: CaptureSettings) -> CaptureSettings:
    """Return how a stream wants its captures written, and otherwise as the machine does."""
    given = {
        name: value
        for name in CaptureSettings.__struct_fields__
        if (value := getattr(asked, name, None)) is not None
    }
    return msgspec.structs.replace(otherwise, **given)


def machine_settings(settings: Settings) -> CaptureSettings:
    """Return how captures are written on this machine, where a stream does not say."""
    return CaptureSettings(
        minute_interval=settings.capture_minutes,
        filename_timefmt=settings.capture_timefmt,
        extension=settings.capture_extension,
        temporary_extension=settings.capture_temporary_extension,
        compression=settings.capture_compression,
    )
