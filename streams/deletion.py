"""A deletion: posts to take out of captures, recent posts and dashboards, on request."""

from typing import Literal, NamedTuple

import msgspec

DeletionState = Literal["asking", "working", "done"]
POST, AUTHOR = "post", "author"


class DeletedSubject(NamedTuple):
    """A post, or an author's posts received up to `asked_at` (ms), that an account took out."""

    number: int
    account_id: int
    kind: str
    value: str
    asked_at: int


class DeletionOrder(msgspec.Struct, frozen=True):
    """What is to be taken out, of one account's streams; `asked_at` is ms since the epoch.

    Of an author, the posts that were received up to `asked_at`. What a platform announced
    (`by_platform`) is gathered for a while: `heard_at` holds when each post or author was named.
    """

    id: str
    account_id: int
    reason: str
    asked_at: int
    posts: frozenset[str] = frozenset()
    authors: frozenset[str] = frozenset()
    by_platform: bool = False
    heard_at: dict[str, int] = {}

    def asked_for(self, value: str) -> int:
        """Return when the deletion of a post or author was asked for (ms)."""
        return self.heard_at.get(value, self.asked_at)


class MachineWork(msgspec.Struct, frozen=True):
    """How far a machine is; `done_at` is ms since the epoch, `trouble` why it tries again."""

    machine: str
    done_at: int | None = None
    looked: int = 0
    """Segments that it looked through."""
    trouble: str | None = None


class RemovedFromSegment(msgspec.Struct, frozen=True):
    """What was taken out of one segment: lines, and copies of posts inside other posts' lines."""

    machine: str
    collection: str
    file: str
    lines: int
    copies: int


class UnreachedClient(msgspec.Struct, frozen=True):
    """A capture client that nobody can reach, and the collections that it captured."""

    client: int
    name: str
    collections: tuple[str, ...]


class Deletion(msgspec.Struct, frozen=True):
    """A deletion and how far it is. `compliance` asks X what must go; `children` then do it."""

    id: str
    account_id: int
    reason: str
    asked_at: int
    compliance: bool
    parent: str | None
    posts: int
    authors: int
    found: int
    """Of the posts and authors that were named, those that were found anywhere."""
    recent: int
    """Recent posts that dashboards would have been given again."""
    by_platform: bool = False
    due_at: int | None = None
    """Until when (ms) what a platform announces is added, before files are changed."""
    machines: tuple[MachineWork, ...] = ()
    children: tuple[str, ...] = ()

    @property
    def done_at(self) -> int | None:
        """When the last machine was done; None while one is not."""
        ends = [work.done_at for work in self.machines]
        known = [end for end in ends if end is not None]
        return max(known, default=self.asked_at) if len(known) == len(ends) else None

    @property
    def state(self) -> DeletionState:
        """Sum up; what waits for a machine that is away goes on working."""
        if self.done_at is not None:
            return "done"
        return "asking" if self.compliance else "working"
