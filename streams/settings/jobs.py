"""The settings of what runs apart from collectors: exports, deletions, readers of recordings."""

from typing import Annotated

from pydantic import ByteSize, Field
from pydantic_settings import BaseSettings


class JobVariables(BaseSettings):
    """How much one of these processes may take."""

    job_memory: Annotated[
        ByteSize,
        Field(
            title="Memory that one export, one deletion pass or one reader of a recording may take",
            ge=256 << 20,
            le=1 << 40,
        ),
    ] = Field(
        default=ByteSize(1 << 30),
        description="bytes, or a size such as 512MiB, from 256MiB to 1TiB",
    )
    job_seconds: int = Field(
        title="Seconds after which Weir ends an export that is not finished",
        default=21_600,
        ge=60,
        le=864_000,
        description="seconds from 60 to 864000",
    )
