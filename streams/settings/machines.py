"""The settings of collectors' machines: when one is given up, and how many streams it takes."""

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings


class MachineVariables(BaseSettings):
    """All machines agree on the seconds; slots are each one's own."""

    lease_seconds: float = Field(
        title="Seconds after which a dead collector is replaced",
        default=10,
        ge=1,
        le=300,
        description="seconds from 1 to 300",
    )
    machine_slots: int = Field(
        title="Number of movable streams that one machine accepts",
        default=50,
        ge=0,
        le=10_000,
        description="streams from 0 to 10000",
    )
    machine_away_seconds: float = Field(
        title="Seconds of silence after which movable streams go to another machine",
        default_factory=lambda data: max(120.0, 2 * data["lease_seconds"]),
        ge=5,
        le=86_400,
        description="seconds from 5 to 86400, twice LEASE_SECONDS or more",
    )

    @field_validator("machine_away_seconds")
    @classmethod
    def _longer_than_leases(cls, value: float, info: ValidationInfo) -> float:
        if value < 2 * info.data.get("lease_seconds", 0):
            raise ValueError
        return value
