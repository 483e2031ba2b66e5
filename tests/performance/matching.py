"""What matching a post costs: each filter in turn against the index of all, interleaved.

python -m tests.performance.matching
"""

import random
import statistics
import time
from collections.abc import Callable

from streams.filter import Filter
from streams.post import Post
from workers.sources.local_match import FilterIndex, LocalMatch
from workers.sources.x.payload import Delivery

TERMS, POSTS, ROUNDS = 10, 200, 5


def measure(streams: int) -> tuple[float, float]:
    """Return the medians of CPU µs a post: the loop, and the index."""
    chance = random.Random(7)  # the same posts in each run
    known = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=6)) for _ in range(20_000)]
    filters = {
        str(number): LocalMatch(
            Filter(keywords=tuple(_term(chance, known) for _ in range(TERMS)), languages=())
        )
        for number in range(streams)
    }
    index = FilterIndex(filters)
    posts = [Delivery(Post("1", " ".join(chance.choices(known, k=20))), ()) for _ in range(POSTS)]

    def loop(post: Delivery) -> set[str]:
        return {stream_id for stream_id, match in filters.items() if match.matches(post)}

    costs = [(_cost(loop, posts), _cost(index.matching, posts)) for _ in range(ROUNDS)]
    return statistics.median(a for a, _ in costs), statistics.median(b for _, b in costs)


def _term(chance: random.Random, known: list[str]) -> str:
    word = chance.choice(known)
    return chance.choice((word, word, f"#{word}", f"{word} {chance.choice(known)}"))


def _cost(match: Callable[[Delivery], object], posts: list[Delivery]) -> float:
    began = time.process_time()
    for post in posts:
        match(post)
    return (time.process_time() - began) / len(posts) * 1e6


if __name__ == "__main__":
    for number in (1, 100, 1_000):
        loop_cost, index_cost = measure(number)
        print(f"{number:5} streams: loop {loop_cost:9.1f} µs a post, index {index_cost:5.1f} µs")
