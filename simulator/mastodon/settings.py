"""The settings of the Mastodon double and their bounds; all can be changed while it runs."""

from typing import Annotated

import msgspec
from msgspec import Meta

Seconds = Annotated[float, Meta(ge=0.05, le=3600)]
Positive = Annotated[int, Meta(ge=1)]


class MastodonSettings(msgspec.Struct, forbid_unknown_fields=True):
    """Every setting; times in seconds, sizes in bytes. The defaults are Mastodon's."""

    heartbeat: Seconds = 15.0
    """Until the next `:thump` of server-sent events."""
    ping: Seconds = 30.0
    """Between pings of a websocket; one without a pong by the next ends it."""
    requests_per_window: Positive = 300
    window: Seconds = 300.0
    page: Positive = 40
    """Statuses in one answer, at most."""
    send_buffer: Annotated[int, Meta(ge=1024)] = 16 * 1024 * 1024
    corpus: Positive = 50_000
    """Statuses that timelines remember."""

    def change(self, changes: object) -> None:
        """Take over a JSON object of new values; all or none. Raises msgspec.ValidationError."""
        patch = msgspec.convert(changes, dict[str, object])
        fresh = msgspec.convert(msgspec.to_builtins(self) | patch, MastodonSettings)
        for name in self.__struct_fields__:
            setattr(self, name, getattr(fresh, name))
