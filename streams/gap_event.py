"""A gap or a doubt that begins or ends, as collectors and agents find it."""

import msgspec


class GapEvent(msgspec.Struct, frozen=True):
    """A gap, or a doubt, of one stream begins at a moment (ms), or ends when `reason` is None.

    `source` is the one that is not listened to, where the stream follows several.
    """

    stream_id: str
    at: int
    reason: str | None = None
    doubt: bool = False
    source: str | None = None
