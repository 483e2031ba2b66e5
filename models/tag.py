"""Labels posts, one JSON object a line: python -m models.tag < in.ndjson > out.ndjson."""

import argparse
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from tqdm import tqdm

from models.accurate_model import ACCURATE, AnyModel, load_any
from models.command import run
from models.labelled_posts import DataError
from models.model import SHIPPED

BATCH = 128


class _Long(msgspec.Struct):
    text: str | None = None
    full_text: str | None = None


class _Post(msgspec.Struct):
    """The fields used here, as X API v1.1 and v2 name them."""

    text: str | None = None
    full_text: str | None = None
    lang: str | None = None
    note_tweet: _Long | None = None
    extended_tweet: _Long | None = None
    data: "_Post | None" = None

    def whole_text(self) -> str | None:
        """Return the longest form of the text that the post carries."""
        if self.note_tweet and self.note_tweet.text:
            return self.note_tweet.text
        if self.extended_tweet and self.extended_tweet.full_text:
            return self.extended_tweet.full_text
        return self.full_text if self.full_text is not None else self.text


_POST = msgspec.json.Decoder(_Post)
# Values stay exactly as they were written; only four members are added.
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])


def tag(model: AnyModel, lines: Iterable[bytes]) -> Iterator[bytes]:
    """Add `label`, `confidence`, `path` and `model` to each post, in order; skip blank lines.

    A post is `{"text": ...}`, or a captured one: X API v2 (`{"data": {"text": ...}}`) or v1.1.
    Raises DataError at the first line that is not a post, after yielding the lines before it.
    """
    posts = _posts(lines)
    while batch := list(islice(posts, BATCH)):
        _, texts, langs = zip(*batch, strict=True)
        said = model.predict(texts, langs)
        for (members, _, _), each in zip(batch, said, strict=True):
            added: dict[str, Any] = msgspec.structs.asdict(each)
            yield msgspec.json.encode({**members, **added}) + b"\n"


def _posts(lines: Iterable[bytes]) -> Iterator[tuple[dict[str, msgspec.Raw], str, str | None]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            post = _POST.decode(line)
            members = _MEMBERS.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise DataError(f"line {number}: not a post: {error}") from None
        inner = post.data or post
        text = inner.whole_text()
        if text is None:
            raise DataError(f"line {number}: a post without text")
        yield members, text, inner.lang


def main() -> None:
    """Label standard input onto standard output."""
    parser = argparse.ArgumentParser(prog="python -m models.tag", description=__doc__)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--model", type=Path, help="folder of the artefact (shipped model)")
    which.add_argument(
        "--speed",
        choices=("fast", "accurate"),
        default="fast",
        help="which of the two shipped sentiment models labels (default: fast)",
    )
    parser.add_argument(
        "--threshold",
        type=float,
        default=0.0,
        help="lowest confidence to label; below it a post is unknown (default: 0)",
    )
    arguments = parser.parse_args()
    folder = arguments.model or {"fast": SHIPPED, "accurate": ACCURATE}[arguments.speed]
    model = load_any(folder, threshold=arguments.threshold)
    lines = tqdm(sys.stdin.buffer, unit="post", file=sys.stderr)
    for line in tag(model, lines):
        sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    run(main)
