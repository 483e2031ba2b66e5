"""The object store that sealed segments go to: its address, its options, and their secrets."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

SHORT = 4
"""Characters; what is shorter is no secret, and hiding it would make holes in plain words."""


@dataclass(frozen=True)
class ObjectStore:
    """`url` names a folder of it, as fsspec knows it; `options` may hold secrets."""

    url: str
    options: dict[str, Any] = field(default_factory=dict, repr=False)

    def options_for(self, url: str) -> dict[str, Any]:
        """Give the options for another address: those of this store where it is of its kind."""
        same = url.partition("://")[0] == self.url.partition("://")[0]
        return self.options if same else {}

    def said(self, error: Exception) -> str:
        """Say in a line what a store complains of, without what the options keep secret."""
        text = (str(error).strip() or type(error).__name__).splitlines()[0]
        for secret in sorted(_secrets(self.options), key=len, reverse=True):
            text = text.replace(secret, "…")
        return text[:300]


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
