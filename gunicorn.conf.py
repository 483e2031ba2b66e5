"""Gunicorn's settings for the web process, read from the folder in which gunicorn starts."""

import resource

from streams.settings import settings

_OTHER_FILES = 100
"""Open files other than visitors' connections: Redis, the database, the log."""

_host = f"[{settings().host}]" if ":" in settings().host else settings().host

bind = f"{_host}:{settings().port}"
worker_class = "web.connections.BoundedWorker"
keepalive = 2  # seconds in which headers must come, and that a connection may be idle
workers = 1  # Socket.IO's long polling needs every request of a client in one process
_, _files = resource.getrlimit(resource.RLIMIT_NOFILE)
if _files != resource.RLIM_INFINITY:
    resource.setrlimit(resource.RLIMIT_NOFILE, (_files, _files))  # the soft limit is often 1024
    worker_connections = min(settings().web_connections, _files - _OTHER_FILES)
else:
    worker_connections = settings().web_connections
graceful_timeout = 3  # open sockets would never end on their own
control_socket_disable = True
proc_name = "weir-web"
loglevel = settings().log_level.lower()
# Whose X-Forwarded-Proto names the browser's scheme: trusted proxies, or any on this machine.
forwarded_allow_ips = "*" if settings().trusted_proxies else "127.0.0.1,::1"
