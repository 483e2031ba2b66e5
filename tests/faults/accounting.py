"""What one trial gave: each post is captured, in a gap, in doubt, or explained by nothing."""

from collections import Counter
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

import msgspec

Spans = list[dict[str, Any]]
"""Gaps or doubts as the API lists them."""


class Row(msgspec.Struct):
    """What one trial gave, in posts; `wrong` names what no fault may cause."""

    case: str
    sent: int = 0
    delivered: int = 0
    captured: int = 0
    doubled: int = 0
    in_gaps: int = 0
    captured_in_gaps: int = 0
    """Captured, though it came and went within a gap: the gap is longer than it had to be."""
    in_doubt: int = 0
    """Neither captured nor in a gap: the connection lived, and Weir says that it proves nothing."""
    shown: int = 0
    left_out: int = 0
    missed: int = 0
    """Posts of which the viewer was told, when it came back, that it missed them."""
    totals: int = 0
    seconds: float = 0.0
    """From the end of the fault until the first post of a later time is counted."""
    said: list[str] = []
    wrong: list[str] = []


class Fates(NamedTuple):
    """What became of the posts of a trial, by id; when they came and went, in ms."""

    sent: Mapping[str, float]
    until: Mapping[str, float]
    delivered: AbstractSet[str]
    captured: Counter[str]
    shown: AbstractSet[str]
    gaps: Spans
    doubts: Spans
    manifests: Spans
    """Gaps and doubts that the manifests of the collection record."""

    def outside(self, ids: AbstractSet[str], spans: Spans) -> AbstractSet[str]:
        """Choose the posts that came and went while none of these gaps, or doubts, lasted."""
        return {key for key in ids if not overlap(spans, self.sent[key], self.until[key])}

    def is_within_gap(self, post_id: str) -> bool:
        """Return whether a post came and went within a gap."""
        began, ended = self.sent[post_id], self.until[post_id]
        return any(each["from"] < began and ended < (each["to"] or ended) for each in self.gaps)


def overlap(spans: Spans, since: float, until: float) -> bool:
    """Return whether a gap, or a doubt, overlaps a time (ms)."""
    return any(each["from"] <= until and since <= (each["to"] or until) for each in spans)


def account(row: Row, ids: AbstractSet[str], fates: Fates) -> None:
    """Count in a row what became of posts, and write there as wrong what nothing explains."""
    missing = ids - fates.captured.keys()
    outside = fates.outside(missing, fates.gaps)
    unexplained = fates.outside(outside, fates.doubts)
    unwritten = fates.outside(missing, fates.manifests)
    row.sent, row.delivered = len(ids), len(ids & fates.delivered)
    row.captured, row.shown = len(ids) - len(missing), len(ids & fates.shown)
    row.doubled = sum(fates.captured[key] - 1 for key in ids if fates.captured[key] > 1)
    row.in_gaps, row.in_doubt = len(missing - outside), len(outside - unexplained)
    row.captured_in_gaps = sum(fates.is_within_gap(key) for key in ids - missing)
    if unexplained:
        row.wrong.append(f"{len(unexplained)} posts are in no capture, no gap and no doubt")
    if unwritten:
        row.wrong.append(f"{len(unwritten)} posts are in no capture and no manifest")
    if row.doubled:
        row.wrong.append(f"{row.doubled} posts are captured twice")
