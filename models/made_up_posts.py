"""Writes made-up labelled posts of kinds that models get wrong: python -m models.made_up_posts."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from models.behaviour_cases import expand
from models.command import run
from models.labelled_posts import LabelledPost

SOURCE = "made-up"
PER_TEMPLATE = 60
# Not the words of models.behaviour_cases, which are kept for testing.
_WORDS: dict[str, Sequence[str]] = {
    "thing": (
        "the movie",
        "my new laptop",
        "the food",
        "her album",
        "the game",
        "this app",
        "the service",
        "the weather",
        "that book",
        "the party",
        "my flight",
        "this season",
    ),
    "good": (
        "good",
        "great",
        "amazing",
        "awesome",
        "nice",
        "cool",
        "perfect",
        "beautiful",
        "fantastic",
        "wonderful",
        "funny",
        "interesting",
        "cute",
        "helpful",
        "the best",
    ),
    "bad": (
        "bad",
        "terrible",
        "awful",
        "horrible",
        "boring",
        "sad",
        "gross",
        "slow",
        "wrong",
        "scary",
        "lame",
        "weird",
        "the worst",
        "difficult",
        "rude",
    ),
    "love": ("love", "like", "enjoy", "recommend"),
    "loved": ("loved", "liked", "recommended", "cared about"),
    "hate": ("hate", "dislike", "regret"),
    "win": ("win", "triumph", "classic", "dream", "gem"),
    "loss": ("waste of time", "joke", "problem", "failing", "shame"),
    "spot": ("store", "office", "airport", "school", "theatre", "cafe"),
    "time": ("tuesday", "thursday", "sunday", "tomorrow", "next week"),
    "trouble": ("stuck in traffic", "no internet", "my train is cancelled", "it rains again"),
}
_TEMPLATES: dict[str, Sequence[str]] = {
    "negative": (
        "{thing} isn't {good}",
        "{thing} was not very {good}",
        "{thing} is not {good} at all",
        "{thing} is hardly {good}",
        "i can't say {thing} was {good}",
        "far from {good}, {thing}",
        "nothing {good} about {thing}",
        "{thing} was not a {win}",
        "{thing} was hardly a {win}",
        "not exactly {good}",
        "i don't {love} {thing}",
        "never {loved} {thing}",
        "i wish {thing} was {good}",
        "wish i could {love} {thing}",
        "i wish i {loved} {thing}",
        "i used to {love} {thing}",
        "{thing} used to be {good}",
        "{thing} should have been {good}",
        "i hoped {thing} would be {good}",
        "expected {thing} to be {good} but no",
        "oh great, {trouble}",
        "how {good}, {trouble} 🙄",
        "{trouble}. just what i needed",
        "thanks {thing}, {trouble} /s",
        "yeah, sure, {good} 🙄",
        "{trouble}, isn't it {good} #sarcasm",
    ),
    "positive": (
        "{thing} isn't {bad}",
        "{thing} was not {bad} at all",
        "not {bad} at all",
        "not {bad}, {thing}",
        "{thing} is never {bad}",
        "{thing} is far from {bad}",
        "nothing {bad} about {thing}",
        "{thing} was not a {loss}",
        "no {loss} at all, {thing}",
        "i don't {hate} {thing}",
        "can't {hate} {thing}",
        "i thought {thing} would be {bad} but no",
    ),
    "neutral": (
        "is {thing} {good}?",
        "is {thing} {bad}?",
        "has anyone tried {thing}?",
        "what time does the {spot} close on {time}?",
        "where is the {spot}?",
        "who is going to the {spot} {time}?",
        "is {thing} as {good} as they say?",
        'someone wrote "{thing} is {good}"',
        "the {spot} closes at six on {time}",
    ),
}
_EMOJI = {
    "positive": "❤👍😂😍😊🎉💯🥰🙌😁💕👏😘😄😃😀🤗😎💖💙💜💛💚✨🤣😆☺😇🥳💪👌🙏🔥",
    "negative": "👎😡😢💔😠😞🤮😤😭😒😔😩😫🙄🤬😖😣😷🤢🖕",
}
# An emoji alone is one feature: only repeating it makes it count against its use in other posts.
_EMOJI_COPIES = 8


def made_up_posts() -> list[LabelledPost]:
    """Return the same posts at each call: at most 60 a template, and emoji alone and repeated."""
    texts = [
        (label, text)
        for label, templates in _TEMPLATES.items()
        for template in templates
        for text in expand(template, _WORDS, PER_TEMPLATE)
    ]
    texts += [
        (label, emoji * count)
        for label, all_ in _EMOJI.items()
        for emoji in all_
        for count in (1, 2, 3)
        for _ in range(_EMOJI_COPIES)
    ]
    return [
        LabelledPost(f"m{number}", label, text, SOURCE)
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
