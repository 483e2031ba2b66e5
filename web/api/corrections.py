"""/streams/<id>/corrections: labels that people put right, for training a better model."""

from collections.abc import Iterator
from typing import Annotated

from flask import Response
from msgspec import Meta, Struct

from streams.live.models import SENTIMENT, in_use
from streams.post import LABELS
from streams.store.corrections import Correction
from web.api.page import Page, PageQuery
from web.api.route import ApiCall, ApiRoute
from web.api.stream_bodies import TaggerName
from web.auth.ownership import get_owned_stream
from web.context import context
from web.errors import ApiError

PostId = Annotated[str, Meta(min_length=1, max_length=200)]
Text = Annotated[str, Meta(min_length=1, max_length=20_000)]
LabelName = Annotated[str, Meta(min_length=1, max_length=64)]


class NewCorrection(Struct, forbid_unknown_fields=True):
    """The post as it was shown, and the label that it should have.

    `before` is the label that it has, `model` the version of the model that gave it.
    """

    post_id: PostId
    text: Text
    label: LabelName
    before: LabelName
    model: Annotated[str, Meta(max_length=64)] | None = None
    author_id: Annotated[str, Meta(max_length=200)] | None = None
    tagger: TaggerName = SENTIMENT


class CorrectionAnswer(Struct):
    """A correction: `by` is the account that made it, `at` when (ms since the epoch)."""

    at: int
    by: int
    post_id: str
    tagger: str
    before: str
    model: str | None
    label: str


class CorrectionsQuery(Struct, forbid_unknown_fields=True):
    """Which tagger's labels to export."""

    tagger: TaggerName = SENTIMENT


def correct(call: ApiCall) -> CorrectionAnswer:
    """Record a correction."""
    body: NewCorrection = call.body
    stream = get_owned_stream(call.account.id, call.path["stream_id"])
    labels = _labels(body.tagger)
    if body.label not in labels:
        text = f"{body.tagger} has the labels {', '.join(labels)}"
        raise ApiError(422, "unknown_label", text, "label")
    made = context().store.corrections.add(
        stream.id,
        Correction(
            context().now(),
            call.account.id,
            body.post_id,
            body.author_id,
            body.text,
            body.tagger,
            body.before,
            body.model,
            body.label,
        ),
    )
    return _answer(made)


def listing(call: ApiCall) -> Page[CorrectionAnswer]:
    """List the corrections of a stream, newest first."""
    stream = get_owned_stream(call.account.id, call.path["stream_id"])
    query: PageQuery = call.query
    found, total = context().store.corrections.of_stream(stream.id, query.limit, query.offset)
    end = query.offset + query.limit
    return Page([_answer(each) for each in found], total, end if end < total else None)


def export(call: ApiCall) -> Response:
    """Export the caller's corrections as the table that `models.train` takes."""
    query: CorrectionsQuery = call.query
    found = context().store.corrections.in_force(call.account.id, query.tagger)
    name = f"corrections-{query.tagger}.tsv"
    return Response(
        "".join(_table(found)),
        mimetype="text/tab-separated-values",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _labels(tagger: str) -> list[str]:
    """Return the labels of a tagger; empty for one that no tagging process has."""
    if tagger == SENTIMENT:
        return list(LABELS)
    found = next((each for each in in_use(context().redis) if each.tagger == tagger), None)
    return [*found.labels, "unknown"] if found else []


def _table(corrections: list[Correction]) -> Iterator[str]:
    """Yield the lines; labels that a model cannot learn (`unknown`) are left out."""
    yield "id\tlabel\ttext\tsource\tbefore\tmodel\n"
    for each in corrections:
        if each.label != "unknown":
            text = " ".join(each.text.split())
            cells = (each.post_id, each.label, text, "corrections", each.before, each.model or "")
            yield "\t".join(cells) + "\n"


def _answer(made: Correction) -> CorrectionAnswer:
    return CorrectionAnswer(
        made.at, made.account_id, made.post_id, made.tagger, made.before, made.model, made.label
    )


routes = (
    ApiRoute(
        "POST",
        "/streams/<stream_id>/corrections",
        "Put the label of a post right",
        correct,
        CorrectionAnswer,
        status=201,
        body=NewCorrection,
    ),
    ApiRoute(
        "GET",
        "/streams/<stream_id>/corrections",
        "List the labels that people put right, newest first",
        listing,
        Page[CorrectionAnswer],
        query=PageQuery,
    ),
    ApiRoute(
        "GET",
        "/corrections",
        "Export your corrections as a table for training",
        export,
        None,
        query=CorrectionsQuery,
    ),
)
