"""`OMP_NUM_THREADS=1 python -m benchmarks.transfer_coverage`: how often intervals of transfer hold.

Experiments are simulated: a probe's training texts, whose classes part along one direction, and
test texts of another dataset, whose direction is turned. What an interval should hold is the mean
score over all experiments. `jackknife` are the intervals of runs, `test texts alone` leaves out
what the luck of the training texts adds, `optimism` is what a single fold has.
"""

from __future__ import annotations

import argparse
import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from probing.engine.metrics import Predicted, influences, optimism
from probing.uncertainty import (
    Influence,
    Measured,
    TextsTested,
    bins_of,
    interval,
    measured,
    with_training_parts,
)

Numbers = NDArray[np.float64]
Whole = NDArray[np.int64]
METRICS = ("auroc", "accuracy")
PENALTY = 10.0


@dataclass(frozen=True)
class Setting:
    """Texts to train on and to test, features, folds, the turn in radians, texts of a group."""

    n_train: int
    n_test: int
    d: int
    n_folds: int
    turn: float
    size: int = 1


SETTINGS = (
    Setting(100, 400, 50, 5, 0.5),
    Setting(100, 400, 50, 10, 0.5),
    Setting(400, 200, 50, 5, 1.0),
    Setting(400, 1000, 50, 5, 1.4),
    Setting(100, 1000, 200, 5, 1.2),
    Setting(200, 400, 50, 2, 1.0),
    Setting(240, 480, 50, 5, 1.0, 4),
    Setting(1000, 200, 100, 5, 1.5),
)


def main(arguments: list[str] | None = None) -> None:
    """Print a row for each setting, metric and interval, as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--experiments", type=int, default=200)
    parser.add_argument("--settings", type=int, default=len(SETTINGS))
    given = parser.parse_args(arguments)
    print("| trained on | tested on | features | folds | turn | group | score | held | width |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for setting in SETTINGS[: given.settings]:
        for row in _rows(setting, given.experiments):
            print(row, flush=True)


def _rows(one: Setting, n: int) -> list[str]:
    """How often each interval holds the mean score, and its width over that of a known spread."""
    rng = np.random.default_rng(one.n_train + one.n_test + one.d + one.n_folds)
    values: dict[str, list[float]] = defaultdict(list)
    bounds: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for _ in range(n):
        for metric, scores in _experiment(one, rng).items():
            values[metric].append(next(iter(scores.values())).value)
            for name, score in scores.items():
                bounds[metric, name].append(interval(metric, score))
    rows = []
    for (metric, name), found in bounds.items():
        low, high = np.array(found).T
        mean, spread = np.mean(values[metric]), np.std(values[metric])
        held = float(((low <= mean) & (mean <= high)).mean())
        width = float((high - low).mean() / (2 * 1.96 * spread))
        texts = f"{one.n_train} | {one.n_test} | {one.d} | {one.n_folds} | {one.turn} | {one.size}"
        rows.append(f"| {texts} | {metric}, {name} | {held:.2f} | {width:.2f} |")
    return rows


def _experiment(one: Setting, rng: np.random.Generator) -> Mapping[str, Mapping[str, Measured]]:
    """The scores of one experiment by metric and interval."""
    X, y = _texts(one.n_train, one, 0.0, rng)
    Z, z = _texts(one.n_test, one, one.turn, rng)
    fold = (rng.permutation(one.n_train // one.size) % one.n_folds).repeat(one.size)
    tested, seen = [], []
    for at in range(one.n_folds):
        weights, mean = _ridge(X[fold != at], y[fold != at])
        tested.append(_predicted(z, (Z - mean) @ weights))
        seen.append(_predicted(y[fold != at], (X[fold != at] - mean) @ weights))
    found, _ = influences(tested)
    alone = [influences([fold])[0] for fold in tested]
    share = optimism(tested, seen)
    return {metric: _scores(one, found[metric], [own[metric].value for own in alone], share)
            for metric in METRICS}  # fmt: skip


def _scores(
    one: Setting, influence: Influence, folds: list[float], share: float
) -> Mapping[str, Measured]:
    groups = np.arange(one.n_test) // one.size
    texts = np.tile(np.arange(one.n_test), one.n_folds)

    def tested(n_folds: int, n_train: float, optimism: float) -> TextsTested:
        return TextsTested(texts, groups, bins_of(groups), n_folds, n_train, optimism)

    given = measured(influence, tested(1, math.inf, 0.0))
    kept = one.n_train * (one.n_folds - 1) / one.n_folds
    return {
        "jackknife": with_training_parts(given, np.array(folds), one.n_folds - 1),
        "test texts alone": given,
        "optimism": measured(influence, tested(one.n_folds, kept, share)),
    }


def _texts(n: int, one: Setting, turn: float, rng: np.random.Generator) -> tuple[Numbers, Whole]:
    """Features `[n, d]` and classes; the texts of a group have one class and share some noise."""
    direction = np.zeros(one.d)
    direction[:2] = 0.6 * math.cos(turn), 0.6 * math.sin(turn)
    classes = rng.integers(0, 2, n // one.size).repeat(one.size)
    shared = rng.normal(size=(n // one.size, one.d)).repeat(one.size, axis=0)
    noise = 0.8 * rng.normal(size=(n, one.d)) + 0.6 * shared
    return noise + np.outer(2 * classes - 1, direction), classes


def _ridge(X: Numbers, y: Whole) -> tuple[Numbers, Numbers]:
    mean, signs = X.mean(axis=0), 2.0 * y - 1
    centred = X - mean
    gram = centred.T @ centred + PENALTY * np.eye(X.shape[1])
    return np.linalg.solve(gram, centred.T @ (signs - signs.mean())), mean


def _predicted(classes: Whole, scores: Numbers) -> Predicted:
    return Predicted("binary", 2, classes, scores, decision=(scores > 0).astype(np.int64))


if __name__ == "__main__":
    main()
