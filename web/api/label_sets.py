"""/streams/…/label-sets: the sets of labels that a collection keeps. Exports make and use them."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from streams import label_sets
from streams.label_sets import LabelSet
from web.api.route import ApiCall, ApiRoute
from web.auth.ownership import get_owned_stream
from web.context import context
from web.errors import ApiError


class LabelSetAnswer(Struct):
    """A set of labels: which `model` made it and when (ms); `labels` counts its posts by label."""

    name: str
    model: str
    made_at: int
    posts: int
    labels: Mapping[str, int]


class LabelSetList(Struct):
    """The sets that a collection keeps, newest first."""

    items: list[LabelSetAnswer]


def kept_of(call: ApiCall) -> list[LabelSet]:
    """Return the sets of the stream that is called; raises ApiError for another account's."""
    return label_sets.kept(_folder(call))


def listing(call: ApiCall) -> LabelSetList:
    """List the sets of labels that are kept."""
    found = kept_of(call)
    return LabelSetList(
        [
            LabelSetAnswer(each.name, each.model, each.made_at, each.posts, each.labels)
            for each in found
        ]
    )


def remove(call: ApiCall) -> None:
    """Delete a set of labels."""
    if not label_sets.remove(_folder(call), call.path["name"]):
        raise ApiError(404, "no_such_set", "no such set of labels is kept")


def _folder(call: ApiCall) -> Path:
    stream = get_owned_stream(call.account.id, call.path["stream_id"])
    return label_sets.folder_of(context().settings.data_dir, call.account.id, stream.id)


_ALL = "/streams/<stream_id>/label-sets"
routes = (
    ApiRoute("GET", _ALL, "List the sets of labels that a collection keeps", listing, LabelSetList),
    ApiRoute("DELETE", f"{_ALL}/<name>", "Delete a set of labels", remove, None, status=204),
)
