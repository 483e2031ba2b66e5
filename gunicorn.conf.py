"""How gunicorn serves the web process: read by `gunicorn` from the folder it starts in."""

import resource

from streams.settings import settings

_OTHER_FILES = 100
"""Open files that are no visitor's: Redis, the database, the log."""

_host = f"[{settings().host}]" if ":" in settings().host else settings().host

bind = f"{_host}:{settings().port}"
worker_class = "gevent"
workers = 1  # Socket.IO's long polling needs every request of a client in one process
_, _files = resource.getrlimit(resource.RLIMIT_NOFILE)
if _files != resource.RLIM_INFINITY:
    resource.setrlimit(resource.RLIMIT_NOFILE, (_files, _files))  # a shell often gives 1024 of them
    worker_connections = min(settings().web_connections, _files - _OTHER_FILES)
else:
    worker_connections = settings().web_connections
graceful_timeout = 3  # open sockets never end by themselves
control_socket_disable = True
proc_name = "weir-web"
loglevel = settings().log_level.lower()
# A proxy says which scheme the browser used: one that is trusted, or any on this machine.
forwarded_allow_ips = "*" if settings().trusted_proxies else "127.0.0.1,::1"
