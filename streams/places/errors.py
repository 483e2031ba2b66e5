"""What can go wrong when a place is looked for."""

SHOWN = 80
"""Characters of the text that an error repeats."""


class UnknownPlace(ValueError):  # noqa: N818
    """No place of that name; `near` holds names that were perhaps meant, best first."""

    def __init__(self, text: str, near: tuple[str, ...] = ()) -> None:
        shown = "".join(c if c.isprintable() else " " for c in text[: SHOWN + 1]).strip()
        self.text = shown[:SHOWN] + "…" if len(shown) > SHOWN else shown
        self.near = near
        hint = f" Did you mean {' or '.join(near[:3])}?" if near else ""
        super().__init__(f"No place is known as “{self.text}”.{hint}" if shown else "Name a place.")


class AmbiguousPlace(UnknownPlace):
    """A name of several places; `near` holds all of them, the most populous first."""

    def __init__(self, text: str, near: tuple[str, ...], reason: str) -> None:
        super().__init__(text, near)
        choice = " or ".join(near)
        self.args = (f"“{self.text}” {reason}. Choose one: {choice}.",)


class PlacesUnavailable(RuntimeError):  # noqa: N818
    """The geocoder cannot answer; the message says what to do about it."""
