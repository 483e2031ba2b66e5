"""Socket.IO packets: text only, encoded and decoded by msgspec."""

from typing import Any

import msgspec
from socketio.packet import Packet

_TEXT = frozenset("01234")
"""Types of packet without binary attachments."""


class MsgspecJson:
    """Replaces the json module, so that encoded JSON passes through unchanged."""

    @staticmethod
    def dumps(data: object, **_separators: object) -> str:
        """Encode; msgspec.Raw goes in unchanged."""
        return msgspec.json.encode(data).decode()

    @staticmethod
    def loads(text: str | bytes, **_options: object) -> Any:
        """Decode, or raise ValueError, also for too deep nesting."""
        try:
            return msgspec.json.decode(text)
        except RecursionError:
            raise ValueError("nested too deeply") from None


class TextPacket(Packet):  # type: ignore[misc]  # the library has no types
    """Refuses binary packets: nothing uses them, and their attachments are unbounded."""

    uses_binary_events = False
    json = MsgspecJson

    def decode(self, encoded_packet: str | bytes) -> int:
        """Decode a packet, or raise ValueError."""
        if not isinstance(encoded_packet, str) or encoded_packet[:1] not in _TEXT:
            raise ValueError("not a text packet")
        return int(super().decode(encoded_packet) or 0)
