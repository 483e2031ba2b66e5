"""How gunicorn serves the web process: read by `gunicorn` from the folder it starts in."""

from streams.settings import settings

_host = f"[{settings().host}]" if ":" in settings().host else settings().host

bind = f"{_host}:{settings().port}"
worker_class = "gevent"
workers = 1  # Socket.IO's long polling needs every request of a client in one process
graceful_timeout = 3  # open sockets never end by themselves
control_socket_disable = True
proc_name = "weir-web"
loglevel = settings().log_level.lower()
# A proxy says which scheme the browser used: one that is trusted, or any on this machine.
forwarded_allow_ips = "*" if settings().trusted_proxies else "127.0.0.1,::1"
