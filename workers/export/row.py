"""A row: one post, flat, in the same columns for every format."""

import msgspec

from workers.captures.segments.timestamps import iso
from workers.replay.reader import Replayed


class ExportRow(msgspec.Struct, frozen=True):
    """The fields of a post that its source gave; labels are not in a capture. Times are ISO."""

    id: str
    created_at: str | None
    received_at: str
    platform: str
    kind: str
    lang: str | None
    text: str
    source: str
    lon: float | None
    lat: float | None
    place: str | None
    author_id: str | None
    author_handle: str | None
    author_name: str | None
    author_avatar: str | None
    url: str | None


COLUMNS = ExportRow.__struct_fields__


def row_of(replayed: Replayed) -> ExportRow:
    """Flatten a post."""
    post = replayed.post
    lon, lat = post.coords or (None, None)
    author = post.author
    return ExportRow(
        id=post.id,
        created_at=post.created_at,
        received_at=iso(replayed.received_at),
        platform=post.platform,
        kind=post.kind,
        lang=post.lang,
        text=post.text,
        source=post.source,
        lon=lon,
        lat=lat,
        place=post.place,
        author_id=author.id if author else None,
        author_handle=author.handle if author else None,
        author_name=author.name if author else None,
        author_avatar=author.avatar if author else None,
        url=post.url,
    )
