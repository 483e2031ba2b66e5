"""A Mastodon instance that somebody added: its address, and what its check came to."""

from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

import msgspec

from streams.filter import FilterError
from streams.live.report import Fault
from streams.settings import is_loopback

MAX_INSTANCES = 10
"""Of one account."""
MAX_ADDRESS, MAX_TOKEN = 200, 500
EXPECTED = "the address of an instance, such as https://mastodon.social"
NAT64 = "64:ff9b:"
_OWN_NETWORK = (".local", ".localhost", ".internal", ".home.arpa")


class Instance(msgspec.Struct, frozen=True):
    """One instance of an account, without its token. Times are ms since the epoch.

    `checked_at` is when Weir last tried the token, and `fault` what was wrong with it then.
    """

    id: int
    account_id: int
    address: str
    added_at: int
    checked_at: int | None = None
    fault: Fault | None = None


def checked_address(text: str, *, may_be_private: bool) -> str:
    """Return `https://host[:port]`, or raise FilterError for what Weir must not connect to.

    Names are looked up only when Weir connects, and what they stand for is checked then.
    """
    given = text.strip()
    parts = urlsplit(given if "://" in given else f"https://{given}")
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    is_bare = not (parts.path.strip("/") or parts.query or parts.fragment or parts.username)
    if not host or not is_bare or not host.isascii() or len(given) > MAX_ADDRESS or port == 0:
        raise FilterError("address", "bad_address", f"expected {EXPECTED}")
    here = is_loopback(host)
    if parts.scheme != "https" and not (parts.scheme == "http" and here and may_be_private):
        text = "an instance is reached by https://, since a token goes there"
        raise FilterError("address", "not_secured", text)
    if not may_be_private and (here or _is_own_network(host)):
        text = "this is an address of a private network, which Weir is not set to connect to"
        raise FilterError("address", "private_address", text)
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port else "")


def checked_token(text: str) -> str:
    """Return an access token, or raise FilterError for what cannot be one."""
    token = text.strip()
    if not 8 <= len(token) <= MAX_TOKEN or not token.isascii() or not token.isprintable():
        raise FilterError("token", "bad_token", "expected an access token of the instance")
    if " " in token:
        raise FilterError("token", "bad_token", "an access token holds no blanks")
    return token


def is_public(address: str) -> bool:
    """Return whether an IP address is one of the public internet, also inside IPv6."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        if str(found).startswith(NAT64) or found.exploded.startswith("0064:ff9b:"):
            return False
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo and found.teredo[1])
        if inner:
            return inner.is_global and not inner.is_multicast
    return found.is_global and not found.is_multicast


def _is_own_network(host: str) -> bool:
    try:
        return not is_public(host)
    except ValueError:
        return "." not in host or host.rstrip(".").endswith(_OWN_NETWORK)
