"""Request and response bodies for streams."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from streams.box import Box
from streams.filter import Filter, FilterError
from streams.live import machines, models
from streams.live.models import SENTIMENT
from streams.names import ANY
from streams.place import Place
from streams.plan import CaptureOptions, OnDeletion, Plan
from streams.safe_text import is_safe_name, safe_name
from streams.source_limits import check_places, place_note
from streams.sources import DEFAULT_SOURCE, SOURCES, can_backfill, is_recorded, uses_rules
from streams.status import Status
from streams.store.edits import Edit
from streams.stream import Wanted
from streams.x_rules import filter_warnings, rules_for
from web.context import context
from web.errors import ApiError, translate_errors
from web.stream_views import StreamTotals, StreamView

Millis = Annotated[int, Meta(ge=0, le=2**52)]
Machine = Annotated[
    str,
    Meta(
        max_length=100,
        description="the name of a machine; `any` lets the server choose the one that is connected"
        " and has the most free slots, when the stream starts and when that machine stays away",
    ),
]
Name = Annotated[str, Meta(max_length=100)]
SourceName = Annotated[str, Meta(max_length=20)]
TaggerName = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,31}$")]
Term = Annotated[str, Meta(max_length=10_000)]
"""Longer than any accepted term, so that the domain itself refuses what is too long."""


class DrawnPlace(Struct, forbid_unknown_fields=True):
    """A box drawn on a map: west, south, east, north in degrees; west > east crosses the 180th."""

    box: tuple[float, float, float, float]
    name: Annotated[str, Meta(max_length=80)] = "drawn"


class FilterBody(Struct, forbid_unknown_fields=True):
    """Which posts to match: any of the terms, in any of the languages, in the place.

    Terms are literal text; `warnings` of the answer name those that look like operators of X. A
    keyword `geo: west south east north` is a box: posts in it match as well. `from:handle` asks
    for the posts of an account. With `any_order`, a term of several words matches posts with all
    of them, not only the phrase.
    """

    word: Term | UnsetType = UNSET
    keywords: Annotated[list[Term], Meta(max_length=1000)] | UnsetType = UNSET
    any_order: bool | UnsetType = UNSET
    languages: Annotated[list[Term], Meta(max_length=100)] | UnsetType = UNSET
    place: Term | DrawnPlace | UnsetType | None = UNSET


class CaptureBody(Struct, forbid_unknown_fields=True):
    """Where and how raw posts are captured; the machine's settings fill in what is not given."""

    collection: Annotated[str, Meta(max_length=200)]
    minute_interval: Annotated[int, Meta(ge=1, le=1440)] | None = None
    filename_timefmt: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    extension: Annotated[str, Meta(max_length=200)] | None = None
    compression: Literal["none", "gzip", "zstd"] | None = None
    on_deletion: Annotated[
        OnDeletion,
        Meta(
            description="of posts that the platform says are deleted: `redact` takes them out of "
            "the files, `mark` keeps the line and marks it. X requires their removal: what its "
            "compliance check names is always taken out, as is what you have deleted"
        ),
    ] = "redact"


class PlanBody(Struct, forbid_unknown_fields=True):
    """Only given fields change; null removes a limit. Times are ms since the epoch."""

    description: Annotated[str, Meta(max_length=10_000)] | UnsetType = UNSET
    capture: CaptureBody | UnsetType | None = UNSET
    starts_at: Millis | UnsetType | None = UNSET
    ends_at: Millis | UnsetType | None = UNSET
    budget_posts: Annotated[int, Meta(le=2**52)] | UnsetType | None = UNSET
    budget_usd: float | UnsetType | None = UNSET
    machine: Machine | UnsetType | None = UNSET
    priority: Annotated[int, Meta(ge=-100, le=100)] | UnsetType = UNSET
    taggers: Annotated[list[TaggerName], Meta(max_length=8)] | UnsetType = UNSET
    instance: (
        Annotated[
            int, Meta(description="on Mastodon: one of your `/instances`; null is the server's own")
        ]
        | UnsetType
        | None
    ) = UNSET
    local: (
        Annotated[
            bool,
            Meta(description="on Mastodon: only posts of the instance's own people"),
        ]
        | UnsetType
    ) = UNSET
    backfill: (
        Annotated[
            bool,
            Meta(
                description="search for the posts of gaps of the last seven days, at the price of"
                " each post read; `GET /streams/{stream_id}/backfill` estimates it"
            ),
        ]
        | UnsetType
    ) = UNSET


