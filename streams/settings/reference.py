"""The reference of all settings, made from their definitions."""

from collections.abc import Iterable
from pathlib import Path

from pydantic.fields import FieldInfo

from streams.settings import ROOT, Settings

HEAD = """# Configuration

Weir reads its settings from the environment and from a file `.env` in the project's folder; the
environment wins. `ENV_FILE` names another file. A bad or missing value is reported in one line that
names the variable, and nothing starts (exit status 2).

This page is made by `python -m streams.settings > docs/configuration.md`; a test compares the two.
"""
SECTIONS = (
    ("Web", "port host trusted_proxies web_connections session_days sign_in cors_origins "
     "client_dir client_image_hosts legacy_idle_minutes anonymous_sockets"),
    ("Stores", "data_dir database_url redis_url redis_verify secret_key"),
    ("X and places", "x_api_key x_api_secret x_bearer_token x_api_base x_connects "
     "backfill_wait_seconds oauth_callback_url google_geocoding_key google_geocoding_url"),
    ("Bluesky", "bluesky_hosts bluesky_api"),
    ("Mastodon", "mastodon_instance mastodon_token mastodon_private_instances"),
    ("Streams and labels", "taggers model_dir sentiment_speed sentiment_lag_seconds "
     "detect_language batch_posts batch_ms batches_in_flight ring_posts viewer_posts_per_second"),
    ("Machines", "lease_seconds machine_slots machine_away_seconds"),
    ("Captures", "capture_minutes capture_timefmt capture_extension capture_temporary_extension "
     "export_days capture_compression capture_ship_to capture_ship_options capture_keep_minutes "
      "capture_deletion_minutes replay_window"),
    ("Jobs", "job_memory job_seconds"),
    ("Disk", "capture_disk_reserve capture_disk_warn_hours capture_disk_pack_hours "
     "capture_disk_stop_hours"),
    ("Operation", "flower_port simulator_port log_level dyno"),
)  # fmt: skip
COMPUTED = {
    "host": "`127.0.0.1`; `0.0.0.0` on Heroku",
    "trusted_proxies": "`0`; `1` on Heroku",
    "sign_in": "`open` on loopback with the simulator and no proxy, else `invited`",
    "data_dir": "`./data`",
    "database_url": "SQLite in `DATA_DIR`",
    "secret_key": "made on the first start",
    "oauth_callback_url": "`http://127.0.0.1:PORT/redirect`",
    "taggers": "processors − 1",
    "machine_away_seconds": "`120`, or twice `LEASE_SECONDS`",
    "capture_disk_reserve": "`512MiB`",
    "replay_window": "`128MiB`",
    "job_memory": "`1GiB`",
    "capture_disk_pack_hours": "`12`, at most the hours to warn",
    "capture_disk_stop_hours": "`1`, at most the hours to compress",
}
"""Defaults that depend on the machine or on other settings."""


def reference() -> str:
    """Return the page in Markdown; raises LookupError when a setting is not in one section."""
    named = [name for _, names in SECTIONS for name in names.split()]
    if sorted(named) != sorted(Settings.model_fields):
        raise LookupError(f"not once in SECTIONS: {set(named) ^ set(Settings.model_fields)}")
    parts = [HEAD]
    for title, names in SECTIONS:
        parts += [
            f"\n## {title}\n",
            "\n| variable | meaning | default | expected |\n|---|---|---|---|\n",
        ]
        parts += _rows(names.split())
    return "".join(parts)


def _rows(names: Iterable[str]) -> Iterable[str]:
    for name in names:
        field = Settings.model_fields[name]
        expected = (field.description or "").replace("|", "\\|")
        yield f"| `{name.upper()}` | {field.title} | {_default(name, field)} | {expected} |\n"


def _default(name: str, field: FieldInfo) -> str:
    if name in COMPUTED:
        return COMPUTED[name]
    value = field.default
    if value in ("", None, (), {}):
        return "–"
    if isinstance(value, Path):
        return f"`{value.relative_to(ROOT)}`"
    if isinstance(value, tuple):
        return f"`{','.join(value)}`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
