"""Times the models beside VADER and plain scikit-learn: python -m models.benchmark."""

import argparse
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from tqdm import tqdm

from models.accurate_model import load_accurate
from models.artefact import load_artefact
from models.command import run, table
from models.compiled import known_words
from models.labelled_posts import DataError, read_posts
from models.model import SHIPPED, Model, load
from models.pipeline import pipeline
from models.taggers import SENTIMENT, SHIPPED_TAGGERS, folder_of

BATCH = 128
_Label = Callable[[Sequence[str]], object]


class Contender(NamedTuple):
    """A way to label posts, `batch` at a time, timed on `posts` posts a round."""

    name: str
    batch: int
    posts: int
    label: _Label


def made_up(count: int, names: Sequence[str]) -> list[str]:
    """`count` posts of 12 to 26 words: four in five from `names` by Zipf's law, the rest invented.

    A stand-in for real posts, with more words that the model never saw than they have.
    """
    dice = random.Random(0)  # noqa: S311
    weights = [1 / rank for rank in range(1, len(names) + 1)]
    posts = []
    for _ in range(count):
        words = dice.choices(names, weights, k=dice.randint(12, 26))
        for place in range(len(words)):
            if dice.random() < 0.1:
                words[place] = "".join(dice.choices("aeioubdfglmnprst", k=dice.randint(4, 10)))
        posts.append(" ".join(words))
    return posts


def contenders(folder: Path, model: Model, known: Sequence[str]) -> list[Contender]:
    """The models, the scikit-learn pipelines, the old recipe trained on `known`, VADER."""
    manifest, weights = load_artefact(folder)
    steps = [
        pipeline(node, each, known_words(weights))
        for node, each in zip(manifest.tree.nodes(), weights, strict=True)
    ]

    def uncompiled(texts: Sequence[str]) -> object:
        return [step.predict_proba(texts) for step in steps]

    found = [
        Contender(f"this model, batches of {BATCH}", BATCH, 100 * BATCH, model.predict),
        Contender("this model, one by one", 1, 4000, model.predict),
        Contender(f"accurate model, batches of {BATCH}", BATCH, 4 * BATCH, load_accurate().predict),
        *(
            Contender(f"{name} model, batches of {BATCH}", BATCH, 100 * BATCH, each.predict)
            for name in SHIPPED_TAGGERS
            if name != SENTIMENT
            for each in [load(folder_of(name))]
        ),
        Contender(f"plain scikit-learn, batches of {BATCH}", BATCH, 8 * BATCH, uncompiled),
        Contender("plain scikit-learn, one by one", 1, 60, uncompiled),
        Contender("old recipe, one by one", 1, 60, _old_recipe(model, known)),
    ]
    try:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
    except ImportError:
        print(
            "left out VADER: not installed (pip install vadersentiment)",
            file=sys.stderr,
        )
        return found
    vader = SentimentIntensityAnalyzer()

    def by_rules(texts: Sequence[str]) -> object:
        return [vader.polarity_scores(text) for text in texts]

    return [*found, Contender("VADER, one by one", 1, 1000, by_rules)]


def _old_recipe(model: Model, known: Sequence[str]) -> _Label:
    """CountVectorizer, SelectPercentile and LinearSVC for each of two questions."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.feature_selection import SelectPercentile
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    # Only the speed matters here, so this model's own labels are good enough.
    labels = [said.label for said in model.predict(known)]
    steps = [
        make_pipeline(
            CountVectorizer(ngram_range=(1, 2)), SelectPercentile(percentile=50), LinearSVC()
        ).fit(known, [label == asked for label in labels])
        for asked in sorted(set(labels))[:2]
    ]
    return lambda texts: [step.predict(texts) for step in steps]


class Speed(NamedTuple):
    """Posts a second of the clock, and of the processor, which a busy machine disturbs less."""

    clock: float
    processor: float


def rounds(all_of: Sequence[Contender], texts: Sequence[str], count: int) -> list[list[Speed]]:
    """Speeds of each contender in each round, taking turns; no text is used twice."""
    speeds: list[list[Speed]] = [[] for _ in all_of]
    start = 0
    with tqdm(total=count * len(all_of), unit="turn", file=sys.stderr) as bar:
        for _ in range(count):
            for contender, into in zip(all_of, speeds, strict=True):
                stop = start + contender.posts
                batches = [
                    texts[at : at + contender.batch] for at in range(start, stop, contender.batch)
                ]
                begun, used = time.perf_counter(), time.process_time()
                for batch in batches:
                    contender.label(batch)
                took, used = time.perf_counter() - begun, time.process_time() - used
                into.append(Speed(contender.posts / took, contender.posts / used))
                start = stop
                bar.update()
    return speeds


def footprint(folder: Path) -> list[tuple[str, str]]:
    """Size on disk, time to load and resident memory, measured in a process of its own."""
    code = (
        "import sys, time, resource, pathlib, models; start = time.perf_counter();"
        "models.load(pathlib.Path(sys.argv[1])).predict(['']); took = time.perf_counter() - start;"
        "peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20;"
        "status = pathlib.Path('/proc/self/status');"  # Linux's ru_maxrss may be the parent's
        "peak = int(status.read_text().split('VmHWM:')[1].split()[0]) / 2**10"
        " if status.exists() else peak; print(took, peak)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True
    )
    took, memory = map(float, done.stdout.split())
    size = sum(path.stat().st_size for path in folder.iterdir()) / 2**20
    return [
        ("artefact, MB", f"{size:.1f}"),
        ("load, s", f"{took:.2f}"),
        ("peak memory of a process with it, MB", f"{memory:.0f}"),
    ]


def main() -> None:
    """Read the arguments, let the contenders take turns, print the tables."""
    parser = argparse.ArgumentParser(prog="python -m models.benchmark", description=__doc__)
    parser.add_argument("--model", type=Path, default=SHIPPED, help="folder of the artefact")
    parser.add_argument(
        "--posts", type=Path, nargs="*", default=[], metavar="FILE", help="posts to use (TSV)"
    )
    parser.add_argument("--rounds", type=int, default=3, help="rounds per contender (default: 3)")
    arguments = parser.parse_args()
    model = load(arguments.model)
    if arguments.posts:
        texts = [row.text for path in arguments.posts for row in read_posts(path)]
        random.Random(0).shuffle(texts)  # noqa: S311
    else:
        names = [name for name in model.compiled.features() if name.isalpha()]
        texts = made_up(5000 + 40000 * arguments.rounds, names)
    known, fresh = texts[:5000], list(dict.fromkeys(texts[5000:]))
    all_of = contenders(arguments.model, model, known)
    if (needed := arguments.rounds * sum(each.posts for each in all_of)) > len(fresh):
        raise DataError(f"{needed + len(known)} different posts needed, {len(texts)} given")
    speeds = rounds(all_of, fresh, arguments.rounds)
    middle = [Speed(*map(statistics.median, zip(*each, strict=True))) for each in speeds]
    print(
        table(
            (
                "posts/s",
                *(f"round {number + 1}" for number in range(arguments.rounds)),
                "median",
                "ratio",
                "median per CPU s",
            ),
            [
                (
                    contender.name,
                    *(f"{speed.clock:.0f}" for speed in each),
                    f"{median.clock:.0f}",
                    f"{median.clock / middle[0].clock:.4f}",
                    f"{median.processor:.0f}",
                )
                for contender, each, median in zip(all_of, speeds, middle, strict=True)
            ],
        )
    )
    print()
    print(table(("footprint", ""), footprint(arguments.model)))


if __name__ == "__main__":
    run(main)
