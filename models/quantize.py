"""Turns a fine-tuned transformer into the accurate model's artefact: python -m models.quantize.

Run once, offline, in the environment of models.distill with `onnx` and `onnxruntime` added.
"""

import argparse
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import measures
from models.accurate_model import AccurateModel, load_accurate, save_accurate
from models.calibrate import Calibration, fit_calibration
from models.command import run
from models.distill import LABELS, LEAN, MAIN, vocabulary
from models.evaluate import predict
from models.labelled_posts import LabelledPost, check_labels, read_posts
from models.model import SHIPPED
from models.pieces import LONGEST_INPUT, WordPieces
from models.tree import Tree, read_tree

_HEADS = 12
_EPSILON = 1e-12  # of the layer norms, as in the pretrained network
_CONTRIB = "com.microsoft"
Arrays = Mapping[str, NDArray[Any]]


def seen_pieces(vocabulary: Sequence[str], texts: Sequence[str], least: int) -> list[int]:
    """Return the numbers of the marks, of single characters, and of pieces of `least` texts."""
    splitter = WordPieces(vocabulary)
    counts: Counter[int] = Counter()
    for text in texts:
        counts.update(set(splitter.numbers(text)))
    return [
        number
        for number, piece in enumerate(vocabulary)
        if counts[number] >= least
        or (piece[0] == "[" and piece[-1] == "]" and "unused" not in piece)
        or (piece.isascii() and len(piece.removeprefix("##")) == 1)
    ]


