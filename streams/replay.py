"""A replay: which recording a stream plays again, how fast, and how far it has come."""

import re
from pathlib import Path
from typing import Self

import msgspec

from streams.filter import FilterError
from streams.live.report import Fault

REPLAY = "replay"
"""The source of such streams."""
SLOWEST, FASTEST = 0.01, 10_000.0
KNOWN_FORMATS = (
    "captures and exports of Weir, X's API v1.1 and v2 (streams, responses, twarc, 4CAT),"
    " X's account archive, Gnip, TCAT and twarc-csv tables, WARC, Bluesky and Mastodon;"
    " plain, gzip, bzip2, xz, zstd, tar or zip"
)
_FILE = re.compile(r"[0-9a-f]{16}-[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


class Replay(msgspec.Struct, frozen=True):
    """What to play: a collection of the stream's owner, or a file that they uploaded.

    Only what was received in [`since`, `until`) (ms since the epoch) is played. `run` rises each
    time it begins anew: what was noted of an earlier run says nothing of this one.
    """

    collection: str | None = None
    file: str | None = None
    speed: float = 1.0
    """How many times as fast as it was; 0 is as fast as it goes."""
    since: int | None = None
    until: int | None = None
    run: int = 1

    def checked(self) -> Self:
        """Return it, or raise FilterError for the first fault."""
        if (self.collection is None) == (self.file is None):
            text = "name either a collection of yours or a file that you uploaded"
            raise FilterError("collection", "one_recording", text)
        if self.speed != 0 and not SLOWEST <= self.speed <= FASTEST:
            text = f"a speed is 0 (unpaced) or lies between {SLOWEST} and {FASTEST:,.0f}"
            raise FilterError("speed", "bad_speed", text)
        if (self.since or 0) >= (self.until or 1 << 62):
            raise FilterError("until", "bad_range", "the end lies after the beginning")
        return self


class ReplayProgress(msgspec.Struct, frozen=True):
    """How far a run has come. Times are ms since the epoch.

    `lines` of the recording are done and kept; `moment` is the time in the recording, `share` the
    part of it that is done (0 to 1), `said` the same in words.
    """

    stream_id: str
    run: int
    began_at: int
    lines: int = 0
    posts: int = 0
    share: float = 0.0
    moment: int | None = None
    said: str | None = None
    ended_at: int | None = None
    fault: Fault | None = None
    """Why it ended before the end of the recording."""

    def has_ended(self, replay: Replay) -> bool:
        """Return whether this run of the replay is over."""
        return self.run == replay.run and self.ended_at is not None


def is_file_id(text: str) -> bool:
    """Return whether a text can be the name of an uploaded file; no path can."""
    return _FILE.fullmatch(text) is not None


def uploads(data_dir: Path, account_id: int) -> Path:
    """Name the folder of an account's uploaded files."""
    return data_dir / "uploads" / str(account_id)


def upload(data_dir: Path, account_id: int, file_id: str) -> Path:
    """Name the place of an uploaded file; raises ValueError for what is no file's name."""
    if not is_file_id(file_id):
        raise ValueError(f"not the name of an uploaded file: {file_id[:40]!r}")
    return uploads(data_dir, account_id) / file_id
