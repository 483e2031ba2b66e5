"""The settings of captures: how a machine writes them when a stream does not say."""

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings

ENDING = r"^\.[A-Za-z0-9.]{1,31}$"


class CaptureVariables(BaseSettings):
    """How captures are written on this machine; a stream may say otherwise for itself."""

    capture_minutes: int = Field(default=10, ge=1, le=1440, description="minutes from 1 to 1440")
    capture_timefmt: str = Field(
        default="%Y%m%d_%H%M",
        pattern=r"^[^/\\\x00-\x1f]{1,64}$",
        description="a strftime format, without a path",
    )
    capture_extension: str = Field(
        default=".json", pattern=ENDING, description="an ending such as .json"
    )
    capture_temporary_extension: str = Field(
        default=".tmp", pattern=ENDING, description="an ending such as .tmp"
    )
    capture_compression: Literal["none", "gzip", "zstd"] = Field(
        default="none", description="none, gzip or zstd"
    )
    capture_ship_to: str | None = Field(
        default=None, description="where sealed files go, such as s3://bucket/folder"
    )
