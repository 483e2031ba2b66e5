"""One message of the streaming API: a status, an edit, a deletion, or something else."""

import msgspec


class StreamEvent(msgspec.Struct, frozen=True):
    """A message; `event` is `update`, `status.update`, `delete` or another name of Mastodon's.

    `line` is what a capture keeps, on one line: the status as it was sent, else the message.
    """

    event: str
    line: bytes
    payload: str = ""

    @property
    def is_status(self) -> bool:
        """Whether it holds a status, new or in a later version."""
        return self.event in ("update", "status.update")


class _Message(msgspec.Struct):
    event: str = ""
    payload: str = ""
    error: str = ""


_decode = msgspec.json.Decoder(_Message).decode


def read_event(message: bytes) -> StreamEvent:
    """Decode a message; never raises. One that cannot be read has the event `unreadable`."""
    try:
        found = _decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return StreamEvent("unreadable", one_line(message))
    if found.error or not found.event:
        return StreamEvent("error", one_line(message), found.error)
    if found.event in ("update", "status.update"):
        return StreamEvent(found.event, one_line(found.payload.encode()), found.payload)
    return StreamEvent(found.event, one_line(message), found.payload)


def one_line(raw: bytes) -> bytes:
    """Return JSON on one line, as captures need it; almost all of it comes that way."""
    if b"\n" not in raw and b"\r" not in raw:
        return raw
    try:
        return msgspec.json.format(raw, indent=-1)
    except msgspec.DecodeError:
        return b" ".join(raw.split())
