"""Pages: how the API returns long lists."""

from collections.abc import Sequence
from typing import Annotated, Generic, TypeVar

import msgspec

Item = TypeVar("Item")
Limit = Annotated[int, msgspec.Meta(ge=1, le=100)]
Offset = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]


class PageQuery(msgspec.Struct, forbid_unknown_fields=True):
    """Which part of a list to return."""

    limit: Limit = 50
    offset: Offset = 0


class Page(msgspec.Struct, Generic[Item]):
    """`next` is the offset of the next page, null on the last one."""

    items: list[Item]
    total: int
    next: int | None


def cut(items: Sequence[Item], limit: int, offset: int) -> Page[Item]:
    """Return one page of a complete list."""
    end = offset + limit
    return Page(list(items[offset:end]), len(items), end if end < len(items) else None)
