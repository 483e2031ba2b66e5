"""The settings file of a capture client: read once, every fault named with its key."""

import errno
import os
import socket
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from workers.captures.settings import CaptureSettings, CaptureSettingsError

X = "https://api.x.com"


class SettingsFileError(ValueError):
    """A settings file that cannot be used: one line that names the key and what is expected."""


class AgentSettings(msgspec.Struct, frozen=True):
    """Settings of the file. `source_addr` is the address that connections to X come from."""

    base_url: str
    client_id: str
    auth_token: str
    ping_interval: float
    update_interval: float
    api_key: str
    api_secret: str
    api_base: str
    source_addr: str | None
    base_dir: Path
    output: CaptureSettings
    logging: dict[str, Any] | None
    unknown: tuple[str, ...]
    """Keys that the agent does not know, perhaps misspelt."""


class _Key(msgspec.Struct, frozen=True):
    """How one key is read; `usual` is its value when it is not given, if it has one."""

    expected: str
    read: Callable[[Any], Any]
    default: Any = msgspec.UNSET
    secret: bool = False


def _address(value: Any) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError
    return str(value).rstrip("/")


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not 0.05 <= value <= 3600:
        raise ValueError
    return float(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError
    return value.strip()


def _identity(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError
    return str(value)


def _local_address(value: Any) -> str | None:
    if value in (None, ""):
        return None
    family = socket.AF_INET6 if ip_address(value).version == 6 else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind((str(value), 0))
    return str(value)


def _folder(value: Any) -> Path:
    folder = Path(_text(value)).expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, "it cannot be read and written")
    return folder


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError
    return value


def _minutes(value: Any) -> int:
    if isinstance(value, bool) or value != int(value):
        raise ValueError
    return int(value)


def _unused(value: Any) -> Any:
    return value


def _mapping(value: Any) -> dict[str, Any] | None:
    if value is not None and not isinstance(value, dict):
        raise ValueError
    return value


_DEFAULTS = CaptureSettings()
_WEB = "an address such as https://example.org/api/"
_SECONDS = "seconds from 0.05 to 3600"
_KEYS: dict[str, _Key] = {
    "server.base_url": _Key(_WEB, _address),
    "server.client_id": _Key("the client's name or number", _identity, ""),
    "server.auth_token": _Key("the client's token", _text, secret=True),
    "server.ping_interval": _Key(_SECONDS, _seconds, 10.0),
    "server.update_interval": _Key(_SECONDS, _seconds, 30.0),
    "twitter_auth.api_key": _Key("the API key of an X app", _text, secret=True),
    "twitter_auth.api_secret": _Key("the API key secret of an X app", _text, secret=True),
    "twitter_auth.access_token": _Key("a text", _unused, "", secret=True),
    "twitter_auth.access_token_secret": _Key("a text", _unused, "", secret=True),
    "twitter_auth.api_base": _Key("the address of the X API", _address, X),
    "source_addr": _Key("an IP address of this machine, or null", _local_address, None),
    "output.base_dir": _Key("a folder that can be written", _folder, "./data/"),
    "output.extension": _Key("an ending such as .json", _string, _DEFAULTS.extension),
    "output.temporary_extension": _Key(
        "an ending such as .tmp", _string, _DEFAULTS.temporary_extension
    ),
    "output.minute_interval": _Key("minutes from 1 to 1440", _minutes, _DEFAULTS.minute_interval),
    "output.filename_timefmt": _Key(
        "a strftime format such as %Y%m%d_%H%M", _string, _DEFAULTS.filename_timefmt
    ),
    "logging": _Key("a mapping for logging.config.dictConfig", _mapping, None),
}
_SECTIONS = {"server", "twitter_auth", "output"}


def read_settings(path: Path) -> AgentSettings:
    """Read and check a file, and make its folder; raises SettingsFileError."""
    found = _flat(_decoded(path))
    values = {
        name.rpartition(".")[2]: _value(path, name, key, found) for name, key in _KEYS.items()
    }
    output = {name: values[name] for name in CaptureSettings.__struct_fields__ if name in values}
    kept = {name: values[name] for name in AgentSettings.__struct_fields__ if name in values}
    try:
        checked = CaptureSettings(**output).checked()
    except CaptureSettingsError as error:
        raise SettingsFileError(f"{path}: output.{error}") from None
    unknown = tuple(sorted(found.keys() - _KEYS.keys()))
    return AgentSettings(**kept, output=checked, unknown=unknown)


def _decoded(path: Path) -> dict[str, Any]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SettingsFileError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsFileError(f"{path}: expected UTF-8 text") from None
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.ValidationError:
        raise SettingsFileError(f"{path}: expected a JSON object") from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise SettingsFileError(f"{path}: expected JSON: {error}") from None


def _flat(whole: Mapping[str, Any]) -> dict[str, Any]:
    """Name what is in a section by section and key."""
    flat: dict[str, Any] = {}
    for name, value in whole.items():
        if name in _SECTIONS and isinstance(value, dict):
            flat |= {f"{name}.{key}": inner for key, inner in value.items()}
        else:
            flat[name] = value
    return flat


def _value(path: Path, name: str, key: _Key, found: Mapping[str, Any]) -> Any:
    given = found.get(name, msgspec.UNSET)
    if given is msgspec.UNSET and key.default is msgspec.UNSET:
        section = name.partition(".")[0]
        got = "something that is no section" if section in found else "nothing"
        raise SettingsFileError(f"{path}: {name}: expected {key.expected}, got {got}")
    try:
        return key.read(key.default if given is msgspec.UNSET else given)
    except (ValueError, TypeError, AttributeError, OSError) as error:
        got = "" if key.secret else f", got {_shown(given)}"
        why = f" ({error.strerror})" if isinstance(error, OSError) and error.strerror else ""
        raise SettingsFileError(f"{path}: {name}: expected {key.expected}{got}{why}") from None


def _shown(value: Any) -> str:
    return "nothing" if value is msgspec.UNSET else repr(value)[:100]
