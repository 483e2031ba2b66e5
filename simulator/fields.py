"""Which fields and expansions a caller asked for, and posts rendered accordingly.

Names as in X's OpenAPI document, version 2.167.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from simulator.posts import Object, Record, SimulatedPost
from simulator.problems import invalid_request

TWEET = frozenset(
    "article attachments author_id card_uri community_id context_annotations conversation_id "
    "created_at display_text_range edit_controls edit_history_tweet_ids entities geo id "
    "in_reply_to_user_id lang matched_media_notes media_metadata note_request_suggestions "
    "note_tweet paid_partnership possibly_sensitive public_metrics referenced_tweets "
    "reply_settings scopes source suggested_source_links suggested_source_links_with_counts "
    "text withheld non_public_metrics organic_metrics promoted_metrics".split()
)
USER = frozenset(
    "affiliation confirmed_email connection_status created_at description entities id "
    "is_identity_verified location most_recent_tweet_id name parody pinned_tweet_id "
    "profile_banner_url profile_image_url protected public_metrics receives_your_dm subscription "
    "subscription_type url username verified verified_followers_count verified_type "
    "withheld".split()
)
PLACE = frozenset("contained_within country country_code full_name geo id name place_type".split())
MEDIA = frozenset(
    "alt_text duration_ms height media_key non_public_metrics organic_metrics preview_image_url "
    "promoted_metrics public_metrics type url variants width".split()
)
POLL = frozenset("duration_minutes end_datetime id options voting_status".split())
EXPANSIONS = frozenset(
    "article.cover_media article.media_entities attachments.media_keys "
    "attachments.media_source_tweet attachments.poll_ids author_id edit_history_tweet_ids "
    "entities.mentions.username geo.place_id in_reply_to_user_id "
    "entities.note.mentions.username referenced_tweets.id "
    "referenced_tweets.id.attachments.media_keys referenced_tweets.id.author_id".split()
)
# An expansion also brings the field that holds the id it follows.
_CARRIER = {
    "author_id": "author_id",
    "geo.place_id": "geo",
    "in_reply_to_user_id": "in_reply_to_user_id",
    "referenced_tweets.id": "referenced_tweets",
    "referenced_tweets.id.author_id": "referenced_tweets",
    "attachments.media_keys": "attachments",
    "attachments.poll_ids": "attachments",
    "entities.mentions.username": "entities",
}
_KINDS = {
    "tweet.fields": (TWEET, frozenset({"id", "text", "edit_history_tweet_ids"})),
    "user.fields": (USER, frozenset({"id", "name", "username"})),
    "place.fields": (PLACE, frozenset({"id", "full_name"})),
    "media.fields": (MEDIA, frozenset({"media_key", "type"})),
    "poll.fields": (POLL, frozenset({"id", "options"})),
    "expansions": (EXPANSIONS, frozenset[str]()),
}
_encode = msgspec.json.Encoder().encode


class Selection:
    """The fields of one request; ready to render posts and users."""

    def __init__(self, chosen: Mapping[str, frozenset[str]]) -> None:
        self.expansions = chosen["expansions"]
        carried = {_CARRIER[name] for name in self.expansions if name in _CARRIER}
        self.tweet = chosen["tweet.fields"] | carried
        self.user = chosen["user.fields"]
        self.place = chosen["place.fields"]
        self.media = chosen["media.fields"]
        self.poll = chosen["poll.fields"]
        self._follows_posts = bool(
            self.expansions & {"referenced_tweets.id", "referenced_tweets.id.author_id"}
        )

    def data(self, post: SimulatedPost) -> Object:
        """Return those of the asked fields that the post has."""
        wanted = self.tweet
        return {k: v for k, v in post.data.items() if k in wanted and v is not None}

    def includes(self, posts: Iterable[SimulatedPost]) -> Object:
        """Return the objects that the expansions reach from these posts, each once."""
        asked = self.expansions
        users: dict[Record, None] = {}
        places: dict[Record, None] = {}
        media: dict[Record, None] = {}
        polls: dict[Record, None] = {}
        tweets: dict[str, SimulatedPost] = {}
        for post in posts:
            self._add_users(post, users)
            if post.place and "geo.place_id" in asked:
                places[post.place] = None
            if post.media and "attachments.media_keys" in asked:
                media |= dict.fromkeys(post.media)
            if post.polls and "attachments.poll_ids" in asked:
                polls |= dict.fromkeys(post.polls)
            if post.referenced and self._follows_posts:
                for original in post.referenced:
                    tweets[original.id] = original
                    if "referenced_tweets.id.attachments.media_keys" in asked:
                        media |= dict.fromkeys(original.media)
        found = {
            "users": [u.json(self.user) for u in users],
            "tweets": [self.data(t) for t in tweets.values()],
            "places": [p.json(self.place) for p in places],
            "media": [m.json(self.media) for m in media],
            "polls": [p.json(self.poll) for p in polls],
        }
        return {kind: items for kind, items in found.items() if items}

    def render(self, post: SimulatedPost) -> bytes:
        """Return the members `"data"` and `"includes"` of a post's JSON, without the braces."""
        if post.rendered and post.rendered[0] is self:
            return post.rendered[1]
        data = b'"data":' + _encode(self.data(post))
        if not self.expansions:
            return data
        includes = self.includes((post,))
        return data + b',"includes":' + _encode(includes) if includes else data

    def _add_users(self, post: SimulatedPost, found: dict[Record, None]) -> None:
        asked = self.expansions
        if post.author and "author_id" in asked:
            found[post.author] = None
        if post.referenced and "referenced_tweets.id.author_id" in asked:
            found |= dict.fromkeys(p.author for p in post.referenced if p.author)
        replied_to = "in_reply_to_user_id" in asked and post.data.get("in_reply_to_user_id")
        mentioned: set[str] = set()
        if "entities.mentions.username" in asked:
            mentions = (post.data.get("entities") or {}).get("mentions") or ()
            mentioned = {mention["username"] for mention in mentions}
        if replied_to or mentioned:
            known = (*post.users, *(p.author for p in post.referenced if p.author))
            for user in known:
                if user.data["id"] == replied_to or user.data.get("username") in mentioned:
                    found[user] = None


EVERYTHING = Selection({name: known for name, (known, _) in _KINDS.items()})


def parse(arguments: Mapping[str, str]) -> Selection:
    """Read a request's comma lists. Raises the 400 problem for an unknown name."""
    chosen: dict[str, frozenset[str]] = {}
    for parameter, (known, default) in _KINDS.items():
        names = {name.strip() for name in arguments.get(parameter, "").split(",")} - {""}
        for name in sorted(names - known):
            listed = ",".join(sorted(known))
            raise invalid_request(
                parameter,
                arguments[parameter],
                f"The `{parameter}` query parameter value [{name[:100]}] is not one of [{listed}]",
            )
        chosen[parameter] = default | names
    return Selection(chosen)


def user_fields(user: Record, selection: Selection) -> Any:
    """Render one user."""
    return user.json(selection.user)
