"""A status of Mastodon, decoded to a post: text, warning, boost, quote, edit, addresses."""

import json
import re
from urllib.parse import urlsplit

import msgspec

from streams.post import Author, Kind, Post, device_of
from workers.sources.mastodon.html_text import plain_text
from workers.sources.x.tolerant import decode_tolerantly

_LONGEST_LANGUAGE = 10
_WEB = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)


class WireStatusAuthor(msgspec.Struct, gc=False):
    """An author; `acct` names the server as well unless it is the one that was asked."""

    id: str = ""
    username: str | None = None
    acct: str | None = None
    display_name: str | None = None
    avatar: str | None = None


class WireApplication(msgspec.Struct, gc=False):
    """The program that a post was written with."""

    name: str | None = None


class WireTag(msgspec.Struct, gc=False):
    """A hashtag, without its sign."""

    name: str = ""


class WireAttachment(msgspec.Struct, gc=False):
    """A picture, video or sound."""

    description: str | None = None


class WireQuote(msgspec.Struct, gc=False):
    """A quote of another post, and whether its author agreed."""

    state: str | None = None
    quoted_status: "WireStatus | None" = None


class WireStatus(msgspec.Struct, gc=False):
    """A status; all fields that are not named here are ignored."""

    id: str = ""
    created_at: str | None = None
    edited_at: str | None = None
    content: str | None = None
    spoiler_text: str | None = None
    language: str | None = None
    visibility: str | None = None
    uri: str | None = None
    url: str | None = None
    in_reply_to_id: str | None = None
    account: WireStatusAuthor | None = None
    application: WireApplication | None = None
    quote: WireQuote | None = None
    reblog: "WireStatus | None" = None
    tags: list[WireTag] = []
    media_attachments: list[WireAttachment] = []


class StatusPost(msgspec.Struct, frozen=True):
    """The post of a status, and what its filters are matched against.

    Filters search `more` besides the text: hashtags that only the metadata holds, and a quoted
    post. `edited_at` is set in a later version of a post that came before. A token may also see
    what was not meant for everybody: then `public` is False. `local` says that the author is the
    instance's own.
    """

    post: Post
    more: tuple[str, ...]
    edited_at: str | None = None
    public: bool = True
    local: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The author's handle with the instance, which an instance leaves out of its own."""
        author = self.post.author
        if not self.local or author is None or not author.handle:
            return ()
        return (f"{author.handle}@{urlsplit(self.post.url or '').netloc}",)


class BadStatus(msgspec.Struct, frozen=True):
    """A status that cannot be shown; `kind` is one of not_json, bad_utf8, wrong_type, no_id,
    no_text."""

    kind: str


_decode = msgspec.json.Decoder(WireStatus).decode


def read_status(raw: bytes, received_at: int) -> StatusPost | BadStatus:
    """Decode a status that came at `received_at` (ms since the epoch); never raises.

    A field of an unexpected type costs what it holds, not the post.
    """
    try:
        status = _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = _tolerant(raw)
        if isinstance(found, BadStatus):
            return found
        status = found
    return _post(status, received_at)


def _tolerant(raw: bytes) -> WireStatus | BadStatus:
    try:
        return decode_tolerantly(raw, WireStatus)
    except UnicodeDecodeError:
        return BadStatus("bad_utf8")
    except json.JSONDecodeError:
        return BadStatus("not_json")
    except (ValueError, RecursionError):
        return BadStatus("wrong_type")


def _post(status: WireStatus, received_at: int) -> StatusPost | BadStatus:
    if not status.id:
        return BadStatus("no_id")
    shown = status.reblog or status
    if not (text := _text(shown)):
        return BadStatus("no_text")
    post = Post(
        id=status.id,
        text=text,
        platform="mastodon",
        source=device_of(shown.application.name) if shown.application else "other",
        kind=_kind(status),
        created_at=status.created_at,
        received_at=received_at,
        lang=_language(shown.language),
        author=_author(status.account),
        original=_author(status.reblog.account) if status.reblog else None,
        url=_address(status.url) or _address(shown.url) or _address(status.uri),
    )
    if status.edited_at:
        post.edited = True
    public = status.visibility not in ("private", "direct")
    local = status.account is not None and "@" not in (status.account.acct or "@")
    return StatusPost(post, _more(text, shown), status.edited_at, public, local)


def _text(shown: WireStatus) -> str:
    """Return the warning, the text, or else what the pictures show."""
    text = plain_text(shown.content or "")
    if not text:
        described = (each.description or "" for each in shown.media_attachments)
        text = "\n".join(filter(None, map(str.strip, described)))
    warning = (shown.spoiler_text or "").strip()
    return "\n".join(filter(None, (warning, text)))


def _more(text: str, shown: WireStatus) -> tuple[str, ...]:
    """Return hashtags that a post has without writing them, as some software sends them, and the
    text of a post that it quotes."""
    folded = text.casefold()
    unwritten = [f"#{tag.name}" for tag in shown.tags if f"#{tag.name.casefold()}" not in folded]
    quoted = shown.quote.quoted_status if shown.quote else None
    return (*unwritten, *((_text(quoted),) if quoted else ()))


def _kind(status: WireStatus) -> Kind:
    if status.reblog is not None:
        return "retweet"
    if status.in_reply_to_id:
        return "reply"
    return "quote" if status.quote is not None else "post"


def _author(account: WireStatusAuthor | None) -> Author | None:
    if account is None or not account.id:
        return None
    name = account.display_name or account.username
    return Author(account.id, account.acct, name, _address(account.avatar))


def _language(code: str | None) -> str | None:
    """Return the language that the author's program named, if it is one."""
    if not code or len(code) > _LONGEST_LANGUAGE or code == "und":
        return None
    return code


def _address(address: str | None) -> str | None:
    """Return an address of the web; another server's word for one may be anything."""
    return address if address and _WEB.fullmatch(address) else None
