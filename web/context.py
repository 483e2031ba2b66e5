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
    from web.auth.sign_in import SignInFlow
    from web.limits import RateLimiter
    from web.live.viewers import Viewers
    from web.stream_control import StreamControl
    from web.stream_views import StreamViews
    from web.task_queue import TaskQueue


@dataclass(frozen=True)
class Context:
    """Everything a handler may need; `now` tells ms since the epoch."""

    settings: Settings
    store: Store
    redis: Redis
    places: Places
    sign_in: SignInFlow
    control: StreamControl
    tasks: TaskQueue
    overview: StreamViews
    viewers: Viewers
    limits: RateLimiter
    now: Callable[[], int]


def context() -> Context:
    """Return the parts of the app that handles this request."""
    return cast(Context, current_app.extensions["weir"])
