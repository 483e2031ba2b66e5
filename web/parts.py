"""The parts that serve requests, made once by the app."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import current_app
from redis import Redis

from streams.places import Places
from streams.settings import Settings
from streams.store import Store

if TYPE_CHECKING:
    from web.control import Control
    from web.limits import Limits
    from web.overview import Overview
    from web.sign_in import SignIn
    from web.tasks import Tasks
    from web.viewers import Viewers


@dataclass(frozen=True)
class Parts:
    """Everything a handler may need; `now` tells ms since the epoch."""

    settings: Settings
    store: Store
    redis: Redis
    places: Places
    sign_in: SignIn
    control: Control
    tasks: Tasks
    overview: Overview
    viewers: Viewers
    limits: Limits
    now: Callable[[], int]


def parts() -> Parts:
    """Return the parts of the app that handles this request."""
    return cast(Parts, current_app.extensions["weir"])
