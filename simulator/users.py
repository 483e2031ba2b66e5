"""The made-up people: authors of generated posts, and those who sign in."""

import hashlib
import random
import re
from importlib.resources import files
from typing import Any

import msgspec

from simulator.posts import Record

SIZE = 2_000
# X's own rule for handles.
USERNAME = re.compile(r"[A-Za-z0-9_]{1,15}")


def load(name: str) -> Any:
    """Read one of the package's data files."""
    return msgspec.json.decode(files("simulator").joinpath("data", name).read_bytes())


class UserDirectory:
    """All users by handle; the same seed gives the same people."""

    def __init__(self, seed: int) -> None:
        words = load("words.json")
        dice = random.Random(seed)
        cities = [city[0] for city in load("places.json")]
        self.authors: list[Record] = []
        self._by_name: dict[str, Record] = {}
        while len(self.authors) < SIZE:
            first, last = dice.choice(words["first_names"]), dice.choice(words["last_names"])
            handle = _handle(dice, first, last)
            if handle.lower() in self._by_name:
                continue
            user = _user(handle, f"{first} {last}", dice.choice(words["colours"]))
            user |= {
                "description": dice.choice(words["bios"]),
                "location": dice.choice(cities) if dice.random() < 0.6 else None,
                "verified": dice.random() < 0.08,
                "public_metrics": {
                    "followers_count": int(dice.paretovariate(0.8) * 10) % 900_000,
                    "following_count": dice.randrange(20, 2_000),
                    "tweet_count": dice.randrange(10, 40_000),
                    "listed_count": dice.randrange(50),
                },
            }
            self.authors.append(Record(user))
            self._by_name[handle.lower()] = self.authors[-1]

    def sign_in(self, username: str) -> Record:
        """Return the user of a handle, new or known. Raises ValueError for an impossible one."""
        if not USERNAME.fullmatch(username):
            raise ValueError("A user name has 1 to 15 letters, digits or underscores.")
        known = self._by_name.get(username.lower())
        if known is None:
            known = self._by_name[username.lower()] = Record(_user(username, username, "3d5a80"))
        return known


def _handle(dice: random.Random, first: str, last: str) -> str:
    pattern = dice.choice(["{f}_{l}", "{f}{l}{n}", "{f}{n}", "real{f}{n}", "{l}_{f}"])
    return pattern.format(f=first.lower(), l=last.lower(), n=dice.randrange(10, 9999))[:15]


def _user(handle: str, name: str, colour: str) -> dict[str, Any]:
    number = int.from_bytes(hashlib.sha256(handle.lower().encode()).digest()[:6], "big")
    return {
        "id": str(1_000 + number),
        "name": name,
        "username": handle,
        "created_at": f"20{10 + number % 14}-0{1 + number % 9}-1{number % 10}T08:00:00.000Z",
        "profile_image_url": _avatar(name[0].upper(), colour),
        "protected": False,
        "verified": False,
    }


def _avatar(initial: str, colour: str) -> str:
    """Draw an avatar as a data address, which needs neither a host nor a request."""
    return (
        "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 48 48'%3E"
        f"%3Crect width='48' height='48' fill='%23{colour}'/%3E%3Ctext x='24' y='33' "
        "font-family='sans-serif' font-size='26' fill='white' text-anchor='middle'%3E"
        f"{initial}%3C/text%3E%3C/svg%3E"
    )
