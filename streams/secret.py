"""Secrets at rest: encrypted when they must be read again, hashed when they need not."""

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode, urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken


class SecretError(ValueError):
    """A secret that this SECRET_KEY did not encrypt."""


class SecretBox:
    """Encrypts and decrypts with a key derived from SECRET_KEY."""

    def __init__(self, secret_key: str) -> None:
        digest = hashlib.sha256(b"weir secrets at rest\0" + secret_key.encode()).digest()
        self._fernet = Fernet(urlsafe_b64encode(digest))

    def seal(self, text: str) -> bytes:
        """Encrypt."""
        return self._fernet.encrypt(text.encode())

    def open(self, sealed: bytes) -> str:
        """Decrypt; raises SecretError when the key is another or the bytes were changed."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken as error:
            raise SecretError("this SECRET_KEY did not encrypt the stored secret") from error


def derived_password(secret_key: str, purpose: str) -> str:
    """Return the password for one purpose, the same in all processes with this SECRET_KEY."""
    return hmac.new(secret_key.encode(), b"weir " + purpose.encode(), "sha256").hexdigest()


def new_token() -> str:
    """Return a fresh opaque token: 43 URL-safe characters that start with a letter."""
    return "w" + secrets.token_urlsafe(32)


def fingerprint(token: str) -> str:
    """Return what is kept of a token: its SHA-256 in hex."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


MIN_PASSWORD, MAX_PASSWORD = 10, 200
"""Characters of a password."""
_SCRYPT_N, _SCRYPT_R, _SCRYPT_P = 2**15, 8, 1
"""Cost of a password's hash: 32 MiB of memory and about a tenth of a second."""


def hash_password(password: str) -> str:
    """Return what is kept of a password: cost, salt and scrypt hash in one text."""
    salt = secrets.token_bytes(16)
    cost = (_SCRYPT_N, _SCRYPT_R, _SCRYPT_P)
    parts = (
        *map(str, cost),
        *(b64encode(each).decode() for each in (salt, _scrypt(password, salt, *cost))),
    )
    return "$".join(("scrypt", *parts))


def is_password(password: str, hashed: str | None) -> bool:
    """Return whether a password belongs to a hash; takes as long when there is no hash."""
    kind, n, r, p, salt, expected = (hashed or _NO_PASSWORD).split("$")
    found = _scrypt(password, b64decode(salt), int(n), int(r), int(p))
    return (
        hmac.compare_digest(found, b64decode(expected)) and kind == "scrypt" and hashed is not None
    )


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    text = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(text, salt=salt, n=n, r=r, p=p, maxmem=256 * n * r, dklen=32)


_NO_PASSWORD = f"scrypt${_SCRYPT_N}${_SCRYPT_R}${_SCRYPT_P}$AAAA$AAAA"
