"""Socket.IO packets: text only, written and read by msgspec."""

from typing import Any

import msgspec
from socketio.packet import Packet

_TEXT = frozenset("01234")
"""Types of packet that carry no binary attachment."""


class MsgspecJson:
    """Stands in for the json module, so that JSON that is encoded already passes as it is."""

    @staticmethod
    def dumps(data: object, **_separators: object) -> str:
        """Encode; msgspec.Raw goes in unchanged."""
        return msgspec.json.encode(data).decode()

    @staticmethod
    def loads(text: str | bytes, **_options: object) -> Any:
        """Decode, or raise ValueError, also for what is nested too deeply."""
        try:
            return msgspec.json.decode(text)
        except RecursionError:
            raise ValueError("nested too deeply") from None


class TextPacket(Packet):  # type: ignore[misc]  # the library has no types
    """Refuses binary packets: nobody needs them, and their attachments are without bound."""

    uses_binary_events = False
    json = MsgspecJson

    def decode(self, encoded_packet: str | bytes) -> int:
        """Decode a packet, or raise ValueError."""
        if not isinstance(encoded_packet, str) or encoded_packet[:1] not in _TEXT:
            raise ValueError("not a text packet")
        return int(super().decode(encoded_packet) or 0)
