"""Tolerant decoding: a line with values of unexpected types, read as far as it can be.

Seen in the field: rule ids as numbers, `null` for lists, `NaN`, half a surrogate pair.
"""

import json
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec

T = TypeVar("T", bound=msgspec.Struct)


class _MisfitError(Exception):
    """A value that has no place in the type that is asked for."""


def decode_tolerantly(raw: bytes, kind: type[T]) -> T:
    """Decode a JSON object into a struct; known fields that do not fit keep their defaults.

    Half a surrogate pair becomes U+FFFD; numbers stand for texts. Raises ValueError when it is no
    JSON object, UnicodeDecodeError (a ValueError) when it is no UTF-8, RecursionError.
    """
    value = json.loads(raw.decode())
    try:
        return _fit(value, kind)  # type: ignore[no-any-return]
    except _MisfitError:
        raise ValueError("no JSON object") from None


@cache
def _fields(kind: type[msgspec.Struct]) -> list[tuple[str, str, Any]]:
    """Return each field's name, its name in JSON and its type."""
    hints = get_type_hints(kind)
    fields = msgspec.structs.fields(kind)
    return [(each.name, each.encode_name, hints[each.name]) for each in fields]


def _fit(value: object, kind: Any) -> Any:
    """Return `value` as `kind`: a struct, list, tuple, text, boolean, number or union with None."""
    if get_origin(kind) is UnionType:
        if value is None:
            return None
        return _fit(value, next(part for part in get_args(kind) if part is not NoneType))
    if kind is str:
        return _text(value)
    if kind is bool and isinstance(value, bool):
        return value
    if kind is int and isinstance(value, int) and not isinstance(value, bool):
        return value
    if kind is msgspec.Raw:
        return msgspec.Raw(msgspec.json.encode(value))
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, dict) and isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _struct(value, kind)
    if isinstance(value, list) and get_origin(kind) is list:
        return _list(value, get_args(kind)[0])
    if isinstance(value, list) and get_origin(kind) is tuple and len(value) == len(get_args(kind)):
        return tuple(_fit(one, part) for one, part in zip(value, get_args(kind), strict=True))
    raise _MisfitError


def _text(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise _MisfitError
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _struct(value: dict[str, Any], kind: type[msgspec.Struct]) -> msgspec.Struct:
    found = {}
    for name, key, part in _fields(kind):
        if key in value:
            try:
                found[name] = _fit(value[key], part)
            except _MisfitError:
                continue
    return kind(**found)


def _list(value: list[Any], part: Any) -> list[Any]:
    found = []
    for one in value:
        try:
            found.append(_fit(one, part))
        except _MisfitError:
            continue
    return found
