"""Secrets at rest: encrypted when they must be read again, hashed when they need not."""

import hashlib
import secrets
from base64 import urlsafe_b64encode

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


def new_token() -> str:
    """Return a fresh opaque token: 43 URL-safe characters that start with a letter."""
    return "w" + secrets.token_urlsafe(32)


def fingerprint(token: str) -> str:
    """Return what is kept of a token: its SHA-256 in hex."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
