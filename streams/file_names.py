"""Names of capture files: which endings and which time formats can be a part of one."""

from datetime import UTC, datetime

RESERVED = (".manifest", ".draft", ".torn", ".shipped", ".part", ".redacted", ".gz", ".zst")
"""Endings that mean something beside a segment, so that no segment may have them."""
_SAMPLE = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def ending_fault(value: str) -> str | None:
    """Say what was expected of an ending; None when it can be used."""
    if "/" in value or "\\" in value or "\0" in value or len(value) > 32:
        return "an ending such as .json, without a path"
    if value.endswith(RESERVED):
        return f"an ending that is none of {' '.join(RESERVED)}"
    return None


def timefmt_fault(value: str) -> str | None:
    """Say what was expected of a format for strftime; None when it can be used."""
    try:
        sample = _SAMPLE.strftime(value)
    except ValueError:
        sample = "/"
    if any(character in sample for character in "/\\\0\n") or len(sample) > 100:
        return "a strftime format such as %Y%m%d_%H%M, without a path"
    return None
