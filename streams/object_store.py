"""The object store that sealed segments go to: its address, its options, and their secrets."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

BLOCK = 4 << 20
"""Bytes that are asked for at a time."""
SHORT = 4
"""Characters; what is shorter is no secret, and hiding it would make holes in plain words."""


@dataclass(frozen=True)
class ObjectStore:
    """`url` names a folder of it, as fsspec knows it; `options` may hold secrets."""

    url: str
    options: dict[str, Any] = field(default_factory=dict, repr=False)

    def reaches(self, url: str | None) -> bool:
        """Return whether an object is in this store, or in one of its kind."""
        return url is not None and _kind(url) == _kind(self.url)

    def open(self, url: str) -> BinaryIO:
        """Open an object that this store reaches; raises whatever the store raises."""
        import fsspec

        store, _ = fsspec.core.url_to_fs(self.url, **self.options)
        opened: BinaryIO = store.open(store._strip_protocol(url), "rb", block_size=BLOCK)
        return opened

    def options_for(self, url: str) -> dict[str, Any]:
        """Return the options for another address: those of this store where it is of its kind."""
        return self.options if self.reaches(url) else {}

    def describe(self, error: Exception) -> str:
        """Describe a store's error in a line, without the secrets of its options."""
        text = (str(error).strip() or type(error).__name__).splitlines()[0]
        for secret in sorted(_secrets(self.options), key=len, reverse=True):
            text = text.replace(secret, "…")
        return text[:300]


def _kind(url: str) -> str:
    return url.partition("://")[0]


def _secrets(options: object) -> Iterator[str]:
    """Yield every text among options, but for plain addresses: they help whoever reads."""
    if isinstance(options, dict):
        for value in options.values():
            yield from _secrets(value)
    elif isinstance(options, list):
        for value in options:
            yield from _secrets(value)
    elif isinstance(options, str) and len(options) >= SHORT and not _is_plain_address(options):
        yield options


def _is_plain_address(text: str) -> bool:
    return text.startswith(("http://", "https://")) and not {"@", "?"} & set(text)
