"""Names of capture files: which endings and which time formats can be a part of one."""

from datetime import UTC, datetime

RESERVED = (".manifest", ".draft", ".torn", ".shipped", ".part", ".redacted", ".gz", ".zst")
"""Endings with a meaning of their own, in any case: some file systems ignore case."""
MAX_ENDING, MAX_STAMP = 32, 100
_SAMPLE = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def ending_fault(value: str) -> str | None:
    """Return what was expected of an ending; None when it can be used."""
    if not _is_part_of_a_name(value) or len(value) > MAX_ENDING:
        return "an ending such as .json, without a path"
    if _is_reserved(value):
        return f"an ending that is none of {' '.join(RESERVED)}"
    return None


def timefmt_fault(value: str, ending: str = "") -> str | None:
    """Return what was expected of a strftime format before an ending; None when it can be used."""
    try:
        stamp = _SAMPLE.strftime(value)
    except ValueError:
        stamp = "/"
    if not _is_part_of_a_name(value + stamp) or len(stamp) > MAX_STAMP:
        return "a strftime format such as %Y%m%d_%H%M, without a path"
    if _is_reserved(stamp) or _is_reserved(stamp + ending):
        return f"a format whose files end in none of {' '.join(RESERVED)}"
    return None


def _is_part_of_a_name(value: str) -> bool:
    return value.isprintable() and not {"/", "\\"} & set(value)


def _is_reserved(ending: str) -> bool:
    return ending.casefold().endswith(RESERVED)
