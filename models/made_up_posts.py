"""Writes made-up labelled posts that real sets lack: python -m models.made_up_posts."""

import argparse
from pathlib import Path

from models.command import run
from models.labelled_posts import LabelledPost

SOURCE = "made-up"
_EMOJI = {
    "positive": "❤👍😂😍😊🎉💯🥰🙌😁💕👏😘😄😃😀🤗😎💖💙💜💛💚✨🤣😆☺😇🥳💪👌🙏🔥",
    "negative": "👎😡😢💔😠😞🤮😤😭😒😔😩😫🙄🤬😖😣😷🤢🖕",
}
# Beside text an emoji says little of its own; enough copies make it count when it stands alone.
_COPIES = 8


def made_up_posts() -> list[LabelledPost]:
    """Return posts of one emoji, once to three times repeated; the same posts at each call."""
    texts = [
        (label, emoji * count)
        for label, all_ in _EMOJI.items()
        for emoji in all_
        for count in (1, 2, 3)
        for _ in range(_COPIES)
    ]
    return [
        LabelledPost(f"made-up-{number}", label, text, SOURCE)
        for number, (label, text) in enumerate(texts)
    ]


def main() -> None:
    """Write the posts as a file that models.train takes."""
    parser = argparse.ArgumentParser(prog="python -m models.made_up_posts", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the file (TSV)")
    arguments = parser.parse_args()
    posts = made_up_posts()
    lines = ["\t".join(line) for line in (LabelledPost._fields, *posts)]
    arguments.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(posts)} posts in {arguments.out}")


if __name__ == "__main__":
    run(main)
