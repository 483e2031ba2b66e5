"""The types of settings: what a value may be, checked and brought into one form."""

from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

ROOT = Path(__file__).resolve().parents[2]
"""The project's folder."""


def is_loopback(host: str) -> bool:
    """Return whether `host`, a name or an address, is this machine only."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _address(*schemes: str, path: bool = True) -> Callable[[str], str]:
    """Make a check for `scheme://host[:port][/path]`; a last slash is dropped."""

    def check(value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in schemes or not parts.hostname or parts.port == 0:
            raise ValueError
        if not path and parts.path.strip("/"):
            raise ValueError
        return value.rstrip("/")

    return check


def _secured(value: str) -> str:
    """Refuse to send credentials in the clear to another machine."""
    if urlsplit(value).scheme == "http" and not is_loopback(urlsplit(value).hostname or ""):
        raise ValueError
    return value


def _secured_socket(value: str) -> str:
    """Refuse posts in the clear from another machine: anybody on the way could change them."""
    if urlsplit(value).scheme == "ws" and not is_loopback(urlsplit(value).hostname or ""):
        raise ValueError
    return value


def database_address(value: str) -> str:
    """Name the driver that is installed: Heroku still says `postgres://`."""
    scheme, _, rest = value.partition("://")
    if scheme in ("postgres", "postgresql"):
        scheme = "postgresql+psycopg"
    if scheme not in ("postgresql+psycopg", "sqlite") or not rest:
        raise ValueError
    return f"{scheme}://{rest}"


def _folder(value: Path) -> Path:
    """Take a relative folder from the project's own, wherever a process was started."""
    return (ROOT / value.expanduser()).resolve()


def data_folder(value: Path) -> Path:
    """Take the folder of all data. Raises ValueError."""
    if "?" in str(value):  # would start the query of the SQLite address
        raise ValueError
    return value


def model_folder(value: Path) -> Path:
    """Take a folder of a model. Raises ValueError."""
    if not value.is_dir():
        raise ValueError
    return value


def client_folder(value: Path) -> Path:
    """Take a folder of a built client. Raises ValueError."""
    if not (value / "index.html").is_file():
        raise ValueError
    return value


def comma_list(value: object) -> object:
    """Split a text at commas."""
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def upper(value: object) -> object:
    """Write a text in capitals."""
    return value.upper() if isinstance(value, str) else value


Port = Annotated[int, Field(ge=1, le=65535)]
Folder = Annotated[Path, AfterValidator(_folder)]
WebAddress = Annotated[str, AfterValidator(_address("http", "https"))]
SocketAddress = Annotated[
    str, AfterValidator(_address("ws", "wss")), AfterValidator(_secured_socket)
]
SecuredAddress = Annotated[WebAddress, AfterValidator(_secured)]
Origin = Annotated[str, AfterValidator(_address("http", "https", path=False))]
RedisAddress = Annotated[str, AfterValidator(_address("redis", "rediss"))]
ImageHost = Annotated[str, Field(pattern=r"^(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:[0-9]+)?$")]
Level = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(upper)]

PORT_EXPECTED = "a port number from 1 to 65535"
ADDRESS_EXPECTED = "an http:// or https:// address"
SECURED_EXPECTED = "an https:// address (http:// on this machine only)"
YES_OR_NO = "true or false"
