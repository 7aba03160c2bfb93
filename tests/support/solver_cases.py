"""Features, folds and labellings to fit, and scikit-learn's answers on the same folds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.preprocessing import StandardScaler

from probing.engine.blocks import Block, FoldFit
from probing.engine.splits.types import Fold, Labelling
from probing.registry import CLASSIFIERS, Entry


def is_usual(entry: Entry) -> bool:
    """Whether a classifier reads one vector of each text and needs no more: others have tests of
    their own."""
    return not (
        entry.needs_pairs or entry.reads_tokens or any(not one.parameter for one in entry.needs)
    )


def briefly(name: str, max_epoch: int = 200) -> dict[str, int]:
    """Parameters with which a classifier fits in little time: networks train for long."""
    return {"max_epoch": max_epoch} if CLASSIFIERS[name].is_network else {}


def labelling(
    targets: np.ndarray, n_folds: int, *, n_inner: int = 3, val_size: float = 0.1, seed: int = 0
) -> Labelling:
    """Folds and inner folds, stratified for classes."""
    cut = KFold if targets.dtype == np.float64 else StratifiedKFold
    folds, inner = [], []
    for kept, test in cut(n_folds, shuffle=True, random_state=seed).split(targets, targets):
        n_val = int(val_size * len(targets))
        shuffled = np.random.default_rng(seed).permutation(kept)
        val, train = np.sort(shuffled[:n_val]), np.sort(shuffled[n_val:])
        number = np.zeros(len(targets), dtype=np.int64)
        inner_cut = cut(n_inner, shuffle=True, random_state=seed + 1)
        for part in (train, val) if n_val else (train,):
            for at, (_, held_out) in enumerate(inner_cut.split(part, targets[part])):
                number[part[held_out]] = at
        folds.append(Fold(train, val, test))
        inner.append(number[np.sort(kept)])
    return Labelling("", 0, targets, tuple(folds), tuple(inner), seed)


def block(
    X: np.ndarray, *labellings: Labelling, scale: str = "standard", n_samples: int = 1
) -> Block:
    """A block of layers `[n_layers, n_texts * n_samples, d]`, or of one layer `[n_texts, d]`."""
    layers = np.atleast_3d(X) if X.ndim == 3 else X[None]
    features = torch.from_numpy(layers.astype(np.float32)).unflatten(1, (-1, n_samples))
    targets = labellings[0].targets
    n_classes = 0 if targets.dtype == np.float64 else int(targets.max()) + 1
    task = {0: "regression", 2: "binary"}.get(n_classes, "multiclass")
    groups = np.arange(features.shape[1])
    return Block(features, tuple(labellings), groups, task, n_classes, scale)


def fold_data(
    one: Block, fit: FoldFit
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Training rows, their targets and inner folds, test rows and their targets, as scaled."""
    label = one.labellings[fit.labelling_at]
    fold = label.folds[fit.fold]
    X = one.features[fit.layer_at, :, 0].numpy().astype(np.float64)
    train, test = X[fold.train], X[fold.test]
    if one.scale == "standard":
        scaler = StandardScaler().fit(train)
        train, test = scaler.transform(train), scaler.transform(test)
    targets = label.targets
    return train, targets[fold.train], label.inner_of(fit.fold), test, targets[fold.test]


KINDS = ("plain", "collinear", "wide", "imbalanced", "separable", "constant", "tiny", "outlier")


def features(kind: str, targets: np.ndarray, seed: int) -> np.ndarray:
    """Features `[n, d]` of one difficult kind that carry some of the targets."""
    rng = np.random.default_rng(seed)
    n = len(targets)
    d = {"wide": 2 * n, "tiny": 3}.get(kind, 12)
    strength = 6.0 if kind == "separable" else 0.7
    directions = rng.standard_normal((len(np.unique(targets)), d))
    classes = np.unique(targets, return_inverse=True)[1]
    X = rng.standard_normal((n, d)) + strength * directions[classes] / 2
    X *= np.logspace(-1, 1, d)
    if kind == "collinear":
        X[:, -3:] = X[:, :3] @ rng.standard_normal((3, 3))
    if kind == "constant":
        X[:, 1] = 2.5
        X[:, 2] = 0.1
    if kind == "outlier":
        X[0] *= 100
    return X.astype(np.float32).astype(np.float64) + 3


def class_targets(kind: str, n_classes: int, seed: int, n_each: int = 50) -> np.ndarray:
    """Class indices, `n_each` for each class on average, with at least six members of each."""
    rng = np.random.default_rng(seed + 1)
    n = min(30, n_each) * n_classes if kind == "tiny" else n_each * n_classes
    share = np.full(n_classes, 1.0)
    if kind == "imbalanced":
        share[0] = 9.0
    drawn = rng.choice(n_classes, n, p=share / share.sum())
    drawn[: 6 * n_classes] = np.repeat(np.arange(n_classes), 6)
    return rng.permutation(drawn).astype(np.int64)


def fits(results: Iterator[object]) -> list[FoldFit]:
    """The results, all of which must be fits."""
    found = list(results)
    failures = [one for one in found if not isinstance(one, FoldFit)]
    assert not failures, failures
    return found
