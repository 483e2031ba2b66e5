"""The envelope: how a raw line, when it was received and its id become one line of a segment.

A JSON object keeps its bytes and gets one more key in front, so that every tool which reads one
JSON object a line reads a segment; cutting the key off again gives the bytes as received. Anything
else (garbage, bad UTF-8, an array) is kept as base64 in the envelope alone.
"""

import base64
import binascii

import msgspec

from workers.captures.segments.timestamps import iso, ms_of

KEY = b'{"__weir":{"'
_HEAD = b'{"__weir":{"received_at":"'
BASE64_END = b'"}}\n'
_BREAKS = (b"\n", b"\r")
_NEWLINE, _RETURN = b"\n\r"
"""As numbers, which are found five times as fast."""
_second: tuple[int, bytes] = (-1, b"")


class EnvelopeRecord(msgspec.Struct, frozen=True):
    """A line as received; `received_at` (ms) and `id` are None in files that others wrote.

    `rules_left_out` counts the matching rules of others' streams that `raw` no longer names;
    `backfilled` lines did not come on a live connection but were asked for after a gap.
    `edit_of` is the post of which it is a later version. `version` tells the versions of a post
    apart that share its id. `deleted_at` (ms) is when Weir heard that the post was deleted, where
    the line stays and is marked.
    """

    raw: bytes
    received_at: int | None = None
    id: str | None = None
    rules_left_out: int = 0
    backfilled: bool = False
    edit_of: str | None = None
    version: str = ""
    deleted_at: int | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """What the line is known by, so that a collection keeps it once."""
        ids = () if self.id is None else (self.id,)
        post = self.edit_of or self.id
        return (*ids, version_key(post, self.version)) if post and self.version else ids


class _Envelope(msgspec.Struct):
    received_at: str
    id: str | None = None
    raw_base64: str | None = None
    rules_left_out: int = 0
    backfilled: bool = False
    edit_of: str | None = None
    version: str = ""
    deleted_at: str | None = None


class _Line(msgspec.Struct):
    envelope: _Envelope = msgspec.field(name="__weir")


class EnvelopeError(ValueError):
    """A line that starts like an envelope and is none."""


_envelope = msgspec.json.Decoder(_Envelope)
_line = msgspec.json.Decoder(_Line)


def wrap(
    raw: bytes,
    received_at: int,
    id: str | None = None,
    rules_left_out: int = 0,
    backfilled: bool = False,
    *,
    edit_of: str | None = None,
    version: str = "",
    deleted_at: int | None = None,
) -> bytes:
    r"""Make the line, with its line end. The line end of `raw` itself is not kept.

    With an id, or of a later version, the caller vouches that `raw` was parsed as a JSON object;
    without one it is parsed here.
    """
    if raw.endswith(_BREAKS):
        raw = raw.rstrip(b"\r\n")
    stamp = _stamp(received_at)
    head = _HEAD
    if rules_left_out or backfilled or edit_of or version or deleted_at is not None:
        head = _head(rules_left_out, backfilled, edit_of, version, deleted_at)
    if not _fits(raw) or (id is None and edit_of is None and not _is_json(raw)):
        rest = b"" if id is None else b'","id":"' + _quoted(id)
        kept = base64.b64encode(raw)
        return b"".join((head, stamp, rest, b'","raw_base64":"', kept, BASE64_END))
    if id is None:
        return b"".join((head, stamp, b'"},', raw[1:], b"\n"))
    return b"".join((head, stamp, b'","id":"', _quoted(id), b'"},', raw[1:], b"\n"))


def unwrap(line: bytes) -> EnvelopeRecord:
    """Split a line of a segment, without its line end; a line of another tool is all raw.

    Raises EnvelopeError when the line starts like ours and is broken.
    """
    if not line.startswith(KEY):
        return EnvelopeRecord(line)
    head, found, rest = line.partition(b'"},')
    try:
        if found:
            envelope = _envelope.decode(head[len(KEY) - 2 :] + b'"}')
            raw = b"{" + rest
        else:
            envelope = _line.decode(line).envelope
            raw = base64.b64decode(envelope.raw_base64 or "", validate=True)
        return EnvelopeRecord(
            raw,
            ms_of(envelope.received_at),
            envelope.id,
            envelope.rules_left_out,
            envelope.backfilled,
            envelope.edit_of,
            envelope.version,
            None if envelope.deleted_at is None else ms_of(envelope.deleted_at),
        )
    except (msgspec.DecodeError, UnicodeDecodeError, binascii.Error, ValueError) as error:
        raise EnvelopeError(f"broken envelope: {error}") from None


def is_base64(line: bytes) -> bool:
    """Return whether an envelope holds its raw line as base64."""
    return line.startswith(KEY) and b'"},' not in line


def version_key(post_id: str, version: str) -> str:
    """Name a version of a post among all versions of all posts."""
    return f"{post_id} {version}"


def _head(
    rules_left_out: int, backfilled: bool, edit_of: str | None, version: str, deleted_at: int | None
) -> bytes:
    """Begin an envelope with its rare fields."""
    parts = []
    if deleted_at is not None:
        parts.append(b'deleted_at":"%b"' % iso(deleted_at).encode())
    if backfilled:
        parts.append(b'backfilled":true')
    if rules_left_out:
        parts.append(b'rules_left_out":%d' % rules_left_out)
    if edit_of:
        parts.append(b'edit_of":"%b"' % _quoted(edit_of))
    if version:
        parts.append(b'version":"%b"' % _quoted(version))
    return KEY + b',"'.join((*parts, b'received_at":"'))


def _stamp(ms: int) -> bytes:
    """Format a time; many lines share a second, so the last one is cached."""
    global _second
    second, rest = divmod(ms, 1000)
    known, text = _second
    if known != second:
        text = iso(ms)[:20].encode()
        _second = (second, text)
    return b"%b%03dZ" % (text, rest)


def _fits(raw: bytes) -> bool:
    """Return whether a key can be put in front and the result is one line of text."""
    if raw[:1] != b"{" or raw[-1:] != b"}" or _NEWLINE in raw or _RETURN in raw:
        return False
    if raw[1:2] != b'"' and raw[1:].lstrip()[:1] != b'"':
        return False  # an empty object, or none at all
    if raw.isascii():
        return True
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_json(raw: bytes) -> bool:
    try:
        msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True


def _quoted(id: str) -> bytes:
    """Encode for use between quotation marks, with none inside: `unwrap` looks for the next."""
    if id.isascii() and (id.isalnum() or (id.isprintable() and '"' not in id and "\\" not in id)):
        return id.encode()
    try:
        return msgspec.json.encode(id)[1:-1].replace(b'\\"', b"\\u0022")
    except UnicodeEncodeError:  # half of a surrogate pair
        return _quoted(id.encode("utf-8", "replace").decode())
