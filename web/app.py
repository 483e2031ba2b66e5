"""The Flask application: creates the services and connects them."""

import logging
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import gevent
from flask import Flask
from flask_socketio import SocketIO
from redis import Redis
from werkzeug.middleware.proxy_fix import ProxyFix

from streams.clock import now_ms
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
from web.auth.last_used import LastUsed
from web.auth.passwords import PasswordSignIn
from web.auth.sign_in import SignInFlow
from web.backends import Backends
from web.capture_api.routes import capture_api
from web.context import Context
from web.dashboard_wire.idle_streams import IdleStreams
from web.dashboard_wire.posts import legacy_events
from web.dashboard_wire.routes import dashboard_wire
from web.database import open_store
from web.flower import flower
from web.health import follow_redis_clock, health
from web.jobs import JobService
from web.limits import RateLimiter
from web.live.fan_out import FanOut
from web.live.rooms import Rooms
from web.live.slow_viewers import timed_socket
from web.live.socket_counts import SocketCounts
from web.live.sockets import Sockets, open_sockets
from web.live.status_feed import StatusFeed
from web.live.viewers import Viewers
from web.quotas import QuotaKeeper
from web.slow_bodies import SlowBodies
from web.stream_control import StreamControl
from web.stream_views import StreamViews
from web.task_queue import TaskQueue
from web.uploads import bytes_by_account

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Background:
    """The loops that run beside the requests, for as long as the process lives."""

    loops: tuple[Callable[[], object], ...]

    def start(self) -> None:
        """Start every loop in a greenlet of its own; a loop that fails is started again."""
        for loop in self.loops:
            gevent.spawn(_run_forever, loop)


def create_app(
    settings: Settings,
    store: Store | None = None,
    client: Redis | None = None,
    tasks: TaskQueue | None = None,
    now: Callable[[], int] = now_ms,
) -> Flask:
    """Create the app; `app.extensions["background"].start()` starts its loops."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.extensions["weir"], app.extensions["background"] = _services(
        settings,
        store or open_store(settings.database_url),
        client or connect(settings),
        tasks or TaskQueue(),
        open_sockets(app, settings),
        now,
    )
    _add_routes(app, settings)
    app.wsgi_app = SlowBodies(timed_socket(app.wsgi_app))  # type: ignore[method-assign]
    if proxies := settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies)  # type: ignore[method-assign]
    return app


def _services(
    settings: Settings,
    store: Store,
    client: Redis,
    tasks: TaskQueue,
    server: SocketIO,
    now: Callable[[], int],
) -> tuple[Context, Background]:
    """Create what handlers use, and the loops beside them, each given what it needs."""
    rooms = Rooms(server.server)
    fan_out = FanOut(
        client, rooms, settings.viewer_posts_per_second, settings.ring_posts, legacy_events
    )
    jobs = JobService(store, now)
    viewers = Viewers(server.server, rooms, store, now)
    backends = Backends(store, client, settings.data_dir, int(settings.capture_disk_reserve))
    stream_views = StreamViews(store, client, backends, now)
    status_feed = StatusFeed(store, stream_views, rooms, fan_out.shown_parts)
    fan_out.shown_parts.on_first = status_feed.wake
    process = f"{socket.gethostname()}:{settings.port}"
    socket_counts = SocketCounts(client, process, viewers.sockets, now)
    Sockets(rooms, fan_out, status_feed, socket_counts).register(server)
    quotas = QuotaKeeper(
        store,
        socket_counts.all,
        lambda: bytes_by_account(settings.data_dir) + Counter(store.exports.bytes_by_account()),
        now,
    )
    control = StreamControl(
        store, client, tasks, quotas, fan_out, rooms, viewers, status_feed.wake, jobs, now
    )
    idle_streams = IdleStreams(store, rooms, control, settings.legacy_idle_minutes, now)
    limits, last_used = RateLimiter(client), LastUsed(store, now)
    context = Context(
        settings=settings,
        store=store,
        redis=client,
        places=Places(settings.google_geocoding_key or None, settings.google_geocoding_url),
        sign_in=SignInFlow(settings, store, SecretBox(settings.secret_key), now),
        passwords=PasswordSignIn(store, limits, now),
        last_used=last_used,
        control=control,
        jobs=jobs,
        tasks=tasks,
        backends=backends,
        stream_views=stream_views,
        viewers=viewers,
        limits=limits,
        quotas=quotas,
        now=now,
    )
    loops = (
        fan_out.run,
        status_feed.run,
        viewers.run,
        socket_counts.run,
        idle_streams.run,
        last_used.run,
        partial(follow_redis_clock, client),
    )
    return context, Background(loops)


def _add_routes(app: Flask, settings: Settings) -> None:
    errors.register(app)
    origins.register(app, settings.cors_origins)
    register_api(app, routes)
    app.register_blueprint(dashboard_wire)
    app.register_blueprint(capture_api)
    app.register_blueprint(health)
    app.register_blueprint(flower)
    pages.register(app, settings)


def _run_forever(loop: Callable[[], object]) -> None:
    while True:
        try:
            loop()
        except Exception:
            log.exception("a background loop failed; it starts again")
        gevent.sleep(1)
