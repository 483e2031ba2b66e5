"""Backfill plan: what to search for, and the outcome. Pure decisions: no clock, no network."""

from collections.abc import Sequence

import msgspec

from streams.filter import Filter
from streams.store.edits import Edit
from streams.store.gaps import FillState, UnfilledGap
from streams.stream import Stream, Wanted
from workers.sources.gap_search import SearchWindow

MARGIN_MS = 10_000
"""How far a search reaches beyond both ends of a gap: X delivers a post a little after it was
written, and clocks differ. Weir does not capture again what it has."""
TOO_OLD, BUDGET_SPENT, OTHER_SOURCES = "too_old", "budget_spent", "other_sources"


class FillProgress(msgspec.Struct, frozen=True):
    """How far a gap has been searched: all before page `pages` is captured.

    The next page is of search number `query`, and holds posts older than `before_id`. Posts whose
    ids are `pending` were about to be captured: those that are, are part of what fills the gap.
    """

    query: int = 0
    before_id: str | None = None
    pages: int = 0
    pending: tuple[str, ...] = ()


def progress_of(gap: UnfilledGap) -> FillProgress:
    """Return how far an earlier attempt came; the beginning where that cannot be read."""
    try:
        return msgspec.json.decode(gap.progress or "{}", type=FillProgress)
    except msgspec.DecodeError:
        return FillProgress()


def run_around(stream: Stream, edits: Sequence[Edit], gap: UnfilledGap) -> SearchWindow:
    """Return from when to when the stream was to run, around a gap of it (ms).

    Where nothing says when a run began or ends, it reaches as far as MARGIN_MS may ask.
    """
    wanted = [(edit.at, edit.after["wanted"]) for edit in edits if "wanted" in edit.after]
    starts = [at for at, state in wanted if state == Wanted.RUNNING]
    ends = [at for at, state in wanted if state != Wanted.RUNNING]
    began = (at for at in (*starts, stream.plan.starts_at or 0) if at <= gap.started_at)
    ended = (at for at in (*ends, stream.plan.ends_at or 0) if at >= gap.ended_at)
    return SearchWindow(max(began, default=0), min(ended, default=gap.ended_at + MARGIN_MS))


def window_of(
    gap: UnfilledGap, run: SearchWindow, now: int, reach_ms: int, margin_ms: int
) -> tuple[SearchWindow, bool] | None:
    """Return the time to search for a gap, and whether the beginning of the gap is too old.

    None when all of it is older than the search reaches. Nothing outside `run` is asked for.
    """
    oldest = now - reach_ms
    if gap.ended_at <= oldest:
        return None
    since = max(gap.started_at - margin_ms, oldest, run.since)
    until = min(gap.ended_at + margin_ms, now, run.until)
    return SearchWindow(since, until), gap.started_at < oldest


def filter_at(stream: Stream, edits: Sequence[Edit], at: int) -> Filter:
    """Return the filter that a stream had at a moment (ms), by the record of its edits."""
    found = stream.filter
    for edit in reversed(edits):
        if edit.at <= at:
            break
        if edit.before.get("filter") is not None:
            found = msgspec.convert(edit.before["filter"], Filter)
    return found


def outcome_of(
    pages: int, stopped_by: str | None, is_clipped: bool, absent: Sequence[str]
) -> tuple[FillState, tuple[str, ...]]:
    """Return what became of a gap after so many pages, and the codes of what is missing.

    It is filled only when every search came to its end; `absent` never changes that.
    """
    if stopped_by and pages == 0:
        return "unfillable", (stopped_by,)
    missing = [TOO_OLD] if is_clipped else []
    if stopped_by:
        missing.append(stopped_by)
    return "partly" if missing else "filled", (*missing, *absent)


def page_size(room: int | None, least: int, most: int) -> int:
    """Return how many posts to ask for within a budget of `room`; 0 when it is too small."""
    if room is None:
        return most
    return min(room, most) if room >= least else 0
