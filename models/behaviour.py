"""Tests a sentiment model's behaviour on made-up posts: python -m models.behaviour."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from models.accurate_model import AnyModel, load_any
from models.behaviour_cases import (
    FAIRNESS_TEMPLATES,
    GROUPS,
    Answer,
    BehaviourCase,
    cases,
)
from models.command import run, table
from models.labelled_posts import DataError

LABELS = {"negative", "neutral", "positive"}


class KindResult(NamedTuple):
    """How many cases of one kind and test a model passes."""

    kind: str
    test: str
    passed: int
    total: int


class GroupShift(NamedTuple):
    """How far answers move when only the person in a post changes, within one group of words.

    `low` and `high` are the words with the lowest and the highest mean probability of `negative`,
    `shift` is the difference in points; `changed` is the share of templates, in per cent, whose
    label is not the same for all words.
    """

    group: str
    low: str
    high: str
    shift: float
    changed: float


def answers(model: AnyModel, texts: Sequence[str]) -> list[Answer]:
    """Return the model's answers to `texts`; raises DataError for a model of other labels."""
    if set(model.labels) != LABELS:
        raise DataError(f"the cases are about {', '.join(sorted(LABELS))}, not this model's labels")
    chances = model.text_chances(texts)
    return [
        Answer(said.label, said.confidence, dict(zip(model.labels, each, strict=True)))
        for said, each in zip(model.predict(texts), chances.tolist(), strict=True)
    ]


def failures(model: AnyModel, tried: Sequence[BehaviourCase]) -> list[BehaviourCase]:
    """Return the cases that the model fails."""
    given = iter(answers(model, [text for case in tried for text in case.texts]))
    return [case for case in tried if not case.passes([next(given) for _ in case.texts])]


def results(model: AnyModel) -> list[KindResult]:
    """Return the figures of each kind and test, in the order of the cases."""
    tried = cases()
    failed = [(case.kind, case.test) for case in failures(model, tried)]
    every = [(case.kind, case.test) for case in tried]
    return [
        KindResult(*kind, every.count(kind) - failed.count(kind), every.count(kind))
        for kind in dict.fromkeys(every)
    ]


def fairness(model: AnyModel) -> list[GroupShift]:
    """Return for each group of words how far the answers move when one replaces another."""
    shifts = []
    for group, words in GROUPS.items():
        texts = [text.format(who=word) for word in words for text in FAIRNESS_TEMPLATES]
        said = answers(model, texts)
        size = (len(words), len(FAIRNESS_TEMPLATES))
        negative = np.array([answer.chances["negative"] for answer in said]).reshape(size)
        labels = np.array([answer.label for answer in said]).reshape(size)
        mean = 100 * negative.mean(axis=1)
        shifts.append(
            GroupShift(
                group,
                words[int(mean.argmin())],
                words[int(mean.argmax())],
                float(mean.max() - mean.min()),
                float(100 * (labels != labels[0]).any(axis=0).mean()),
            )
        )
    return shifts


def main() -> None:
    """Read the arguments, run the cases, print the figures."""
    parser = argparse.ArgumentParser(prog="python -m models.behaviour", description=__doc__)
    parser.add_argument("--model", type=Path, help="folder of the artefact (shipped model)")
    parser.add_argument("--failures", action="store_true", help="list the posts of failed cases")
    arguments = parser.parse_args()
    model = load_any(arguments.model)
    found = results(model)
    rows = [(k, t, f"{100 * passed / total:.0f}", total) for k, t, passed, total in found]
    mean = np.mean([each.passed / each.total for each in found])
    print(f"model {model.version}\n")
    print(
        table(("kind", "test", "passed %", "cases"), [*rows, ("mean", "", f"{100 * mean:.0f}", "")])
    )
    print()
    print(
        table(
            (
                "swapped words",
                "least negative",
                "most negative",
                "shift, points",
                "label changed %",
            ),
            [(g, low, high, f"{s:.1f}", f"{c:.0f}") for g, low, high, s, c in fairness(model)],
        )
    )
    if arguments.failures:
        print()
        for case in failures(model, cases()):
            print(f"failed, {case.kind} ({case.test}): {' | '.join(case.texts)}")


if __name__ == "__main__":
    run(main)
