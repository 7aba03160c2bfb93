"""`python -m benchmarks.network_quality [MODEL]`: do the networks learn what linear fits learn?

Made features of several sizes, widths and shares of classes, and with a MODEL (as in a spec) the
mean-pooled features of one of its layers for datasets that ship. Five folds each; the numbers are
mean accuracies, or mean R² of numbers, on the test parts.
"""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from probing import datasets
from probing.engine.blocks import Block, FoldFit
from probing.engine.classifiers import load, needs_validation
from probing.engine.controls import Majority
from probing.engine.splits import Labelling, inner_folds, make_folds
from probing.spec import ClassifierSpec, DatasetSpec, ModelSpec, PoolerSpec

NETWORKS = ("SingleLayer", "MLP")
SHIPPED = ("sentiment", "length_bins", "truth", "year")
N_FOLDS, N_TEXTS, LAYER = 5, 1500, 3
_LINEAR = {"regression": "Ridge"}


class Case(NamedTuple):
    """Features `[n, d]`, targets and groups `[n]`."""

    name: str
    task: Any
    X: np.ndarray
    targets: np.ndarray
    groups: np.ndarray


def main(arguments: list[str]) -> None:
    """Print one row for each case, as Markdown."""
    print("| features | n | d | majority or mean | linear | SingleLayer | MLP | seconds |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for case in itertools.chain(made(), of_model(arguments[0]) if arguments else ()):
        block = block_of(case)
        names = (_LINEAR.get(case.task, "LogisticRegression"), *NETWORKS)
        label = block.labellings[0].whole
        merits = [_merit(list(Majority().fit(block)), label, case.task)]
        took = []
        for name in names:
            began = time.perf_counter()
            merits.append(merit_of(name, block))
            took.append(f"{time.perf_counter() - began:.1f}")
        told = " | ".join(f"{merit:.3f}" for merit in merits)
        print(f"| {case.name} | {len(case.X)} | {case.X.shape[1]} | {told} | {' / '.join(took)} |")


def made() -> Iterator[Case]:
    """Classes and numbers that a few directions of correlated features carry some of."""
    for n, d, share in (
        (200, 64, 0.5), (600, 768, 0.05), (600, 64, 0.05), (3000, 768, 0.05), (3000, 256, 0.5)
    ):  # fmt: skip
        yield made_classes(n, d, share)
    for n, d in ((300, 384), (1000, 128), (3000, 768)):
        yield made_numbers(n, d)


def made_classes(n: int, d: int, share: float, seed: int = 0) -> Case:
    """Two classes, `share` of the rows in class 1."""
    rng = np.random.default_rng(seed)
    latent, spread = _latent(rng, n, d)
    targets = (np.arange(n) < share * n).astype(np.int64)
    latent[targets == 1, :16] += 0.8 * spread[:16]
    name = f"made, {share:.0%} positive"
    return Case(name, "binary", _turned(rng, latent), targets, np.arange(n))


def made_numbers(n: int, d: int, seed: int = 0) -> Case:
    """Numbers, half of whose variance is noise."""
    rng = np.random.default_rng(seed)
    latent, spread = _latent(rng, n, d)
    y = (latent[:, :16] / spread[:16]).sum(1) / 4 + rng.standard_normal(n)
    return Case("made, numbers", "regression", _turned(rng, latent), 30 + 9 * y, np.arange(n))


def _latent(rng: np.random.Generator, n: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    """Independent directions `[n, d]` and their deviations, which fall as those of activations."""
    spread = np.arange(1, d + 1) ** -0.5
    return rng.standard_normal((n, d)) * spread, spread


def _turned(rng: np.random.Generator, latent: np.ndarray) -> np.ndarray:
    """Every feature gets some of every direction."""
    turn, _ = np.linalg.qr(rng.standard_normal(2 * latent.shape[1:]))
    turned: np.ndarray = latent @ turn
    return turned


def of_model(name: str) -> Iterator[Case]:
    """The features of a layer for datasets that ship."""
    from probing.engine.extraction import extract
    from probing.engine.models import LMModel

    model = LMModel.from_spec(ModelSpec(name), "cpu", "float32", Path())
    pooler = PoolerSpec("mean", layer=(LAYER,))
    for dataset in SHIPPED:
        entry = DatasetSpec(dataset, limit=N_TEXTS)
        data = datasets.load(entry, datasets.shipped_folder() / f"{dataset}.jsonl", 0)
        X = extract(model, list(data.texts), [pooler]).features[pooler][0, :, 0]
        yield Case(dataset, data.task, np.asarray(X), data.targets, data.groups)


def block_of(case: Case, n_folds: int = N_FOLDS, val_size: float = 0.1) -> Block:
    """A block of one layer."""
    targets, groups = case.targets, case.groups
    folds = make_folds(targets, groups, case.task, n_folds=n_folds, val_size=val_size)
    inner = tuple(
        inner_folds(fold.whole.train, targets, groups, case.task, at)
        for at, fold in enumerate(folds)
    )
    label = Labelling("", 0, targets, folds, inner, 0)
    features = torch.from_numpy(case.X.astype(np.float32))[None, :, None]
    n_classes = 0 if case.task == "regression" else int(targets.max()) + 1
    return Block(features, (label,), groups, case.task, n_classes, "standard")


def merit_of(name: str, block: Block) -> float:
    """The mean accuracy over the folds, or the mean R²."""
    classifier = load(ClassifierSpec(name))
    label = block.labellings[0]
    label = label if needs_validation(classifier) else label.whole
    found = list(classifier.fit(Block(**{**vars(block), "labellings": (label,)})))
    return _merit([fit for fit in found if isinstance(fit, FoldFit)], label, block.task)


def _merit(fits: list[FoldFit], label: Labelling, task: str) -> float:
    merits = []
    for fit in fits:
        wanted = label.targets[label.folds[fit.fold].test]
        if task == "regression":
            missed = np.square(fit.test_scores - wanted).mean() / wanted.var()
            merits.append(1 - missed)
        else:
            merits.append(float(np.mean(fit.decision == wanted)))
    return float(np.mean(merits))


if __name__ == "__main__":
    main(sys.argv[1:])
