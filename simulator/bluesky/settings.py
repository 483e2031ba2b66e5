"""The settings of the Jetstream double and their bounds; all can be changed while it runs."""

from typing import Annotated

import msgspec
from msgspec import Meta


class JetstreamSettings(msgspec.Struct, forbid_unknown_fields=True):
    """Every setting; times in seconds, sizes in bytes. The defaults are Jetstream's."""

    ping: Annotated[float, Meta(ge=0.05, le=3600)] = 30.0
    window: Annotated[float, Meta(ge=0.1, le=1_000_000)] = 36 * 3600.0
    """How long events can be replayed; an older cursor is moved up without a word."""
    v2: bool = False
    """Whether version 2 of the wire is offered beside version 1, and its dictionary."""
    send_buffer: Annotated[int, Meta(ge=1024)] = 64 * 1024 * 1024
    """A client with more than this waiting reads too slowly and is cut off."""
    corpus: Annotated[int, Meta(ge=1)] = 500_000
    """Events that can be replayed, at most."""

    def change(self, changes: object) -> None:
        """Take over a JSON object of new values; all or none. Raises msgspec.ValidationError."""
        patch = msgspec.convert(changes, dict[str, object])
        fresh = msgspec.convert(msgspec.to_builtins(self) | patch, JetstreamSettings)
        for name in self.__struct_fields__:
            setattr(self, name, getattr(fresh, name))
