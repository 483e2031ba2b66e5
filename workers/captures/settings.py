"""How captures are written: intervals, names, compression, and what the disk may hold."""

from typing import Literal, Self

import msgspec

from streams.file_names import ending_fault, timefmt_fault
from streams.plan import CaptureOptions
from streams.settings import Settings

Compression = Literal["none", "gzip", "zstd"]
SUFFIXES: dict[Compression, str] = {"none": "", "gzip": ".gz", "zstd": ".zst"}


class CaptureSettingsError(ValueError):
    """A setting that cannot be used; `field` names it, the text says what was expected."""

    def __init__(self, field: str, expected: str, got: object) -> None:
        super().__init__(f"{field}: expected {expected}, got {got!r}")
        self.field = field


class CaptureSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Defaults are those of the existing capture client."""

    minute_interval: int = 10
    """Minutes in a segment, floored: with 10, what comes at 12:17 is in the segment of 12:10."""
    filename_timefmt: str = "%Y%m%d_%H%M"
    """For strftime, in UTC."""
    extension: str = ".json"
    temporary_extension: str = ".tmp"
    compression: Compression = "none"
    """Of sealed segments; the open one is always plain."""
    fsync_seconds: float = 1.0
    """Between two fsyncs of a segment; what a power cut can cost."""
    write_seconds: float = 0.2
    """Between two writes to a segment; what `kill -9` can cost."""
    dedupe_ids: int = 100_000
    """Ids that a capture remembers, at least; at most twice as many. Fewer beside many captures."""
    waiting_bytes: int = 8_388_608
    """What a capture holds in memory while its disk refuses; beyond it posts are dropped."""

    def checked(self) -> Self:
        """Return the settings, or raise CaptureSettingsError for the first fault."""
        ranges = {
            "minute_interval": (1, 1440, "minutes from 1 to 1440"),
            "fsync_seconds": (0, 60, "seconds from 0 to 60"),
            "write_seconds": (0.01, 60, "seconds from 0.01 to 60"),
            "dedupe_ids": (0, 10_000_000, "a count from 0 to 10000000"),
            "waiting_bytes": (1024, 1 << 40, "bytes from 1024"),
        }
        for field, (least, most, expected) in ranges.items():
            value = getattr(self, field)
            if not isinstance(value, int | float) or not least <= value <= most:
                raise CaptureSettingsError(field, expected, value)
        if self.compression not in SUFFIXES:
            raise CaptureSettingsError("compression", "none, gzip or zstd", self.compression)
        for field, fault in (
            ("extension", ending_fault(self.extension)),
            ("temporary_extension", ending_fault(self.temporary_extension)),
            ("filename_timefmt", timefmt_fault(self.filename_timefmt)),
        ):
            if fault:
                raise CaptureSettingsError(field, fault, getattr(self, field))
        if not self.temporary_extension:
            raise CaptureSettingsError("temporary_extension", "an ending such as .tmp", "")
        if self.extension.endswith(self.temporary_extension):
            expected = f"an ending other than that of open segments, {self.temporary_extension}"
            raise CaptureSettingsError("extension", expected, self.extension)
        return self


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
