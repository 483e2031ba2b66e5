"""Believable made-up posts: every kind that X has, in words whose mood can be told."""

import hashlib
import random
import re
from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeVar

from simulator.posts import Object, Record, SimulatedPost, iso
from simulator.settings import SimulatorSettings
from simulator.users import UserDirectory, load

T = TypeVar("T")
MOODS = ("positive", "negative", "neutral")
# Retweets have no place, so that four in ten of all posts have one.
PLACED = 0.45
_SLOT = re.compile(r"\{(\w+)\}")
_TAG = re.compile(r"#(\w+)")
_MENTION = re.compile(r"@(\w+)")


class Sentence(NamedTuple):
    """A template cut at its slots: literal, slot, literal, slot, …, literal."""

    parts: tuple[str, ...]


class City(NamedTuple):
    """A real city: the place object of its posts, and its box."""

    name: str
    place: Record
    box: tuple[float, float, float, float]


DEVICES = ("Twitter for iPhone", "Twitter for Android", "Twitter Web App", "TweetDeck")
DEVICE_WEIGHTS = (45, 30, 20, 5)
"""As X's v1.1 named them, until 2022."""


class TextWriter:
    """Writes one post after the other; the same seed gives the same texts and authors."""

    def __init__(
        self,
        users: UserDirectory,
        ids: Iterator[str],
        seed: int,
        settings: SimulatorSettings | None = None,
    ) -> None:
        words = load("words.json")
        self._settings = settings or SimulatorSettings()
        self._dice = random.Random(seed)
        self._rare = random.Random(seed)
        """Decides what settings add, so that the texts stay the same with and without it."""
        self._ids = ids
        self._authors = users.authors
        self._cities, self._city_weights = _cities()
        self._city = self._cities[0]
        self._slots: dict[str, list[str]] = words["slots"]
        self._openers, self._closers = words["openers"], words["closers"]
        self._emoji, self._replies = words["emoji"], words["replies"]
        self._comments = words["comments"]
        self._topics = [
            ({mood: [_cut(text) for text in topic[mood]] for mood in MOODS}, topic["tags"])
            for topic in load("topics.json").values()
        ]
        self._languages = [
            (lang, [_cut(text) for text in texts]) for lang, texts in load("languages.json").items()
        ]
        self._recent: deque[SimulatedPost] = deque(maxlen=300)

    def write(self, now: float) -> SimulatedPost:
        """Write a post that is made at this moment (unix seconds)."""
        roll = self._dice.random()
        mood = self._pick(MOODS)
        self._city = self._dice.choices(self._cities, cum_weights=self._city_weights)[0]
        if roll > 0.70 and self._recent:
            original = self._pick(self._recent)
            if roll > 0.88:
                return self._retweet(original, now)
            if roll > 0.78:
                return self._reply(original, mood, now)
            return self._quote(original, mood, now)
        if roll < 0.09:
            post = self._foreign(now)
        elif roll < 0.14:
            post = self._long(mood, now)
        else:
            post = self._plain(self._text(mood), now)
        self._recent.append(post)
        return post

    def _pick(self, choices: "list[T] | tuple[T, ...] | deque[T]") -> T:
        return choices[int(self._dice.random() * len(choices))]

    def _fill(self, sentence: Sentence) -> str:
        parts = list(sentence.parts)
        for at in range(1, len(parts), 2):
            slot = parts[at]
            parts[at] = self._city.name if slot == "city" else self._pick(self._slots[slot])
        return "".join(parts)

    def _text(self, mood: str) -> str:
        sentences, tags = self._pick(self._topics)
        text: str = self._pick(self._openers[mood]) + self._fill(self._pick(sentences[mood]))
        closer = self._pick(self._closers[mood])
        if closer[:1] == " " and text[-1].isalnum():
            text += "."
        text += closer
        roll = self._dice.random()
        if roll < 0.3:
            text += " " + self._pick(self._emoji[mood])
        if 0.2 < roll < 0.6:
            text += " #" + self._pick(tags)
        return text

    def _plain(self, text: str, now: float, lang: str = "en", **more: Any) -> SimulatedPost:
        author = self._pick(self._authors)
        post_id = next(self._ids)
        linked: dict[str, Any] = {
            name: more.pop(name) for name in ("referenced", "users") if name in more
        }
        data: Object = {
            "id": post_id,
            "text": text,
            "edit_history_tweet_ids": [post_id],
            "author_id": author.data["id"],
            "conversation_id": post_id,
            "created_at": iso(now),
            "lang": lang,
            "possibly_sensitive": False,
            "reply_settings": "everyone",
            "public_metrics": {
                "retweet_count": 0,
                "reply_count": 0,
                "like_count": 0,
                "quote_count": 0,
                "bookmark_count": 0,
                "impression_count": 0,
            },
        }
        entities = _entities(text)
        if entities:
            data["entities"] = entities
        data |= more | self._added()
        kinds = [link["type"] for link in more.get("referenced_tweets", ())]
        place = None
        if "retweeted" not in kinds and self._dice.random() < PLACED:
            place = self._city.place
            data["geo"] = {"place_id": place.data["id"]}
            if self._dice.random() < 0.1:
                data["geo"]["coordinates"] = self._point(self._city)
        return SimulatedPost(data, author, place, **linked)

    def _added(self) -> Object:
        """Return the fields that settings ask for."""
        added: Object = {}
        if self._settings.devices:
            added["source"] = self._rare.choices(DEVICES, DEVICE_WEIGHTS)[0]
        if self._rare.random() < self._settings.withheld_share:
            added["withheld"] = {"copyright": False, "country_codes": ["DE", "FR"]}
        if self._rare.random() < self._settings.paid_share:
            added["paid_partnership"] = True
        return added

    def _point(self, city: City) -> Object:
        west, south, east, north = city.box
        lon = west + (east - west) * (0.2 + 0.6 * self._dice.random())
        lat = south + (north - south) * (0.2 + 0.6 * self._dice.random())
        return {"type": "Point", "coordinates": [round(lon, 5), round(lat, 5)]}

    def _foreign(self, now: float) -> SimulatedPost:
        lang, sentences = self._pick(self._languages)
        return self._plain(self._fill(self._pick(sentences)), now, lang)

    def _long(self, mood: str, now: float) -> SimulatedPost:
        sentences, tags = self._pick(self._topics)
        parts: list[str] = []
        while sum(map(len, parts)) < 320:
            parts.append(self._fill(self._pick(sentences[mood])) + ".")
        full = " ".join(parts) + " #" + self._pick(tags)
        note: Object = {"text": full}
        entities = _entities(full)
        if entities:
            note["entities"] = entities
        return self._plain(full[:279] + "…", now, note_tweet=note)

    def _reply(self, original: SimulatedPost, mood: str, now: float) -> SimulatedPost:
        to = original.author
        assert to is not None  # noqa: S101 - every generated post has an author
        return self._plain(
            f"@{to.data['username']} {self._pick(self._replies[mood])}",
            now,
            conversation_id=original.data["conversation_id"],
            in_reply_to_user_id=to.data["id"],
            referenced_tweets=[{"type": "replied_to", "id": original.id}],
            referenced=(original,),
            users=(to,),
        )

    def _quote(self, original: SimulatedPost, mood: str, now: float) -> SimulatedPost:
        return self._plain(
            self._pick(self._comments[mood]),
            now,
            referenced_tweets=[{"type": "quoted", "id": original.id}],
            referenced=(original,),
        )

    def _retweet(self, original: SimulatedPost, now: float) -> SimulatedPost:
        by = original.author
        assert by is not None  # noqa: S101 - every generated post has an author
        text = f"RT @{by.data['username']}: {original.data['text']}"
        if len(text) > 140:
            text = text[:139] + "…"
        return self._plain(
            text,
            now,
            original.data["lang"],
            referenced_tweets=[{"type": "retweeted", "id": original.id}],
            referenced=(original,),
            users=(by,),
        )


def _cut(template: str) -> Sentence:
    return Sentence(tuple(_SLOT.split(template)))


def _entities(text: str) -> Object:
    """Find hashtags and mentions, with X's positions."""
    entities: Object = {}
    if "#" in text:
        entities["hashtags"] = [
            {"start": m.start(), "end": m.end(), "tag": m[1]} for m in _TAG.finditer(text)
        ]
    if "@" in text:
        entities["mentions"] = [
            {"start": m.start(), "end": m.end(), "username": m[1]} for m in _MENTION.finditer(text)
        ]
    return entities


def _cities() -> tuple[list[City], list[float]]:
    cities: list[City] = []
    weights: list[float] = []
    for full_name, name, country, code, kind, *box, weight in load("places.json"):
        place = {
            "id": hashlib.sha256(full_name.encode()).hexdigest()[:16],
            "full_name": full_name,
            "name": name,
            "country": country,
            "country_code": code,
            "place_type": kind,
            "geo": {"type": "Feature", "bbox": box, "properties": {}},
        }
        cities.append(City(name, Record(place), tuple(box)))
        weights.append((weights[-1] if weights else 0.0) + weight)
    return cities, weights
