"""Owned: a stream by its id, for its owner alone."""

import re

from streams.stream import Stream
from web.context import context
from web.errors import ApiError

_ID = re.compile(r"[0-9a-f]{1,32}")


def get_owned_stream(account_id: int, stream_id: str) -> Stream:
    """Return an account's stream; one of somebody else is as unknown as one that never was."""
    stream = context().store.streams.get(stream_id) if _ID.fullmatch(stream_id) else None
    if stream is None or stream.account_id != account_id:
        raise ApiError(404, "no_such_stream", "you have no such stream")
    return stream