class NewStream(Struct, forbid_unknown_fields=True):
    """A stream to create; without a name it is named after its filter.

    `source` is the name of a live source, as `GET /sources` lists them; `sources`, given instead,
    names several that the stream follows at once.
    """

    filter: FilterBody
    source: SourceName | UnsetType = UNSET
    sources: Annotated[list[SourceName], Meta(min_length=1, max_length=10)] | UnsetType = UNSET
    name: Name | None = None
    plan: PlanBody | UnsetType = UNSET


class ChangedStream(Struct, forbid_unknown_fields=True):
    """What to change; fields that are not given stay."""

    name: Name | UnsetType = UNSET
    filter: FilterBody | UnsetType = UNSET
    plan: PlanBody | UnsetType = UNSET


class StreamAnswer(Struct):
    """A stream as its owner sees it. Times are ms since the epoch.

    `simulated` says that a simulator stands in for the platform: its posts are made up.
    `placed_on` is the machine that the server chose where the plan says `any`: a name, or `default`
    for collectors without one. `client` is the name of the capture client that runs a job. `old`
    marks the stream of the existing dashboard client. `warnings` are sentences about the filter for
    its author. `source` is the first of the `sources`.
    """

    id: str
    name: str
    source: str
    sources: tuple[str, ...]
    simulated: bool
    filter: Filter
    plan: Plan
    wanted: Wanted
    generation: int
    old: bool
    created_at: int
    changed_at: int
    placed_on: str | None
    client: str | None
    status: Status
    totals: StreamTotals
    warnings: tuple[str, ...]


class EditAnswer(Struct):
    """One change: the changed fields before and after, and the terms added and removed.

    `by` is an account, or null for the server, which places streams (`placed_on`) and records each
    change of `state`, with its `fault` if any.
    """

    at: int
    by: int | None
    generation: int
    added: list[str]
    removed: list[str]
    before: dict[str, Any]
    after: dict[str, Any]


def filter_of(
    body: FilterBody, before: Filter, sources: Sequence[str] = (DEFAULT_SOURCE,)
) -> Filter:
    """Apply a body to a filter for all sources of a stream, or refuse it and name the field.

    Only a source that is not live takes an empty filter: a replay plays everything.
    """
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
        checked = changed.checked(may_be_empty=any(map(is_recorded, sources)))
        check_places(checked, sources)
        if any(map(uses_rules, sources)):
            rules_for(checked)  # refuses here what could only fail at X
        return checked


def sources_of(body: NewStream) -> tuple[str, ...]:
    """Return the live sources that a new stream names, in the registry's order, or refuse them."""
    if body.sources is not UNSET and body.source is not UNSET:
        raise ApiError(422, "ambiguous", "give source or sources, not both", "sources")
    named = [DEFAULT_SOURCE] if body.source is UNSET else [body.source]
    field = "source" if body.sources is UNSET else "sources"
    asked = named if body.sources is UNSET else body.sources
    live = [each.name for each in SOURCES.values() if each.live]
    if not set(asked) <= set(live):
        text = f"there are these sources: {', '.join(live)}"
        raise ApiError(422, "unknown_source", text, field)
    return tuple(each for each in live if each in asked)


def plan_of(body: PlanBody, before: Plan) -> Plan:
    """Apply a body to a plan, or refuse it and name the field."""
    given: dict[str, Any] = {
        name: value
        for name in PlanBody.__struct_fields__
        if (value := getattr(body, name)) is not UNSET
    }
    if isinstance(body.capture, CaptureBody):
        given["capture"] = CaptureOptions(**msgspec.structs.asdict(body.capture))
    if isinstance(body.machine, str) and body.machine not in (ANY, *_named_machines()):
        raise ApiError(
            422,
            "unknown_machine",
            "no machine of that name has ever run a collector",
            "plan.machine",
        )
    if not isinstance(body.taggers, UnsetType):
        given["taggers"] = _taggers(body.taggers)
    with translate_errors("plan."):
        return msgspec.structs.replace(before, **given).checked()


