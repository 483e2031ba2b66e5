"""Writes made-up labelled posts that real sets lack: python -m models.made_up_posts."""

import argparse
from pathlib import Path

import numpy as np

from models.command import run
from models.distill import LABELS
from models.labelled_posts import LabelledPost
from models.made_up_sentences import made_up_sentences

SOURCE, SENTENCES = "made-up", "made-up sentences"
_EMOJI = {
    "positive": "❤👍😂😍😊🎉💯🥰🙌😁💕👏😘😄😃😀🤗😎💖💙💜💛💚✨🤣😆☺😇🥳💪👌🙏🔥",
    "negative": "👎😡😢💔😠😞🤮😤😭😒😔😩😫🙄🤬😖😣😷🤢🖕",
}
# Beside text an emoji says little of its own; enough copies make it count when it stands alone.
_COPIES = 8
SENTENCE_TIMES = 2
"""The fast model reads words one by one and needs more of the sentences than the accurate one."""


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


def sentence_posts() -> list[LabelledPost]:
    """Return the sentences of models.made_up_sentences, each with the label of its greatest share.

    They are for a teacher to label: its shares say more than one label does.
    """
    return [
        LabelledPost(
            f"made-up-sentence-{number}", LABELS[int(np.argmax(each.shares))], each.text, SENTENCES
        )
        for number, each in enumerate(made_up_sentences(SENTENCE_TIMES))
    ]


def main() -> None:
    """Write the posts, and the sentences if asked for, as files that models.train takes."""
    parser = argparse.ArgumentParser(prog="python -m models.made_up_posts", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the file (TSV)")
    parser.add_argument(
        "--sentences", type=Path, metavar="FILE", help="file for sentences that a teacher labels"
    )
    arguments = parser.parse_args()
    for path, posts in ((arguments.out, made_up_posts()), (arguments.sentences, sentence_posts())):
        if path is not None:
            lines = ["\t".join(line) for line in (LabelledPost._fields, *posts)]
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
            print(f"{len(posts)} posts in {path}")


if __name__ == "__main__":
    run(main)