class _Graph:
    """The network as an ONNX graph, written node by node, so that each is one fast operator."""

    def __init__(self, weights: Arrays) -> None:
        from onnx import helper, numpy_helper

        self._weights = weights
        self._helper, self._arrays = helper, numpy_helper
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """Add an array under a name and return the name."""
        self.constants.append(self._arrays.from_array(np.ascontiguousarray(value), name))
        return name

    def weight(self, name: str, *, turned: bool = False) -> str:
        """Add a weight of the trained network; `turned` swaps inputs and outputs."""
        value = self._weights[name].astype(np.float32)
        return self.constant(name, value.T if turned else value)

    def add(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add an operator and return the name of its output."""
        out = f"{operator}.{len(self.nodes)}"
        made = self._helper.make_node(operator, list(inputs), [out], domain=domain, **attributes)
        self.nodes.append(made)
        return out

    def linear(self, of: str, layer: str) -> str:
        """Add a layer's matrix product, without its bias."""
        return self.add("MatMul", of, self.weight(f"{layer}.weight", turned=True))

    def embed(self, keep: Sequence[int]) -> str:
        """Add the word vectors of `keep`, eight bits a number and a scale a row, and positions."""
        part = "body.embeddings"
        words = self._weights[f"{part}.word_embeddings.weight"][list(keep)].astype(np.float32)
        scales = np.maximum(np.abs(words).max(axis=1, keepdims=True), 1e-9) / 127
        rounded = self.constant("words", np.rint(words / scales).astype(np.int8))
        taken = self.add("Cast", self.add("Gather", rounded, "ids"), to=1)
        scale = self.add("Gather", self.constant("scales", scales), "ids")
        rows = self._weights[f"{part}.position_embeddings.weight"][:LONGEST_INPUT]
        kind = self._weights[f"{part}.token_type_embeddings.weight"][:1]
        length = self.add("Gather", self.add("Shape", "ids"), self.constant("one", np.array([1])))
        places = self.constant("places", (rows + kind).astype(np.float32))
        here = self.add("Slice", places, self.constant("zero", np.array([0])), length)
        places = self.add("Unsqueeze", here, "zero")
        return self.norm(self.add("Add", self.add("Mul", taken, scale), places), part)

    def norm(self, of: str, part: str) -> str:
        """Add a layer norm; one operator for it and the sum before it would be slower."""
        names = [self.weight(f"{part}.LayerNorm.{each}") for each in ("weight", "bias")]
        return self.add("LayerNormalization", of, *names, axis=-1, epsilon=_EPSILON)

    def layer(self, of: str, part: str) -> str:
        """Add one layer of the transformer."""
        names = [f"{part}.attention.self.{each}" for each in ("query", "key", "value")]
        joined = np.concatenate([self._weights[f"{each}.weight"].T for each in names], axis=1)
        biases = np.concatenate([self._weights[f"{each}.bias"] for each in names])
        seen = self.add(
            "Attention",
            of,
            self.constant(f"{part}.attention", joined.astype(np.float32)),
            self.constant(f"{part}.attention.bias", biases.astype(np.float32)),
            "mask",
            domain=_CONTRIB,
            num_heads=_HEADS,
        )
        seen = self.linear(seen, f"{part}.attention.output.dense")
        middle = self._add_to(of, seen, part, "attention.output")
        wide = self.linear(middle, f"{part}.intermediate.dense")
        bias = self.weight(f"{part}.intermediate.dense.bias")
        wide = self.add("BiasGelu", wide, bias, domain=_CONTRIB)
        return self._add_to(middle, self.linear(wide, f"{part}.output.dense"), part, "output")

    def _add_to(self, of: str, change: str, part: str, output: str) -> str:
        bias = self.weight(f"{part}.{output}.dense.bias")
        total = self.add("Add", self.add("Add", change, of), bias)
        return self.norm(total, f"{part}.{output}")

    def head(self, of: str) -> str:
        """Add the mean over the pieces that are no padding, and the head of the main task."""
        last, one = self.constant("last", np.array([2])), "one"
        mask = self.add("Unsqueeze", self.add("Cast", "mask", to=1), last)
        total = self.add("ReduceSum", self.add("Mul", of, mask), one, keepdims=0)
        mean = self.add("Div", total, self.add("ReduceSum", mask, one, keepdims=0))
        first, second = f"heads.{MAIN}.1", f"heads.{MAIN}.4"
        hidden = self.add("Add", self.linear(mean, first), self.weight(f"{first}.bias"))
        scores = self.linear(self.add("Tanh", hidden), second)
        return self.add("Add", scores, self.weight(f"{second}.bias"))


def network(weights: Arrays, keep: Sequence[int]) -> Any:
    """Return the ONNX model: `ids` and `mask` (posts, pieces) to `scores` (posts, labels)."""
    from onnx import TensorProto, helper

    graph = _Graph(weights)
    state = graph.embed(keep)
    layers = {name.split(".")[3] for name in weights if name.startswith("body.encoder.layer.")}
    for number in range(len(layers)):
        state = graph.layer(state, f"body.encoder.layer.{number}")
    graph.nodes.append(helper.make_node("Identity", [graph.head(state)], ["scores"]))
    made = helper.make_graph(
        graph.nodes,
        "accurate",
        [
            helper.make_tensor_value_info(name, TensorProto.INT32, ["posts", "pieces"])
            for name in ("ids", "mask")
        ],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["posts", "labels"])],
        graph.constants,
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid(_CONTRIB, 1)]
    return helper.make_model(made, opset_imports=opsets, ir_version=9)


def quantized(model: Any) -> bytes:
    """Return the model with matrices of eight bits a number and a scale a column."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory() as place:
        wide, narrow = Path(place) / "wide.onnx", Path(place) / "narrow.onnx"
        onnx.save(model, wide)
        quantize_dynamic(
            wide,
            narrow,
            op_types_to_quantize=["MatMul", "Attention"],
            per_channel=True,
            # Seven bits: processors without VNNI instructions overflow with eight.
            reduce_range=True,
            weight_type=QuantType.QInt8,
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )
        return narrow.read_bytes()


def in_order(weights: Arrays, tree: Tree) -> dict[str, NDArray[Any]]:
    """Return the weights, leaning as the teacher does, in the order of the tree's leaves."""
    order = [LABELS.index(leaf.label) for leaf in tree.leaves()]
    last = {f"heads.{MAIN}.4.{part}" for part in ("weight", "bias")}
    bias = f"heads.{MAIN}.4.bias"
    weights = {**weights, bias: weights[bias].astype(np.float32) + LEAN.astype(np.float32)}
    return {name: value[order] if name in last else value for name, value in weights.items()}


