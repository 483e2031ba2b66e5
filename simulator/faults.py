"""Faults on order: which there are, which are in force, and for how long."""

import itertools
import time
from typing import Annotated, Any

import msgspec
from msgspec import Meta

Object = dict[str, Any]
_number = itertools.count(1)

CONNECTION = frozenset("close reset_mid_line stall keepalives_only operational_disconnect".split())
LINE = frozenset("unknown_message garbage_line bad_utf8".split())
REFUSAL = frozenset("http_503 credits_depleted spend_cap usage_cap".split())
POST = frozenset("duplicates out_of_order edit_chain clock_skew".split())
OTHER = frozenset("burst ghost omit_tag split_lines split_crlf undeleted_rules".split())
KINDS = CONNECTION | LINE | REFUSAL | POST | OTHER
# These happen once unless a count is given; the others last until their seconds end.
_COUNTED = CONNECTION | LINE | (POST - {"clock_skew"}) | {"http_503", "undeleted_rules"}
# Here `seconds` is a measure of the fault itself, not the time for which it is in force.
_MEASURED = frozenset("stall keepalives_only clock_skew ghost".split())


class FaultOrder(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A fault as it is asked for; which members count depends on the kind."""

    fault: str
    count: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    seconds: Annotated[float, Meta(ge=-86_400, le=86_400)] | None = None
    after: Annotated[float, Meta(ge=0, le=3_600)] = 0.0
    factor: Annotated[float, Meta(gt=0, le=1_000)] = 10.0
    status: Annotated[int, Meta(ge=400, le=599)] = 503
    path: str = "/2/tweets/search/stream"
    line: str | None = None
    disconnect_type: str = "UpstreamOperationalDisconnect"
    cut: bool = True
    all: bool = False


class ActiveFault:
    """A fault in force: its order, how often it may still happen, when it ends."""

    def __init__(self, order: FaultOrder) -> None:
        self.id = next(_number)
        self.order = order
        self.kind = order.fault
        self.left = order.count or (1 if self.kind in _COUNTED else None)
        lasting = order.seconds is not None and self.kind not in _MEASURED
        self.until = time.time() + (order.seconds or 0.0) if lasting else None

    def line(self) -> bytes:
        """Return the strange line that this fault puts into a stream."""
        if self.kind == "bad_utf8":
            return b'{"data":{"id":"1","text":"\xff\xfe caf\xe9"}}\r\n'
        usual = {
            "unknown_message": '{"notice":{"level":1}}',
            "garbage_line": '{"data":{"id":"1","te',
        }
        return (self.order.line or usual[self.kind]).encode() + b"\r\n"

    def shown(self) -> Object:
        """Return it in the control API's shape."""
        shown = {"id": self.id, **msgspec.to_builtins(self.order)}
        return shown | {"left": self.left} if self.left is not None else shown


class Faults:
    """The faults in force, oldest first."""

    def __init__(self, kinds: frozenset[str] = KINDS) -> None:
        self._kinds = kinds
        self._faults: list[ActiveFault] = []

    def __bool__(self) -> bool:
        return bool(self._faults)

    def arm(self, order: FaultOrder) -> ActiveFault:
        """Put a fault in force. Raises ValueError for an unknown kind."""
        if order.fault not in self._kinds:
            raise ValueError(f"unknown fault '{order.fault[:50]}', one of {sorted(self._kinds)}")
        fault = ActiveFault(order)
        self._faults.append(fault)
        return fault

    def in_force(self) -> list[ActiveFault]:
        """Return those that have not run out."""
        if self._faults:
            now = time.time()
            self._faults = [
                f for f in self._faults if f.left != 0 and (f.until is None or now < f.until)
            ]
        return list(self._faults)

    def find(self, *kinds: str) -> ActiveFault | None:
        """Return the oldest in force of one of the kinds."""
        if not self._faults:
            return None
        return next((fault for fault in self.in_force() if fault.kind in kinds), None)

    def take(self, *kinds: str) -> ActiveFault | None:
        """Like find, and count one use."""
        fault = self.find(*kinds)
        if fault is not None:
            self.spend(fault)
        return fault

    def spend(self, fault: ActiveFault) -> None:
        """Count one use of a fault; the last one ends it."""
        if fault.left is not None:
            fault.left -= 1
            if fault.left <= 0:
                self._faults = [f for f in self._faults if f is not fault]

    def end(self, number: int) -> bool:
        """End the fault with this id; False when there is none."""
        before = len(self._faults)
        self._faults = [fault for fault in self._faults if fault.id != number]
        return len(self._faults) < before

    def clear(self) -> None:
        """End them all."""
        self._faults.clear()
