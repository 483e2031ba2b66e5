"""The knobs of the simulator and their bounds; all can be turned while it runs."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Count = Annotated[int, Meta(ge=0)]
Positive = Annotated[int, Meta(ge=1)]
Dollars = Annotated[float, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0, le=1)]


class Limits(msgspec.Struct, forbid_unknown_fields=True):
    """Requests that one app may make per window, by kind; the defaults are X's."""

    connect: Positive = 50
    rules_get: Positive = 450
    rules_post: Positive = 100
    search: Positive = 450
    me: Positive = 75
    usage: Positive = 50
    connections: Positive = 25
    compliance: Positive = 150


class SimulatorSettings(msgspec.Struct, forbid_unknown_fields=True):
    """Every setting; times in seconds, sizes in bytes, money in US dollars."""

    keep_alive: Annotated[float, Meta(ge=0.05, le=3600)] = 20.0
    rule_delay: Annotated[float, Meta(ge=0, le=60)] = 0.1
    connections_per_app: Positive = 1
    second_connection: Literal["refuse", "replace"] = "refuse"
    posts_per_second_cap: Count = 0
    send_buffer: Annotated[int, Meta(ge=1024)] = 16 * 1024 * 1024
    when_full: Literal["cut", "cut_with_message", "hold"] = "cut"
    gzip: bool = False
    enterprise: bool = False
    max_rules: Positive | None = None
    max_rule_length: Positive | None = None
    window: Annotated[float, Meta(ge=0.1)] = 900.0
    limits: Limits = msgspec.field(default_factory=Limits)
    price_per_post: Dollars = 0.005
    price_per_user: Dollars = 0.010
    balance: Dollars | None = None
    spend_limit: Dollars | None = None
    monthly_cap: Count = 3_000_000
    corpus: Positive = 50_000
    search_names: Literal["before", "today"] = "before"
    devices: bool = False
    withheld_share: Share = 0.0
    paid_share: Share = 0.0

    def rule_cap(self) -> int:
        """Rules that one app may hold."""
        return self.max_rules or (25_000 if self.enterprise else 1_000)

    def rule_length(self) -> int:
        """Characters that one rule may have."""
        return self.max_rule_length or (2_048 if self.enterprise else 1_024)

    def change(self, changes: object) -> None:
        """Take over a JSON object of new values; all of it or, on an error, none.

        Raises msgspec.ValidationError that names the key.
        """
        patch = msgspec.convert(changes, dict[str, object])
        merged = msgspec.to_builtins(self)
        limits = patch.pop("limits", None)
        if limits is not None:
            merged["limits"] |= msgspec.convert(limits, dict[str, object])
        fresh = msgspec.convert(merged | patch, SimulatorSettings)
        for name in self.__struct_fields__:
            setattr(self, name, getattr(fresh, name))
