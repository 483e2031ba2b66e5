"""A stream's plan: when it runs, what it may cost, and whether its raw posts are kept."""

from typing import Literal, Self

import msgspec

from streams.collection import COLLECTION
from streams.file_names import ending_fault, timefmt_fault
from streams.filter import FilterError
from streams.names import ANY
from streams.price import POST_READ_USD
from streams.replay import Replay

MAX_DESCRIPTION = 2_000
MAX_TAGGERS = 8
"""Each costs time for every post."""

OnDeletion = Literal["redact", "mark"]
"""Whether deleted posts leave the files of a capture, or stay and are marked."""
Timing = Literal["early", "due", "over"]


class CaptureOptions(msgspec.Struct, frozen=True):
    """Keep the raw posts in files of a collection; what is None is as the machine has it."""

    collection: str
    minute_interval: int | None = None
    filename_timefmt: str | None = None
    extension: str | None = None
    temporary_extension: str | None = None
    compression: Literal["none", "gzip", "zstd"] | None = None
    on_deletion: OnDeletion = "redact"
    """What a capture does with posts that the platform deletes; a person's order removes them."""

    def checked(self) -> Self:
        """Return it, or raise FilterError for the first fault; fields are those of a plan."""
        if not COLLECTION.fullmatch(self.collection):
            text = "a collection is named with 1 to 64 letters, digits, spaces, _ and -"
            raise FilterError("capture.collection", "bad_name", text)
        if self.extension is not None and (expected := ending_fault(self.extension)):
            raise FilterError("capture.extension", "bad_ending", f"expected {expected}")
        if self.filename_timefmt is not None and (
            expected := timefmt_fault(self.filename_timefmt, self.extension or "")
        ):
            raise FilterError("capture.filename_timefmt", "bad_format", f"expected {expected}")
        return self


class Plan(msgspec.Struct, frozen=True):
    """Times are ms since the epoch. A budget is in posts, in dollars at X's price, or both."""

    description: str = ""
    capture: CaptureOptions | None = None
    starts_at: int | None = None
    ends_at: int | None = None
    budget_posts: int | None = None
    budget_usd: float | None = None
    machine: str | None = None
    """The collector machine to run on, by name; None is the one that runs everything else, `any`
    the one that has the most free slots when the stream starts."""
    priority: int = 0
    """Who stops last when a disk fills: the highest."""
    replay: Replay | None = None
    """What a stream on the source `replay` plays again."""
    taggers: tuple[str, ...] = ()
    """The taggers that label the posts besides sentiment, which always does."""
    instance: int | None = None
    """The Mastodon instance of its owner's that it reads; None is the one of the settings."""
    local: bool = False
    """On Mastodon: only posts of the instance's own people, not those of other servers."""
    backfill: bool = False
    """Search for the posts of gaps afterwards, where the platform has a search that is paid for."""

    def checked(self) -> Self:
        """Return the plan, or raise FilterError for the first fault."""
        if len(self.description) > MAX_DESCRIPTION:
            text = f"a description has at most {MAX_DESCRIPTION} characters"
            raise FilterError("description", "too_long", text)
        if len(self.taggers) > MAX_TAGGERS or len(set(self.taggers)) < len(self.taggers):
            text = f"name up to {MAX_TAGGERS} taggers, each once"
            raise FilterError("taggers", "too_many", text)
        if self.capture:
            self.capture.checked()
        if self.capture and self.replay and self.capture.collection == self.replay.collection:
            text = "a replay is kept in another collection than the one that it plays"
            raise FilterError("capture.collection", "same_collection", text)
        if (self.starts_at or 0) >= (self.ends_at or 1 << 62):
            raise FilterError("ends_at", "bad_range", "the end lies after the beginning")
        if self.replay and (self.budget_posts, self.budget_usd) != (None, None):
            raise FilterError("budget_posts", "no_budget", "a replay costs nothing: no budget")
        if self.replay and self.backfill:
            raise FilterError("backfill", "no_backfill", "a replay has no gaps to fill")
        if self.replay and self.machine == ANY:
            text = "a replay runs where its recording lies: name that machine, or none"
            raise FilterError("machine", "not_any", text)
        if self.budget_posts is not None and self.budget_posts < 1:
            raise FilterError("budget_posts", "bad_budget", "a budget is one post or more")
        if self.budget_usd is not None and not POST_READ_USD <= self.budget_usd <= 1e9:
            text = f"a budget is {POST_READ_USD} dollars (one post) or more"
            raise FilterError("budget_usd", "bad_budget", text)
        return self

    @property
    def most_posts(self) -> int | None:
        """How many posts the budget allows in all."""
        limits = [self.budget_posts] if self.budget_posts is not None else []
        if self.budget_usd is not None:
            limits.append(int(self.budget_usd / POST_READ_USD + 1e-9))
        return min(limits) if limits else None

    def timing(self, now: int) -> Timing:
        """Return whether a moment (ms) lies before, in or after the schedule."""
        if self.starts_at is not None and now < self.starts_at:
            return "early"
        if self.ends_at is not None and now >= self.ends_at:
            return "over"
        return "due"
