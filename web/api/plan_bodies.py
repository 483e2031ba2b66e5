"""What the API takes about a stream's plan: capture, schedule, budget."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from streams.live import machines
from streams.names import ANY
from streams.plan import CaptureOptions, Plan
from web.context import context
from web.errors import ApiError, translate_errors

Millis = Annotated[int, Meta(ge=0, le=2**52)]
Machine = Annotated[
    str,
    Meta(
        max_length=100,
        description="the name of a machine; `any` lets the server choose the one that is connected"
        " and has the most free slots, when the stream starts and again when it stays away",
    ),
]


class CaptureBody(Struct, forbid_unknown_fields=True):
    """Where and how the raw posts are kept; what is not given is as the machine has it."""

    collection: Annotated[str, Meta(max_length=200)]
    minute_interval: Annotated[int, Meta(ge=1, le=1440)] | None = None
    filename_timefmt: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    extension: Annotated[str, Meta(max_length=200)] | None = None
    compression: Literal["none", "gzip", "zstd"] | None = None


class PlanBody(Struct, forbid_unknown_fields=True):
    """Only what is given is changed; null ends a limit. Times are ms since the epoch."""

    description: Annotated[str, Meta(max_length=10_000)] | UnsetType = UNSET
    capture: CaptureBody | UnsetType | None = UNSET
    starts_at: Millis | UnsetType | None = UNSET
    ends_at: Millis | UnsetType | None = UNSET
    budget_posts: Annotated[int, Meta(le=2**52)] | UnsetType | None = UNSET
    budget_usd: float | UnsetType | None = UNSET
    machine: Machine | UnsetType | None = UNSET
    priority: Annotated[int, Meta(ge=-100, le=100)] | UnsetType = UNSET


def plan_of(body: PlanBody, before: Plan) -> Plan:
    """Apply what a body says to a plan, or refuse and name the field."""
    given: dict[str, Any] = {
        name: value
        for name in PlanBody.__struct_fields__
        if (value := getattr(body, name)) is not UNSET
    }
    if isinstance(body.capture, CaptureBody):
        given["capture"] = CaptureOptions(**msgspec.structs.asdict(body.capture))
    if isinstance(body.machine, str) and body.machine not in (ANY, *_named_machines()):
        raise ApiError(
            422, "unknown_machine", "no collector of that name has ever run", "plan.machine"
        )
    with translate_errors("plan."):
        return msgspec.structs.replace(before, **given).checked()


def _named_machines() -> set[str]:
    return {each.name for each in machines.known(context().redis, context().now()) if each.named}
