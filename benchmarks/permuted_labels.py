"""`OMP_NUM_THREADS=1 python -m benchmarks.permuted_labels`: what permutations of labels take.

C is chosen inside. Layers of made features are fitted with their own labels and with permuted ones,
as the control `shuffled_labels` has them. Ours and scikit-learn's fits, tuned as in `fits`, take
turns in this process, and each labelling's CPU seconds are counted: other processes do not matter.
With `--together N` ours alone fits N permutations in one block, as a run does, and then one.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

from benchmarks.fits.activations import Features, block_of, one_layer
from benchmarks.fits.pairs import Pair
from benchmarks.fits.sklearn_fits import fit_pair
from benchmarks.shapes import Shape
from probing.engine.blocks import Block, FoldFit
from probing.engine.classifiers.builtin.logistic import LogisticRegression
from probing.engine.splits import Labelling, inner_folds

N_LAYERS = 13  # of which one is fitted: later ones part their classes more
Result = TypeVar("Result")
Row = tuple[float, float, int, int]


def main(arguments: list[str] | None = None) -> None:
    """Print one row for the labels, one for the permutations and one for all, as Markdown."""
    given = _arguments(arguments)
    torch.set_num_threads(1)
    _warm_up(given.classes)
    if given.together:
        _tell_together(_layer_of(given, given.layer[0])[1], given.together)
        return
    print("| labels | ours, CPU s | scikit-learn, CPU s | × ours | equal C |")
    print("| --- | --- | --- | --- | --- |")
    own, permuted = list[Row](), list[Row]()
    for at in given.layer:
        layer, block = _layer_of(given, at)
        labellings = [_permuted(block, number) for number in range(given.permutations + 1)]
        with tempfile.TemporaryDirectory() as folder:
            np.save(Path(folder, "features.npy"), layer[None])
            rows = [_compared(block, one, str(Path(folder, "features.npy"))) for one in labellings]
        own += rows[:1]
        permuted += rows[1:]
    _tell("own", own)
    _tell(f"permuted, {given.permutations} times", permuted)
    _tell("all", own + permuted)


def _warm_up(n_classes: int) -> None:
    """What libraries do once in a process is done on a small layer of the same kind."""
    shape = Shape(30 * n_classes, 8, N_LAYERS, 2, n_classes)
    layer, targets = one_layer(shape, 6)
    block = block_of(
        layer[None], targets, replace(shape, n_layers=1), scale="standard", device="cpu"
    )
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder, "features.npy"), layer[None])
        _compared(block, block.labellings[0], str(Path(folder, "features.npy")))


def _layer_of(given: argparse.Namespace, at: int) -> tuple[Features, Block]:
    """The features `[n, d]`, and the block of them with as many of its folds as are asked for."""
    shape = Shape(given.n, given.d, N_LAYERS, given.folds, given.classes)
    if given.features:
        with np.load(given.features) as arrays:
            layer, targets = arrays["x"], arrays["y"]
        n, d = layer.shape
        shape = Shape(n, d, 1, given.folds, int(targets.max()) + 1)
    else:
        layer, targets = one_layer(shape, at)
    own = replace(shape, n_layers=1)
    block = block_of(layer[None], targets, own, scale="standard", device="cpu")
    done = given.done or given.folds
    labels = [
        replace(one, folds=one.folds[:done], inner=one.inner[:done]) for one in block.labellings
    ]
    return layer, replace(block, labellings=tuple(labels))


def _tell_together(block: Block, n: int) -> None:
    """How many times as long as one permutation all of them take."""
    labellings = tuple(_permuted(block, number) for number in range(1, n + 1))

    def fit(some: tuple[Labelling, ...]) -> float:
        return _timed(lambda: list(LogisticRegression().fit(replace(block, labellings=some))))[1]

    fit(labellings[:1])  # what is computed once in a process
    one, every = fit(labellings[:1]), fit(labellings)
    print(f"{n} permutations: {every:.2f} CPU s; one: {one:.2f}; ratio {every / one:.1f}")


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.permuted_labels")
    for name, value in (("n", 1500), ("d", 64), ("classes", 6), ("folds", 5), ("permutations", 5)):
        parser.add_argument(f"--{name}", type=int, default=value)
    which = f"which of {N_LAYERS}, from 0"
    parser.add_argument("--layer", type=int, nargs="+", default=[6], help=which)
    parser.add_argument("--done", type=int, default=0, help="of the folds; all unless told")
    parser.add_argument("--together", type=int, default=0, help="permutations in one block")
    parser.add_argument("--features", help="an .npz file with features x [n, d] and classes y [n]")
    return parser.parse_args(arguments)


def _permuted(block: Block, number: int) -> Labelling:
    """The labelling itself for 0, else one with its labels permuted."""
    label = block.labellings[0]
    if not number:
        return label
    targets = np.random.default_rng(number).permutation(label.targets)
    inner = tuple(
        inner_folds(fold.train, targets, block.groups, block.task, at)
        for at, fold in enumerate(label.folds)
    )
    return Labelling("shuffled_labels", number, targets, label.folds, inner, number)


def _compared(block: Block, label: Labelling, features: str) -> Row:
    """CPU seconds of ours and of scikit-learn's, equal choices of C, and folds."""
    one = replace(block, labellings=(label,))
    fits, ours = _timed(lambda: list(LogisticRegression().fit(one)))
    chosen = {fit.fold: fit.chosen["C"] for fit in fits if isinstance(fit, FoldFit)}

    targets = label.targets.astype(np.int64)

    def reference() -> list[float]:
        found = []
        for at, fold in enumerate(label.folds):
            pair = Pair(
                features, 0, at, targets, fold.train, fold.test, label.inner_of(at),
                ("logistic chosen",), "standard", "warm",
            )  # fmt: skip
            (fitted,) = fit_pair(pair).found.values()
            found.append(float(fitted.chosen or 0))
        return found

    Cs, theirs = _timed(reference)
    equal = sum(bool(np.isclose(C, chosen[at])) for at, C in enumerate(Cs))
    return ours, theirs, equal, len(Cs)


def _timed(work: Callable[[], Result]) -> tuple[Result, float]:
    began = time.process_time()
    return work(), time.process_time() - began


def _tell(name: str, rows: list[Row]) -> None:
    if not rows:
        return
    ours, theirs, equal, n = (sum(column) for column in zip(*rows, strict=True))
    print(f"| {name} | {ours:.2f} | {theirs:.2f} | {theirs / ours:.1f} | {equal} of {n} |")


if __name__ == "__main__":
    main()
