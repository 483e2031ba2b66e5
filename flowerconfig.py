"""Flower's settings: it answers the web process alone, which lets administrators in at /flower/."""

from streams.secret import derived_password
from streams.settings import settings

address = "127.0.0.1"
port = settings().flower_port
url_prefix = "flower"
basic_auth = ["weir:" + derived_password(settings().secret_key, "flower")]
max_tasks = 5000
