"""Ownership: an account gets its own streams only."""

import re

from streams.stream import Stream
from web.context import context
from web.errors import ApiError

_ID = re.compile(r"[0-9a-f]{1,32}")


def get_owned_stream(account_id: int, stream_id: str) -> Stream:
    """Return an account's stream, or refuse with 404, also when it is another account's."""
    stream = context().store.streams.get(stream_id) if _ID.fullmatch(stream_id) else None
    if stream is None or stream.account_id != account_id:
        raise ApiError(404, "no_such_stream", "you have no such stream")
    return stream
