"""What the API takes and gives about streams."""

import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from streams.box import Box
from streams.filter import Filter
from streams.place import Place
from streams.plan import Plan
from streams.status import Status
from streams.store.edits import Edit
from streams.stream import Wanted
from web.api.plan_bodies import PlanBody
from web.context import context
from web.errors import ApiError, translate_errors
from web.stream_views import StreamTotals, StreamView

Name = Annotated[str, Meta(max_length=100)]
Term = Annotated[str, Meta(max_length=10_000)]
"""Longer than any that is accepted, so that the domain itself says what is too long."""


class DrawnPlace(Struct, forbid_unknown_fields=True):
    """A box drawn on a map: west, south, east, north in degrees; west > east crosses the 180th."""

    box: tuple[float, float, float, float]
    name: Annotated[str, Meta(max_length=80)] = "drawn"


class FilterBody(Struct, forbid_unknown_fields=True):
    """What posts to look for: any of the words, in any of the languages, in the place.

    A keyword `geo: west south east north` is a box: posts that lie in it will do as well. With
    `any_order`, terms of several words ask for all of them, not for the phrase.
    """

    word: Term | UnsetType = UNSET
    keywords: Annotated[list[Term], Meta(max_length=1000)] | UnsetType = UNSET
    any_order: bool | UnsetType = UNSET
    languages: Annotated[list[Term], Meta(max_length=100)] | UnsetType = UNSET
    place: Term | DrawnPlace | UnsetType | None = UNSET


class NewStream(Struct, forbid_unknown_fields=True):
    """A stream to make; without a name it gets one from its filter."""

    filter: FilterBody
    name: Name | None = None
    plan: PlanBody | UnsetType = UNSET


class ChangedStream(Struct, forbid_unknown_fields=True):
    """What to change: only what is given."""

    name: Name | UnsetType = UNSET
    filter: FilterBody | UnsetType = UNSET
    plan: PlanBody | UnsetType = UNSET


class StreamAnswer(Struct):
    """A stream as its owner sees it. Times are ms since the epoch.

    `placed_on` is the machine that the server chose, where the plan says `any`: a name, or
    `default` for the collectors that were given none.
    """

    id: str
    name: str
    source: str
    filter: Filter
    plan: Plan
    wanted: Wanted
    generation: int
    old: bool
    created_at: int
    changed_at: int
    placed_on: str | None
    status: Status
    totals: StreamTotals


class EditAnswer(Struct):
    """One change: the fields that changed, before and after; words that came and went.

    `by` is an account, or null for the server, which places streams (`placed_on`) and records
    each `state` that it sees them in, with the `fault` if there was one.
    """

    at: int
    by: int | None
    generation: int
    added: list[str]
    removed: list[str]
    before: dict[str, Any]
    after: dict[str, Any]


def filter_of(body: FilterBody, before: Filter, *, may_be_empty: bool = False) -> Filter:
    """Apply what a body says to a filter, or refuse and name the field."""
    changes: dict[str, object] = {}
    if body.word is not UNSET:
        changes["word"] = body.word
    if body.keywords is not UNSET:
        changes["keywords"] = tuple(body.keywords)
    if body.any_order is not UNSET:
        changes["any_order"] = body.any_order
    if body.languages is not UNSET:
        changes["languages"] = tuple(body.languages)
    with translate_errors("filter."):
        if body.place is not UNSET:
            changes["place"] = _place(body.place)
        changed = msgspec.structs.replace(before, **changes)
        return changed.checked(may_be_empty=may_be_empty)


def name_of(text: str) -> str:
    """Return a usable name, or refuse."""
    name = " ".join(text.split())
    if not name or any(unicodedata.category(each) in ("Cc", "Cs") for each in name):
        raise ApiError(422, "invalid", "a name is text that can be seen", "name")
    return name


def named_after(wanted: Filter) -> str:
    """Name a stream after its filter."""
    words = ", ".join(wanted.terms[:3])
    where = wanted.place.name if wanted.place else ""
    return " in ".join(filter(None, (words, where)))[:100].strip()


def answer(seen: StreamView) -> StreamAnswer:
    """Show a stream."""
    stream = seen.stream
    return StreamAnswer(
        id=stream.id,
        name=stream.name,
        source=stream.source,
        filter=stream.filter,
        plan=stream.plan,
        wanted=stream.wanted,
        generation=stream.generation,
        old=stream.old,
        created_at=stream.created_at,
        changed_at=stream.changed_at,
        placed_on=stream.placed_on,
        status=seen.status,
        totals=seen.totals,
    )


def edit_answer(edit: Edit) -> EditAnswer:
    """Show a change."""
    before, after = _terms(edit.before), _terms(edit.after)
    return EditAnswer(
        at=edit.at,
        by=edit.account_id,
        generation=edit.generation,
        added=[term for term in after if term not in before],
        removed=[term for term in before if term not in after],
        before=edit.before,
        after=edit.after,
    )


def _terms(face: Mapping[str, Any]) -> tuple[str, ...]:
    filter_ = face.get("filter")
    return msgspec.convert(filter_, Filter).terms if filter_ else ()


def _place(asked: str | DrawnPlace | None) -> Place | None:
    if isinstance(asked, DrawnPlace):
        try:
            return Place(name_of(asked.name), Box.of(*asked.box))
        except ValueError as error:
            raise ApiError(422, "bad_box", str(error), "filter.place") from None
    return context().places.find(asked) if asked and asked.strip() else None
