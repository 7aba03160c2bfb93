"""Blocks of made-up features to fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from probing.engine.blocks import Block
from probing.engine.splits import Labelling, make_folds


def data(task: str, n: int = 300, d: int = 8) -> tuple[Any, Any]:
    rng = np.random.default_rng(2)
    X = rng.normal(size=(n, d))
    signal = 2 * X[:, 0] - X[:, 1] + rng.normal(size=n)
    if task == "binary":
        return X, (signal > 0).astype(np.int64)
    if task == "multiclass":
        return X, np.digitize(signal, [-1, 1]).astype(np.int64)
    return X, 1900 + 30 * signal


def block(task: str, scale: str = "standard", n_samples: int = 1, n_layers: int = 1) -> Block:
    X, targets = data(task)
    groups = np.arange(len(X))
    folds = make_folds(targets, groups, task, n_folds=3)
    inner = tuple(np.zeros(len(fold.whole.train), dtype=np.int64) for fold in folds)
    features = torch.from_numpy(5 * X + 3).float()[None, :, None].repeat(n_layers, 1, n_samples, 1)
    n_classes = {"binary": 2, "multiclass": 3, "regression": 0}[task]
    labelling = Labelling("", 0, targets, folds, inner, 17)
    return Block(features, (labelling,), groups, task, n_classes, scale)  # type: ignore[arg-type]