def check_backfill(plan: Plan, sources: Sequence[str]) -> None:
    """Refuse to have gaps filled where no platform of a stream has a search for them."""
    if not plan.backfill or any(map(can_backfill, sources)):
        return
    kind = SOURCES[sources[0]]
    text = f"{kind.title} has no search for posts of the past"
    if kind.backfill != "none":
        text = f"Weir catches up on {kind.title} after a break by itself: nothing to switch on"
    raise ApiError(422, "no_backfill", text, "plan.backfill")


def name_of(text: str) -> str:
    """Return the name without surplus blanks, or refuse it."""
    name = " ".join(text.split())
    if not is_safe_name(name):
        text = "a name is text that can be shown, without control or bidirectional characters"
        raise ApiError(422, "invalid", text, "name")
    return name


def named_after(wanted: Filter) -> str:
    """Return a name for a stream with this filter."""
    words = ", ".join(wanted.terms[:3])
    where = wanted.place.name if wanted.place else ""
    return safe_name(" in ".join(filter(None, (words, where)))[:100])


def answer(view: StreamView) -> StreamAnswer:
    """Return the body that shows a stream."""
    stream = view.stream
    return StreamAnswer(
        id=stream.id,
        name=stream.name,
        source=stream.source,
        sources=stream.sources,
        simulated=stream.source == DEFAULT_SOURCE and context().settings.simulates_x,
        filter=stream.filter,
        plan=stream.plan,
        wanted=stream.wanted,
        generation=stream.generation,
        old=stream.old,
        created_at=stream.created_at,
        changed_at=stream.changed_at,
        placed_on=stream.placed_on,
        client=view.client,
        status=view.status,
        totals=view.totals,
        warnings=_warnings(stream.sources, stream.filter),
    )


def edit_answer(edit: Edit) -> EditAnswer:
    """Return the body that shows a change."""
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


@lru_cache(maxsize=1000)  # lists of streams are polled
def _warnings(sources: Sequence[str], filter_: Filter) -> tuple[str, ...]:
    """Return what the author of a filter should know: unlike an error, it does not stop a start."""
    places = place_note(filter_, sources)
    if not any(map(uses_rules, sources)):
        return (*filter_warnings(filter_), *filter(None, (places,)))
    try:
        note = rules_for(filter_).note
    except FilterError as error:  # saved before filters were checked against X's limits
        note = str(error)
    return (*filter_warnings(filter_), *filter(None, (note, places)))


def _terms(summary: Mapping[str, Any]) -> tuple[str, ...]:
    filter_ = summary.get("filter")
    return msgspec.convert(filter_, Filter).terms if filter_ else ()


def _place(body: str | DrawnPlace | None) -> Place | None:
    if isinstance(body, DrawnPlace):
        try:
            return Place(name_of(body.name), Box.of(*body.box))
        except ValueError as error:
            raise ApiError(422, "bad_box", str(error), "filter.place") from None
    return context().places.find(body) if body and body.strip() else None


def _taggers(asked: Sequence[str]) -> tuple[str, ...]:
    """Return the asked taggers without sentiment, which always labels; refuse unknown ones."""
    known = [each.tagger for each in models.in_use(context().redis)]
    if unknown := [name for name in asked if name not in (SENTIMENT, *known)]:
        raise ApiError(
            422,
            "unknown_tagger",
            f"no tagging process has {unknown[0]!r}; there are: {', '.join(known) or 'none'}",
            "plan.taggers",
        )
    return tuple(name for name in asked if name != SENTIMENT)


def _named_machines() -> set[str]:
    return {each.name for each in machines.known(context().redis, context().now()) if each.named}
