"""`OMP_NUM_THREADS=1 python -m benchmarks.strength_choices`: is the choice that of exact solutions?

Strengths leave a race by how far rough losses are seen to move, which nothing bounds for certain.
So difficult features are drawn, with their own and with permuted labels, scaled and not, and every
choice of logistic regression and of the squared hinge is compared with that of exact solutions of
all strengths. Choices count where both were solved.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmarks.fits.activations import one_layer
from benchmarks.shapes import Shape
from probing.engine.classifiers.builtin.families.strength_grids import c_values
from probing.engine.solvers.penalised.losses import Bernoulli, Loss, Softmax
from probing.engine.solvers.penalised.race_rounds import EXACT
from probing.engine.solvers.penalised.shared_rows import batches
from probing.engine.solvers.penalised.squared_losses import SquaredHinge
from probing.engine.solvers.penalised.strength_choice import choose_strength
from probing.engine.solvers.rows.principal_basis import principal_basis
from probing.engine.solvers.rows.streamed_rows import Rows
from probing.engine.solvers.rows.training_sets import OUTSIDE, TrainingSets
from probing.engine.splits import inner_folds, make_folds

KINDS = (
    "early", "late", "wide", "collinear", "imbalanced", "separable", "constant", "tiny", "outlier",
)  # fmt: skip
N_LAYERS = 13  # of which one is drawn: later ones part their classes more
Classes = NDArray[np.int64]


@dataclass(frozen=True)
class Case:
    """A loss over training sets, its logits, and the strengths that it chooses among."""

    sets: TrainingSets
    loss: Loss
    n_logits: int
    strengths: Tensor


def main(arguments: list[str] | None = None) -> None:
    """Print a row for each kind of features and for all, as Markdown."""
    given = _arguments(arguments)
    torch.set_num_threads(1)
    print("| features | choices | that differ |\n| --- | --- | --- |")
    whole = np.zeros(2, dtype=np.int64)
    for kind in given.kinds:
        seeds = range(given.first, given.first + given.seeds)
        own = np.sum([one for seed in seeds for one in _counts(kind, seed, given)], 0)
        whole += own
        _tell(kind, own)
    _tell("all", whole)


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.strength_choices")
    parser.add_argument("--kinds", nargs="+", default=KINDS, choices=KINDS)
    for name, value in (("seeds", 3), ("first", 0), ("n", 150), ("folds", 3)):
        parser.add_argument(f"--{name}", type=int, default=value)
    return parser.parse_args(arguments)


def _tell(name: str, counted: NDArray[np.int64]) -> None:
    print(f"| {name} | {counted[0]:,} | {counted[1]:,} |", flush=True)


def _counts(kind: str, seed: int, given: argparse.Namespace) -> Iterator[NDArray[np.int64]]:
    """How many choices were made, and how many differ, for two and for four classes."""
    for n_classes in (2, 4):
        X, targets = _drawn(kind, seed, given.n, n_classes)
        for scaled in (True, False):
            for case in _cases(targets, n_classes, given.folds, seed):
                yield _compared(torch.from_numpy(X), case, scaled)


def _cases(targets: Classes, n_classes: int, n_folds: int, seed: int) -> Iterator[Case]:
    permuted = np.random.default_rng(seed).permutation(targets)
    parts = [_sets(labels, n_folds) for labels in (targets, permuted)]
    sets = TrainingSets(
        torch.cat([one.targets for one in parts]), torch.cat([one.inner for one in parts])
    )
    if n_classes == 2:
        numbers = replace(sets, targets=sets.targets.double())
        yield Case(numbers, Bernoulli(), 1, c_values(None, 10, 4))
    else:
        yield Case(sets, Softmax(n_classes), n_classes, c_values(None, 10, 4))
    yield Case(sets.against_rest(n_classes), SquaredHinge(), 1, c_values(None, 6, 1))


def _sets(targets: Classes, n_folds: int) -> TrainingSets:
    """The training part of every fold, with its inner folds."""
    groups, task = np.arange(len(targets)), "multiclass"
    folds = make_folds(targets, groups, task, n_folds=n_folds, val_size=0.0)
    inner = np.full((len(folds), len(targets)), OUTSIDE)
    for at, fold in enumerate(folds):
        inner[at, fold.train] = inner_folds(fold.train, targets, groups, task, at)
    return TrainingSets(torch.from_numpy(targets).repeat(len(folds), 1), torch.from_numpy(inner))


def _compared(X: Tensor, case: Case, scaled: bool) -> NDArray[np.int64]:
    basis, counted = principal_basis(Rows(X), scaled=scaled), np.zeros(2, dtype=np.int64)
    for batch in batches(basis, case.sets, case.n_logits, case.sets.n_inner):
        design, own = batch.trained
        problem = design, case.loss, own, case.strengths
        raced, exact = choose_strength(*problem), choose_strength(*problem, rounds=EXACT)
        solved = (raced.converged & exact.converged).view(own.n_trainings, -1).all(1)
        differ = (raced.strength != exact.strength)[:: own.n_columns]
        counted += int(solved.sum()), int((solved & differ).sum())
    return counted


def _drawn(kind: str, seed: int, n: int, n_classes: int) -> tuple[NDArray[np.float32], Classes]:
    """Features `[n, d]` of a kind, and their classes."""
    n = 15 * n_classes if kind == "tiny" else n
    d = {"wide": 2 * n, "tiny": 3}.get(kind, 40)
    layer = 12 if kind in ("late", "separable") else 5
    X, targets = one_layer(Shape(n, d, N_LAYERS, 2, n_classes), layer, seed)
    draw = np.random.default_rng(seed)
    if kind == "imbalanced":
        kept = (targets != 0) | (np.cumsum(targets == 0) <= n // 15)
        X, targets = X[kept], targets[kept]
    if kind == "collinear":
        X[:, -10:] = X[:, :10] @ draw.standard_normal((10, 10))
    if kind == "separable":
        X += (4 * X.std() * draw.standard_normal((n_classes, d))[targets]).astype(np.float32)
    if kind == "constant":
        X[:, :2] = 2.5
    if kind == "outlier":
        X[0] *= 100
    return X, targets


if __name__ == "__main__":
    main()
