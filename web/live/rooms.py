"""Rooms: which sockets of this process watch which stream."""

from typing import Any

from streams import names


class Rooms:
    """The Socket.IO rooms of the one namespace; no method yields to other greenlets."""

    def __init__(self, server: Any) -> None:
        self._server = server

    def members(self, room: str | None) -> list[str]:
        """Return the sockets in a room; None is the room of all sockets."""
        return list(self._of_namespace().get(room, ()))

    def has(self, room: str) -> bool:
        """Return whether anybody is in a room."""
        return room in self._of_namespace()

    def size(self, room: str | None) -> int:
        """Count the sockets in a room; None is the room of all sockets."""
        return len(self._of_namespace().get(room, ()))

    def of(self, sid: str) -> list[str]:
        """Return the rooms of streams that a socket is in."""
        prefix = names.room("")
        rooms = self._of_namespace()
        return [room for room in rooms if room and room.startswith(prefix) and sid in rooms[room]]

    def watched(self) -> list[str]:
        """Return the ids of the streams that have viewers."""
        prefix = names.room("")
        return [
            room.removeprefix(prefix)
            for room in list(self._of_namespace())
            if room and room.startswith(prefix)
        ]

    def enter(self, sid: str, room: str) -> None:
        """Add a connected socket to a room."""
        self._server.manager.enter_room(sid, names.NAMESPACE, room)

    def leave(self, sid: str, room: str) -> None:
        """Remove a socket from a room, if it is in it."""
        self._server.manager.leave_room(sid, names.NAMESPACE, room)

    def leave_legacy(self, sid: str) -> None:
        """Remove a socket from the rooms of all legacy streams."""
        for room in list(self._of_namespace()):
            if room and room.startswith(names.legacy_room("")):
                self.leave(sid, room)

    def empty(self, room: str) -> None:
        """Remove all sockets from a room."""
        for sid in self.members(room):
            self.leave(sid, room)

    def emit(self, event: str, data: object, room: str, skip: list[str] | None = None) -> None:
        """Send one event to a room, encoded once, except to the sockets in `skip`."""
        self._server.emit(event, data, room=room, namespace=names.NAMESPACE, skip_sid=skip)

    def _of_namespace(self) -> dict[str | None, dict[str, str]]:
        rooms: dict[str | None, dict[str, str]] = self._server.manager.rooms.get(
            names.NAMESPACE, {}
        )
        return rooms
