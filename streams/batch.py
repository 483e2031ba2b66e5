"""A batch: the posts that travel together from a collector to a tagger."""

from collections import Counter

import msgspec

from streams.post import Post


class Batch(msgspec.Struct, array_like=True):
    """`routes[i]` holds the ids of the streams that `posts[i]` goes to.

    `taggers` names those besides sentiment, each with the indices of the posts that it labels.
    `counted_at` (seconds since the epoch) is when posts count that fill a gap; others count when
    they are relayed.
    `edits` holds, by index of a post that was edited, the streams that got an earlier version.
    """

    slot: str
    fence: int
    number: int
    posts: list[Post]
    routes: list[tuple[str, ...]]
    taggers: dict[str, list[int]] = {}
    counted_at: int | None = None
    edits: dict[int, tuple[str, ...]] = {}

    @property
    def id(self) -> str:
        """Name the batch for ever: fences rise with each owner, numbers with each batch."""
        return f"{self.slot}:{self.fence}:{self.number}"

    def counted(self) -> Counter[str]:
        """Count the posts that each stream gets; a later version of one that it got is none."""
        counts = Counter(stream_id for stream_ids in self.routes for stream_id in stream_ids)
        for index, had in self.edits.items():
            counts.subtract(set(had).intersection(self.routes[index]))
        return +counts

    def pack(self) -> bytes:
        """Encode as MessagePack."""
        return msgspec.msgpack.encode(self)

    @staticmethod
    def unpack(packed: bytes) -> "Batch":
        """Decode what pack made; raises msgspec.DecodeError for anything else."""
        return _decoder.decode(packed)


_decoder = msgspec.msgpack.Decoder(Batch)
