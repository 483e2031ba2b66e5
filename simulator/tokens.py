"""Self-describing tokens, so that a restarted simulator still knows those it gave out."""

import base64
import hashlib
import hmac
import secrets
from typing import NamedTuple

# Not a secret: everything here is made up. It only keeps mistyped tokens from passing.
_SEAL = b"weir-simulator"
_BEARER_PREFIX = "AAAAAAAAAAAAAAAAAAAAA"


class UserToken(NamedTuple):
    """Whom an OAuth 1.0a access token stands for."""

    consumer_key: str
    user_id: str
    username: str


def _mac(*parts: str) -> str:
    return hmac.new(_SEAL, "\0".join(parts).encode(), hashlib.sha256).hexdigest()[:24]


def _pack(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _unpack(text: str) -> str:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()


def bearer(consumer_key: str) -> str:
    """Return the app-only token of an app; always the same one."""
    return f"{_BEARER_PREFIX}{_pack(consumer_key)}.{_mac('bearer', consumer_key)}"


def bearer_owner(token: str) -> str | None:
    """Read the consumer key from an app-only token, or None when it is not one."""
    body, _, mac = token.removeprefix(_BEARER_PREFIX).partition(".")
    if not token.startswith(_BEARER_PREFIX):
        return None
    try:
        key = _unpack(body)
    except ValueError:
        return None
    return key if hmac.compare_digest(mac.encode(), _mac("bearer", key).encode()) else None


def user_token(owner: UserToken) -> str:
    """Return the OAuth 1.0a access token of a user for an app."""
    packed = f"{_pack(owner.consumer_key)}.{_pack(owner.username)}"
    return f"{owner.user_id}-{packed}.{_mac('user', *owner)}"


def user_token_owner(token: str) -> UserToken | None:
    """Read whom an access token stands for, or None when it is not one."""
    user_id, _, rest = token.partition("-")
    key, _, rest = rest.partition(".")
    username, _, mac = rest.partition(".")
    try:
        owner = UserToken(_unpack(key), user_id, _unpack(username))
    except ValueError:
        return None
    return owner if hmac.compare_digest(mac.encode(), _mac("user", *owner).encode()) else None


def secret_of(token: str) -> str:
    """Return the secret that belongs to a user's access token."""
    return _mac("secret", token) + _mac("secret2", token)


def fresh(size: int = 32) -> str:
    """Make a random token for what lives in memory only."""
    return secrets.token_urlsafe(size)
