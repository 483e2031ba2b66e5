"""Made-up batches of tagged posts."""

import msgspec

from streams.batch import Batch
from streams.post import Label, Post


def batch(number: int, *routes: tuple[str, ...], label: Label = "neutral", fence: int = 1) -> Batch:
    """Make a batch with one post a route; texts are `number.index`."""
    posts = [
        Post(id=f"{number}{i}", text=f"{number}.{i}\nline", label=label) for i in range(len(routes))
    ]
    return Batch("x", fence, number, posts, list(routes))


def texts(posts: bytes) -> list[str]:
    """Return the first lines of the posts of a JSON array."""
    decoded = msgspec.json.decode(posts, type=list[Post])
    return [post.text.split("\n")[0] for post in decoded]