def calibrated(weights: Arrays, calibration: Calibration) -> dict[str, NDArray[np.float32]]:
    """Return the weights with a calibration of the leaves worked into the last layer."""
    weight, bias = (f"heads.{MAIN}.4.{part}" for part in ("weight", "bias"))
    changed = calibration.apply(weights[bias].astype(np.float64))
    scaled = weights[weight].astype(np.float64) / calibration.temperature
    return {**weights, weight: scaled.astype(np.float32), bias: changed.astype(np.float32)}


def measured_calibration(model: AccurateModel, rows: Sequence[LabelledPost]) -> Calibration:
    """Fit a calibration to the model's answers, for the tree's shares of the labels."""
    check_labels(rows, model.labels)
    scores = np.log(np.maximum(model.text_chances([row.text for row in rows]), 1e-12))
    truth = [model.labels.index(row.label) for row in rows]
    wanted = [model.tree.shares.get(label, 1.0) for label in model.labels]
    return fit_calibration(scores, truth, wanted)


def main() -> None:
    """Read the arguments; cut, quantize, measure and write the network."""
    parser = argparse.ArgumentParser(prog="python -m models.quantize", description=__doc__)
    parser.add_argument("--weights", type=Path, required=True, help="what models.distill wrote")
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="training posts (TSV)")
    parser.add_argument(
        "--unlabelled", type=Path, nargs="*", default=[], help="posts whose pieces are kept (TSV)"
    )
    parser.add_argument("--test", type=Path, nargs="*", default=[], help="posts to measure (TSV)")
    parser.add_argument("--calibrate", type=Path, help="posts to calibrate the classes on (TSV)")
    parser.add_argument("--out", type=Path, required=True, help="folder for the artefact")
    arguments = parser.parse_args()
    tree = read_tree(SHIPPED / "tree.json")
    with np.load(arguments.weights, allow_pickle=False) as held:
        weights = in_order({name: held[name] for name in held.files}, tree)
    known = vocabulary()
    rows = [row for path in arguments.data for row in read_posts(path)]
    texts = [row.text for row in rows]
    texts += [row.text for path in arguments.unlabelled for row in read_posts(path)]
    keep = seen_pieces(known, texts, least=2)
    made = quantized(network(weights, keep))
    pieces = [known[number] for number in keep]
    facts: dict[str, Any] = {
        "data": {"posts": len(rows), "sources": sorted({row.source for row in rows})},
        "libraries": {name: version(name) for name in ("torch", "onnx", "onnxruntime")},
        "licences": {"all-MiniLM-L6-v2": "Apache-2.0"},
    }
    metrics: dict[str, Any] = {}
    if arguments.calibrate:
        with tempfile.TemporaryDirectory() as place:
            save_accurate(Path(place), tree, made, pieces, metrics=metrics, **facts)
            model = load_accurate(Path(place))
        calibration = measured_calibration(model, read_posts(arguments.calibrate))
        facts["data"]["calibration"] = {
            "posts": arguments.calibrate.stem,
            "temperature": round(calibration.temperature, 4),
            "added": dict(zip(model.labels, calibration.biases.round(4).tolist(), strict=True)),
        }
        made = quantized(network(calibrated(weights, calibration), keep))
    save_accurate(arguments.out, tree, made, pieces, metrics=metrics, **facts)
    model = load_accurate(arguments.out)
    for path in arguments.test:
        metrics[path.stem] = _measured(model, read_posts(path))
    save_accurate(arguments.out, tree, made, pieces, metrics=metrics, **facts)
    size = sum(path.stat().st_size for path in arguments.out.iterdir()) / 2**20
    print(f"model {model.version}, {len(pieces)} pieces, {size:.1f} MB in {arguments.out}")
    for name, figures in metrics.items():
        print(f"{name}: macro recall {figures['macro_recall']}, accuracy {figures['accuracy']}")


def _measured(model: AccurateModel, rows: Sequence[LabelledPost]) -> dict[str, Any]:
    check_labels(rows, model.labels)
    said = [each.label for each in predict(model, rows)]
    return measures.summary([row.label for row in rows], said, model.labels)


if __name__ == "__main__":
    run(main)
