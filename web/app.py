"""The app: makes the parts, and ties them together."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

import gevent
from flask import Flask
from redis import Redis
from werkzeug.middleware.proxy_fix import ProxyFix

from streams.live import connect
from streams.places import Places
from streams.secret import SecretBox
from streams.settings import Settings
from streams.store import Store
from web import errors, pages
from web.api.route import MAX_BODY
from web.api.route import register as register_api
from web.api.routes import routes
from web.auth import origins
from web.auth.sign_in import SignInFlow
from web.capture_api.routes import capture_api
from web.context import Context
from web.dashboard_wire.routes import dashboard_wire
from web.health import health
from web.limits import RateLimiter
from web.live.fan_out import FanOut
from web.live.rooms import Rooms
from web.live.slow_viewers import timed_socket
from web.live.sockets import Sockets, open_sockets
from web.live.status_feed import StatusFeed
from web.live.viewers import Viewers
from web.stream_control import StreamControl
from web.stream_views import StreamViews
from web.task_queue import TaskQueue

log = logging.getLogger(__name__)


def now_ms() -> int:
    """The time now, in ms since the epoch."""
    return int(time.time() * 1000)


@dataclass(frozen=True)
class Background:
    """What runs beside the requests, for as long as the process lives."""

    runs: tuple[Callable[[], object], ...]

    def start(self) -> None:
        """Start all of it, each in a greenlet that is started anew should it ever fail."""
        for run in self.runs:
            gevent.spawn(_for_ever, run)


def create_app(
    settings: Settings,
    store: Store | None = None,
    client: Redis | None = None,
    tasks: TaskQueue | None = None,
    now: Callable[[], int] = now_ms,
) -> Flask:
    """Make the app; `app.extensions["background"].start()` starts what runs beside requests."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    store = store or Store.open(settings.database_url)
    client = client or connect(settings)
    tasks = tasks or TaskQueue()
    server = open_sockets(app, settings)
    rooms = Rooms(server.server)
    fan_out = FanOut(client, rooms, settings.viewer_posts_per_second, settings.ring_posts)
    viewers = Viewers(server.server, rooms, store, now)
    overview = StreamViews(store, client, now)
    status_feed = StatusFeed(store, overview, rooms)
    Sockets(rooms, fan_out, status_feed).register(server)
    app.extensions["weir"] = Context(
        settings=settings,
        store=store,
        redis=client,
        places=Places(settings.google_geocoding_key or None, settings.google_geocoding_url),
        sign_in=SignInFlow(settings, store, SecretBox(settings.secret_key), now),
        control=StreamControl(
            store,
            client,
            tasks,
            fan_out,
            rooms,
            viewers,
            status_feed.changed,
            now,
        ),
        tasks=tasks,
        overview=overview,
        viewers=viewers,
        limits=RateLimiter(),
        now=now,
    )
    app.extensions["background"] = Background((fan_out.run, status_feed.run, viewers.watch))
    errors.register(app)
    origins.register(app, settings.cors_origins)
    register_api(app, routes)
    app.register_blueprint(dashboard_wire)
    app.register_blueprint(capture_api)
    app.register_blueprint(health)
    pages.register(app, client=settings.client_dir is not None)
    app.wsgi_app = timed_socket(app.wsgi_app)  # type: ignore[method-assign]
    if proxies := settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies)  # type: ignore[method-assign]
    return app


def _for_ever(run: Callable[[], object]) -> None:
    while True:
        try:
            run()
        except Exception:
            log.exception("a background part failed, and starts again")
        gevent.sleep(1)
