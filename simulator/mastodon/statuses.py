"""Made-up statuses of the shape and the markup that Mastodon sends."""

import html
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from simulator.posts import Object, SimulatedPost, iso

_TOKEN = re.compile(r"(?P<link>https?://\S+)|(?<!\w)#(?P<tag>\w+)|(?<!\w)@(?P<name>\w+)")
_SHOWN = 30
"""Characters of a link that are shown; the rest is markup that browsers hide."""


def status_ids() -> Iterator[str]:
    """Yield rising ids like Mastodon's: milliseconds, then 16 bits of sequence."""
    last = 0
    while True:
        last = max(id_at(time.time()), last + 1)
        yield str(last)


def id_at(unix_seconds: float) -> int:
    """Return the lowest id of a moment: a post that arrives late gets an id of its past."""
    return int(unix_seconds * 1000) << 16


def moment_of(created_at: str) -> float:
    """Return the unix seconds of an ISO time. Raises ValueError."""
    moment = datetime.fromisoformat(created_at)
    return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()


def markup(text: str, host: str) -> str:
    """Write a text as an instance does: paragraphs, breaks, links, hashtags and mentions."""
    paragraphs = [
        "<br />".join(_line(line, host) for line in paragraph.split("\n"))
        for paragraph in text.split("\n\n")
    ]
    return "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)


def tags_in(text: str) -> list[str]:
    """Return the hashtags of a text, without their sign."""
    return [found["tag"] for found in _TOKEN.finditer(text) if found["tag"]]


def status(post_id: str, host: str, text: str, **fields: Any) -> Object:
    """Make a whole status of a text; `fields` replace what they name."""
    account = {
        "id": "7",
        "username": "ann",
        "acct": "ann",
        "display_name": "Ann",
        "bot": False,
        "avatar": f"https://{host}/avatars/original/missing.png",
    }
    account |= fields.pop("account", {})
    name = account["username"]
    made: Object = {
        "id": post_id,
        "created_at": iso((int(post_id) >> 16) / 1000),
        "in_reply_to_id": None,
        "in_reply_to_account_id": None,
        "sensitive": False,
        "spoiler_text": "",
        "visibility": "public",
        "language": "en",
        "uri": f"https://{host}/users/{name}/statuses/{post_id}",
        "url": f"https://{host}/@{name}/{post_id}",
        "replies_count": 0,
        "reblogs_count": 0,
        "favourites_count": 0,
        "edited_at": None,
        "content": markup(text, host),
        "reblog": None,
        "application": {"name": "Web", "website": None},
        "account": account,
        "media_attachments": [],
        "mentions": [],
        "tags": [
            {"name": tag.lower(), "url": f"https://{host}/tags/{tag.lower()}"}
            for tag in tags_in(text)
        ],
        "emojis": [],
        "card": None,
        "poll": None,
    }
    return made | fields


def from_generated(post: SimulatedPost, post_id: str, host: str) -> Object:
    """Make a status of a post that the generator wrote; every third author lives elsewhere."""
    author = post.author.data if post.author else {"id": "7", "username": "ann", "name": "Ann"}
    name = author["username"]
    remote = int(author["id"]) % 3 == 0
    account = {
        "id": author["id"],
        "username": name,
        "acct": f"{name}@elsewhere.example" if remote else name,
        "display_name": author["name"],
    }
    return status(post_id, host, post.text(), language=post.data.get("lang"), account=account)


def _line(text: str, host: str) -> str:
    parts, at = [], 0
    for found in _TOKEN.finditer(text):
        parts += [html.escape(text[at : found.start()], quote=False), _marked(found, host)]
        at = found.end()
    return "".join((*parts, html.escape(text[at:], quote=False)))


def _marked(found: re.Match[str], host: str) -> str:
    if tag := found["tag"]:
        href = f"https://{host}/tags/{tag.lower()}"
        return f'<a href="{href}" class="mention hashtag" rel="tag">#<span>{tag}</span></a>'
    if name := found["name"]:
        return (
            f'<span class="h-card" translate="no"><a href="https://{host}/@{name}"'
            f' class="u-url mention">@<span>{name}</span></a></span>'
        )
    scheme, _, rest = found["link"].partition("://")
    shown, hidden = html.escape(rest[:_SHOWN]), html.escape(rest[_SHOWN:])
    cut = "ellipsis" if hidden else ""
    return (
        f'<a href="{html.escape(found["link"])}" target="_blank" rel="nofollow noopener">'
        f'<span class="invisible">{scheme}://</span><span class="{cut}">{shown}</span>'
        f'<span class="invisible">{hidden}</span></a>'
    )
