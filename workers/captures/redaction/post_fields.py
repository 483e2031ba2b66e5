"""Fields of posts in lines of any format: ids, authors, repeats and versions."""

from collections.abc import Iterator
from typing import Any

_TEXTS = ("text", "full_text", "body", "content")
"""Where posts keep their text: those of X, Gnip's activities, Mastodon's statuses."""
NAMES = ("username", "screen_name", "handle", "preferredUsername", "acct")
_AUTHORS = ("user", "author", "author_user", "actor", "account")
_GNIP_POST, _GNIP_USER = "tag:search.twitter.com,2005:", "id:twitter.com:"
_REPEATED = ("retweeted_status", "reblog")


def written_forms(id: str) -> Iterator[str]:
    """Yield the forms in which lines write an id."""
    yield id
    if id.startswith("at://"):
        yield id.rpartition("/")[2]  # Jetstream names repository, collection and record apart
    else:
        yield _GNIP_POST + id
        yield _GNIP_USER + id


def is_post(node: dict[str, Any]) -> bool:
    """Return whether an object is a post: a mere reference has an id and no text."""
    holder = commit_of(node) or node
    record = holder.get("record") or holder.get("value")
    if id_of(node).startswith("at://") and isinstance(record, dict):
        return isinstance(record.get("text"), str)
    return any(isinstance(node.get(key), str) for key in _TEXTS) and bool(id_of(node))


def id_of(node: Any) -> str:
    """Return the id of a post or account as Weir shows it; empty for anything else."""
    if isinstance(node, dict):
        uri = node.get("uri")
        if commit := commit_of(node):
            return f"at://{node['did']}/{commit.get('collection')}/{commit.get('rkey')}"
        if isinstance(uri, str) and uri.startswith("at://"):
            return uri
    return _plain_id(node).removeprefix(_GNIP_POST).removeprefix(_GNIP_USER)


def commit_of(node: dict[str, Any]) -> dict[str, Any] | None:
    """Return the commit of an event of Jetstream; version 2 holds its fields beside the rest."""
    if "did" not in node:
        return None
    commit = node if "rkey" in node and "collection" in node else node.get("commit")
    return commit if isinstance(commit, dict) else None


def _plain_id(node: Any) -> str:
    found = (node.get("id_str") or node.get("id")) if isinstance(node, dict) else None
    if found is None and isinstance(node, dict) and isinstance(node.get("data"), dict):
        return id_of(node["data"])
    return str(found) if isinstance(found, str | int) else ""


def author_of(post: dict[str, Any]) -> str:
    """Return the id of the author, in the forms of X, Gnip, Mastodon and Bluesky."""
    for name in ("author_id", "did"):
        if isinstance(post.get(name), str):
            return str(post[name])
    user = next((post[name] for name in _AUTHORS if post.get(name)), None)
    return account_id_of(user)


def account_id_of(user: Any) -> str:
    """Return the id of an account, in any form; empty for anything else."""
    did = user.get("did") if isinstance(user, dict) else None
    return did if isinstance(did, str) else id_of(user)


def repeats_of(post: dict[str, Any]) -> list[str]:
    """Return the ids of the posts whose text this one repeats as its own."""
    references = post.get("referenced_tweets") or post.get("referenced_posts") or ()
    ids = [
        str(each.get("id"))
        for each in (references if isinstance(references, list) else ())
        if isinstance(each, dict) and each.get("type") == "retweeted"
    ]
    repeated = [post.get(name) for name in _REPEATED]
    if post.get("verb") == "share":
        repeated.append(post.get("object"))
    return ids + [id_of(each) for each in repeated if isinstance(each, dict)]


def versions_of(post: dict[str, Any]) -> list[str]:
    """Return the ids of all versions of an edited post; X deletes all of them with any one."""
    ids = post.get("edit_history_tweet_ids") or post.get("edit_history_post_ids")
    if not isinstance(ids, list) or len(ids) < 2:
        return []
    return [str(each) for each in ids if isinstance(each, str | int)]


def is_empty(value: Any) -> bool:
    """Return whether a page of posts has none left."""
    return isinstance(value, dict) and value.get("data") == []
