"""The application context: the services that request handlers use, made once by the app."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from flask import current_app
from redis import Redis

from streams.places import Places
from streams.settings import Settings
from streams.store import Store
from web.auth.last_used import LastUsed
from web.auth.passwords import PasswordSignIn
from web.auth.sign_in import SignInFlow
from web.backends import Backends
from web.jobs import JobService
from web.limits import RateLimiter
from web.live.viewers import Viewers
from web.quotas import QuotaKeeper
from web.stream_control import StreamControl
from web.stream_views import StreamViews
from web.task_queue import TaskQueue


@dataclass(frozen=True)
class Context:
    """Everything a handler may need; `now` returns ms since the epoch.

    Handlers import this module. Services do not: they are given what they need when they are made.
    """

    settings: Settings
    store: Store
    redis: Redis
    places: Places
    sign_in: SignInFlow
    passwords: PasswordSignIn
    last_used: LastUsed
    control: StreamControl
    jobs: JobService
    tasks: TaskQueue
    backends: Backends
    stream_views: StreamViews
    viewers: Viewers
    limits: RateLimiter
    quotas: QuotaKeeper
    now: Callable[[], int]


def context() -> Context:
    """Return the context of the app that handles this request."""
    return cast(Context, current_app.extensions["weir"])
