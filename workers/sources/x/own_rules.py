"""What a captured line says of rules: the connection is shared, and X names all that match."""

from collections.abc import Collection

import msgspec


class _Named(msgspec.Struct):
    id: str


_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])
_rules = msgspec.json.Decoder(list[msgspec.Raw])
_named = msgspec.json.Decoder(_Named)


def only_rules(raw: bytes, own: Collection[str]) -> tuple[bytes, int]:
    """Leave rules out of a line unless their ids are among `own`; returns how many those are.

    A line without any stays as it is; of another, each value but this one keeps its bytes.
    """
    fields = _fields.decode(raw)
    rules = _rules.decode(fields["matching_rules"])
    kept = [rule for rule in rules if _named.decode(rule).id in own]
    if len(kept) == len(rules):
        return raw, 0
    fields["matching_rules"] = msgspec.Raw(b"[" + b",".join(map(bytes, kept)) + b"]")
    return msgspec.json.encode(fields), len(rules) - len(kept)
