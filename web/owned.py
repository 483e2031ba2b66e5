"""Owned: a stream by its id, for its owner alone."""

import re

from streams.stream import Stream
from web.errors import Refusal
from web.parts import parts

_ID = re.compile(r"[0-9a-f]{1,32}")


def owned(account_id: int, stream_id: str) -> Stream:
    """Return an account's stream; one of somebody else is as unknown as one that never was."""
    stream = parts().store.streams.get(stream_id) if _ID.fullmatch(stream_id) else None
    if stream is None or stream.account_id != account_id:
        raise Refusal(404, "no_such_stream", "you have no such stream")
    return stream
