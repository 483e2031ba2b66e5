"""What a file is and holds: its containers, encodings, formats, times, languages and places."""

from collections import Counter
from collections.abc import Iterator

from workers.captures.segments.merge import SegmentMerge
from workers.captures.segments.timestamps import iso, posted_ms
from workers.replay.reader import CaptureReader

_NAMES = {
    "unknown": "JSON that holds no posts",
    "not_json": "text that is not JSON",
    "html": "HTML",
    "post_id": "a list of post ids",
    "torn": "the beginning of one record",
    "no_post_event": "events without posts",
    "empty_page": "responses without posts",
}


class NoPostsError(Exception):
    """Nothing was read; the text is one line that names what was seen."""


def what_was_seen(reader: CaptureReader, merge: SegmentMerge) -> str:
    """Describe in one line what files without posts hold."""
    if merge.unsupported:
        return next(iter(merge.unsupported.values()))
    if merge.damaged:
        return "the file is damaged"
    ignored: Counter[str] = Counter()
    for facts in merge.facts.values():
        ignored.update(facts.ignored)
    if ignored:
        kind, count = ignored.most_common(1)[0]
        return f"looks like a WARC of {kind}s ({count})"
    if not reader.skipped:
        return "the files are empty" if merge.facts else "it holds no file that Weir reads"
    kind, count = reader.skipped.most_common(1)[0]
    keys = f", such as an object with the keys {', '.join(reader.unknown_keys)}"
    such = keys if kind == "unknown" and reader.unknown_keys else ""
    return f"looks like {_NAMES.get(kind, kind.replace('_', ' '))} ({count} records{such})"


def inspection(reader: CaptureReader, merge: SegmentMerge, size: int) -> Iterator[str]:
    """Read everything and yield one line for each finding."""
    languages: Counter[str] = Counter()
    first = last = None
    posts = placed = 0
    for replayed in reader:
        posts += 1
        post = replayed.post
        languages[post.lang or "unknown"] += 1
        placed += post.coords is not None or post.place is not None
        if (at := posted_ms(post.created_at)) is not None:
            first, last = min(first or at, at), max(last or at, at)
    files = list(merge.facts.values())
    containers = Counter(" > ".join(each.containers) or "none" for each in files)
    encodings: Counter[str] = sum((each.encodings for each in files), Counter())
    shapes: Counter[str] = sum((each.shapes for each in files), Counter())
    yield f"files       {len(files)}, {size} bytes"
    yield f"containers  {_counts(containers)}"
    yield f"encoding    {_counts(encodings)}"
    yield f"shape       {_counts(shapes)}"
    yield f"posts       {posts}" + (f" ({_counts(reader.formats)})" if posts else "")
    yield f"no posts    {_counts(reader.skipped)}"
    if posts:
        yield f"deletions   {len(reader.deleted)}"
        yield f"posted      {_time(first)} to {_time(last)}"
        yield f"languages   {_counts(languages, 8)}"
        yield f"with place  {placed / posts:.1%}"
    else:
        yield f"seen        {what_was_seen(reader, merge)}"
    for name in merge.damaged:
        yield f"damaged     {name}"


def _counts(counter: "Counter[str]", most: int = 20) -> str:
    return ", ".join(f"{name}: {count}" for name, count in counter.most_common(most)) or "none"


def _time(ms: int | None) -> str:
    return iso(ms) if ms is not None else "unknown"
