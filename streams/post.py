"""A post: one data point, from the source to the dashboard."""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

Label = Literal["negative", "neutral", "positive", "unknown"]
LABELS: tuple[Label, ...] = ("negative", "neutral", "positive", "unknown")
CountKind = Literal["negative", "neutral", "positive", "unknown", "not_labelled"]
COUNT_KINDS: tuple[CountKind, ...] = (*LABELS, "not_labelled")
"""What the posts of a stream are counted by: their label, or that no tagger labelled them."""
PartCount = Literal["left_out", "accurate"]
PART_COUNTS: tuple[PartCount, ...] = ("left_out", "accurate")
"""Counts of posts that a count kind has too: shown to no viewer; labelled by the accurate model."""
Device = Literal["android", "iphone", "web", "other"]
_NAMED: tuple[Device, ...] = ("android", "iphone", "web")
Kind = Literal["post", "retweet", "reply", "quote"]


class TaggerLabel(msgspec.Struct, frozen=True):
    """The answer of one tagger; `confidence` is 0 to 1, and 0 where the label is `unknown`."""

    label: str
    path: str
    confidence: float
    model: str | None


class Author(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who wrote a post, as far as the source said."""

    id: str
    handle: str | None = None
    name: str | None = None
    avatar: str | None = None


class Post(msgspec.Struct):
    """One post. `coords` is [longitude, latitude]; `received_at` is ms since the epoch.

    `source` is the device class, as in the data point of old (live X posts say `other`: the field
    left the X API in 2022); the platform is `platform`.
    """

    id: str
    text: str
    source: Device = "other"
    coords: tuple[float, float] | None = None
    label: Label = "unknown"
    path: str = ""
    confidence: float = 0.0
    model: str | None = None
    platform: str = "x"
    kind: Kind = "post"
    created_at: str | None = None
    received_at: int = 0
    lang: str | None = None
    author: Author | None = None
    original: Author | None = None
    """Who wrote the text, when `author` only passed it on."""
    place: str | None = None
    url: str | None = None
    labels: dict[str, TaggerLabel] | UnsetType = UNSET
    """By tagger, sentiment included; only where a stream of the post chose more taggers."""
    withheld: tuple[str, ...] | UnsetType = UNSET
    """Codes of the countries in which the platform does not show it (`XX`: all)."""
    paid_partnership: bool | UnsetType = UNSET
    """Whether its author marked it as paid for."""
    backfilled: bool | UnsetType = UNSET
    """Whether it did not come live but was fetched after a gap."""
    counted_at: int | UnsetType = UNSET
    """Where it is not counted at its receipt: when it was written (ms since the epoch)."""
    edited: bool | UnsetType = UNSET
    """Whether it is a later version of a post, which takes the place of the earlier ones."""
    replaces: tuple[str, ...] | UnsetType = UNSET
    """Ids of its earlier versions, oldest first, where each version has an id of its own."""

    @property
    def ids(self) -> tuple[str, ...]:
        """Its own id and those of its earlier versions."""
        return (self.id,) if self.replaces is UNSET else (self.id, *self.replaces)


def count_kind(post: Post) -> CountKind:
    """Return what a post counts as; without a model, `unknown` is nobody's answer."""
    return "not_labelled" if post.label == "unknown" and post.model is None else post.label


def is_accurate(post: Post) -> bool:
    """Return whether the accurate sentiment model labelled a post; its versions begin so."""
    return post.model is not None and post.model.startswith("accurate.")


def device_of(name: str | None) -> Device:
    """Sort a device name ("Twitter for iPhone") into the four classes."""
    folded = (name or "").lower()
    return next((device for device in _NAMED if device in folded), "other")
