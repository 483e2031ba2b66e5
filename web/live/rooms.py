"""Rooms: which sockets of this process watch what."""

from typing import Any

from streams import names


class Rooms:
    """The Socket.IO rooms of the one namespace; nothing here waits."""

    def __init__(self, server: Any) -> None:
        self._server = server

    def members(self, room: str | None) -> list[str]:
        """Sockets in a room; None is the room of all."""
        return list(self._of_namespace().get(room, ()))

    def has(self, room: str) -> bool:
        """Whether anybody is in a room."""
        return room in self._of_namespace()

    def of(self, sid: str) -> list[str]:
        """The streams' rooms that a socket is in."""
        prefix = names.room("")
        rooms = self._of_namespace()
        return [room for room in rooms if room and room.startswith(prefix) and sid in rooms[room]]

    def watched(self) -> list[str]:
        """Ids of the streams that have viewers."""
        prefix = names.room("")
        return [
            room.removeprefix(prefix)
            for room in list(self._of_namespace())
            if room and room.startswith(prefix)
        ]

    def enter(self, sid: str, room: str) -> None:
        """Let a connected socket into a room."""
        self._server.manager.enter_room(sid, names.NAMESPACE, room)

    def leave(self, sid: str, room: str) -> None:
        """Take a socket out of a room, if it is in."""
        self._server.manager.leave_room(sid, names.NAMESPACE, room)

    def leave_legacy(self, sid: str) -> None:
        """Take a socket out of every room of old-style streams."""
        for room in list(self._of_namespace()):
            if room and room.startswith(names.legacy_room("")):
                self.leave(sid, room)

    def empty(self, room: str) -> None:
        """Take everybody out of a room."""
        for sid in self.members(room):
            self.leave(sid, room)

    def emit(self, event: str, data: object, room: str, but: list[str] | None = None) -> None:
        """Send one event to a room; it is encoded once, whatever the number of sockets."""
        self._server.emit(event, data, room=room, namespace=names.NAMESPACE, skip_sid=but)

    def _of_namespace(self) -> dict[str | None, dict[str, str]]:
        rooms: dict[str | None, dict[str, str]] = self._server.manager.rooms.get(
            names.NAMESPACE, {}
        )
        return rooms
