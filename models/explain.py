"""Shows which tokens changed the score of each node most: python -m models.explain "text"."""

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np

from models.accurate_model import AccurateModel, AnyModel, load_any
from models.command import run, table
from models.pieces import LONGEST_INPUT
from models.tree import UNKNOWN


class Reason(NamedTuple):
    """How far a token moves a node's score towards child `towards`: score with it minus without.

    One unit multiplies the odds by e.
    """

    node: str
    token: str
    towards: str
    weight: float


def explain(model: AnyModel, text: str) -> list[Reason]:
    """Return the reasons node by node, largest first; empty when `text` has no known feature."""
    if isinstance(model, AccurateModel):
        return _explain_by_leaving_out(model, text)
    words, spans = model.compiled.spans(text)
    fired = [row for _, row in spans]
    if not fired:
        return []
    # Removing a token removes its n-grams and marks too, so their effect counts as its own.
    without = [[row for places, row in spans if place not in places] for place in range(len(words))]
    reasons = []
    scores = model.compiled.scores([fired, *without])
    for node, score in zip(model.tree.nodes(), scores, strict=True):
        children = list(node.children)
        # One score is that of the second of two children; of several, take the likeliest child.
        child = int(score[0].argmax()) if score.shape[1] > 1 else 0
        for token, effect in zip(words, (score[0] - score[1:])[:, child].tolist(), strict=True):
            likelier = children[child] if score.shape[1] > 1 else children[effect > 0]
            reasons.append(Reason(node.name, token, likelier, abs(effect)))
    return _sorted(model, reasons)


def _explain_by_leaving_out(model: AccurateModel, text: str) -> list[Reason]:
    """Label the post without each of its words, as far as the network reads."""
    words = text.split()[:LONGEST_INPUT]
    if model.predict([text])[0].label == UNKNOWN:
        return []
    without = [" ".join(words[:place] + words[place + 1 :]) for place in range(len(words))]
    chances = model.text_chances([" ".join(words), *without])
    reasons = []
    leaves = model.tree.leaves()
    for number, node in enumerate(model.tree.nodes()):
        below = np.zeros((len(chances), len(node.children)))
        for leaf, chance in zip(leaves, chances.T, strict=True):
            for step, child in leaf.steps:
                if step == number:
                    below[:, child] += chance
        shares = below / below.sum(axis=1, keepdims=True)
        scores = np.log(shares / np.maximum(1 - shares, 1e-9))
        child = int(shares[0].argmax())
        for word, effect in zip(words, (scores[0] - scores[1:])[:, child].tolist(), strict=True):
            children = list(node.children)
            other = f"not {children[child]}" if len(children) > 2 else children[1 - child]
            towards = children[child] if effect > 0 else other
            reasons.append(Reason(node.name, word, towards, abs(effect)))
    return _sorted(model, reasons)


def _sorted(model: AnyModel, reasons: list[Reason]) -> list[Reason]:
    order = {node.name: number for number, node in enumerate(model.tree.nodes())}
    return sorted(reasons, key=lambda reason: (order[reason.node], -reason.weight))


def main() -> None:
    """Read the arguments, print the prediction and its reasons."""
    parser = argparse.ArgumentParser(prog="python -m models.explain", description=__doc__)
    parser.add_argument("text", help="the post")
    parser.add_argument("--model", type=Path, help="folder of the artefact (shipped model)")
    parser.add_argument("--top", type=int, default=8, help="tokens to show for each node (8)")
    arguments = parser.parse_args()
    model = load_any(arguments.model)
    [said] = model.predict([arguments.text])
    print(f"{said.label} ({said.path or 'no known feature'}), confidence {said.confidence:.2f}")
    reasons = explain(model, arguments.text)
    for node in model.tree.nodes():
        here = [reason for reason in reasons if reason.node == node.name][: arguments.top]
        if here:
            rows = [(reason.token, reason.towards, f"{reason.weight:.2f}") for reason in here]
            print(f"\n{node.name}\n{table(('token', 'towards', 'weight'), rows)}")


if __name__ == "__main__":
    run(main)
