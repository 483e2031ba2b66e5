"""The key that signs and encrypts, made on the first start and kept in a file."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

MIN_CHARACTERS = 16


def kept_secret(path: Path) -> str:
    """Read the key at `path`, made on first use; of two processes that make it, one wins.

    Raises OSError, also for a file that holds no key: a new one would end every sign-in unasked.
    """
    if not path.exists():
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    kept = path.read_text().strip()
    if len(kept) < MIN_CHARACTERS:
        raise OSError(f"a key too short in {path}: remove it and everyone signs in again")
    return kept
