"""The settings of captures: how a machine writes them, where they go, and when room is made."""

from importlib import import_module
from importlib.util import find_spec
from typing import Annotated, Any, Literal

import msgspec
from pydantic import (
    AfterValidator,
    BeforeValidator,
    ByteSize,
    Field,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode

ENDING = r"^\.[A-Za-z0-9.]{1,31}$"


def _store(value: str) -> str:
    """Take the address of a store that can be reached with what is installed, without a secret."""
    from fsspec.registry import known_implementations

    protocol, _, rest = value.partition("://")
    authority, _, path = rest.partition("/")
    if protocol not in known_implementations or not rest.strip("/") or ":" in authority:
        raise ValueError  # a port or a password: both belong to the options
    if protocol in ("file", "local") and (authority or not path):
        raise ValueError
    module = known_implementations[protocol]["class"].rpartition(".")[0]
    try:
        # A client of its own is a large import: that it is there is enough for now.
        found = import_module(module) if module.startswith("fsspec.") else find_spec(module)
    except ImportError:
        found = None
    if found is None:
        raise ValueError
    return value.rstrip("/")


def _json_object(value: object) -> object:
    try:
        return msgspec.json.decode(value, type=dict[str, Any]) if isinstance(value, str) else value
    except msgspec.DecodeError:
        raise ValueError from None


class CaptureVariables(BaseSettings):
    """How captures are written on this machine; a stream may say otherwise for itself."""

    export_days: int = Field(
        title="Days that a file exported on the page can be downloaded",
        default=7,
        ge=1,
        le=365,
        description="days from 1 to 365",
    )
    backfill_wait_seconds: float = Field(
        title="Seconds after the end of a gap until Weir searches for its posts; X's index lags",
        default=60,
        ge=0,
        le=86_400,
        description="seconds from 0 to 86400",
    )
    capture_deletion_minutes: float = Field(
        title="Minutes between changes of captures by deletions that platforms announce",
        default=60,
        ge=0,
        le=1440,
        description="minutes from 0 to 1440",
    )
    capture_minutes: int = Field(
        title="Minutes in one segment",
        default=10,
        ge=1,
        le=1440,
        description="minutes from 1 to 1440",
    )
    capture_timefmt: str = Field(
        title="Format of the time in segment names",
        default="%Y%m%d_%H%M",
        pattern=r"^[^/\\\x00-\x1f]{1,64}$",
        description="a strftime format, without a path",
    )
    capture_extension: str = Field(
        title="Ending of sealed segments",
        default=".json",
        pattern=ENDING,
        description="an ending such as .json",
    )
    capture_temporary_extension: str = Field(
        title="Ending of the open segment",
        default=".tmp",
        pattern=ENDING,
        description="an ending such as .tmp",
    )
    capture_compression: Literal["none", "gzip", "zstd"] = Field(
        title="Compression of sealed segments", default="none", description="none, gzip or zstd"
    )

    capture_ship_to: Annotated[str, AfterValidator(_store)] | None = Field(
        title="Object store that sealed segments are uploaded to",
        default=None,
        repr=False,
        description="the address of a store whose client is installed, such as s3://bucket/folder,"
        " without a port or a password",
    )
    capture_ship_options: Annotated[dict[str, Any], NoDecode, BeforeValidator(_json_object)] = (
        Field(
            title="Options of that object store; kept secret, never logged",
            default={},
            repr=False,
            description='a JSON object with options of the store, such as {"key": "…"}',
        )
    )
    capture_keep_minutes: float = Field(
        title="Minutes that an uploaded segment also stays on this disk",
        default=10,
        ge=0,
        le=525_600,
        description="minutes from 0 to 525600",
    )

    replay_window: Annotated[
        ByteSize,
        Field(title="Memory that a zstd file may ask for in a replay", ge=1 << 20, le=1 << 31),
    ] = Field(
        default=ByteSize(128 << 20),
        description="bytes, or a size such as 512MiB, from 1MiB to 2GiB",
    )

    capture_disk_reserve: Annotated[
        ByteSize, Field(title="Disk space that captures leave free", ge=0, le=1 << 60)
    ] = Field(default=ByteSize(512 << 20), description="bytes, or a size such as 512MiB or 10GB")
    capture_disk_warn_hours: float = Field(
        title="Hours of disk left at which Weir warns",
        default=24,
        ge=0,
        le=8760,
        description="hours from 0 to 8760",
    )
    capture_disk_pack_hours: float = Field(
        title="Hours of disk left at which Weir compresses sealed segments",
        default_factory=lambda data: min(12.0, data["capture_disk_warn_hours"]),
        ge=0,
        le=8760,
        description="hours from 0 to 8760, at most CAPTURE_DISK_WARN_HOURS",
    )
    capture_disk_stop_hours: float = Field(
        title="Hours of disk left at which Weir stops a capture",
        default_factory=lambda data: min(1.0, data["capture_disk_pack_hours"]),
        ge=0,
        le=8760,
        description="hours from 0 to 8760, at most CAPTURE_DISK_PACK_HOURS",
    )

    @field_validator("capture_disk_pack_hours", "capture_disk_stop_hours")
    @classmethod
    def _later_than_the_step_before(cls, value: float, info: ValidationInfo) -> float:
        earlier = {"capture_disk_pack_hours": "warn", "capture_disk_stop_hours": "pack"}
        before = f"capture_disk_{earlier[str(info.field_name)]}_hours"
        if value > info.data.get(before, value):
            raise ValueError
        return value

    def reserve_fault(self, total: int) -> str | None:
        """Return why no capture could leave the reserve free on a disk of so many bytes."""
        if "capture_disk_reserve" in self.model_fields_set and self.capture_disk_reserve >= total:
            expected = f"expected less than the disk of DATA_DIR holds, which is {total} bytes"
            return f"CAPTURE_DISK_RESERVE: {expected}"
        return None
