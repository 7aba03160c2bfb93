"""Classes, or values of a continuous target, that rule the score."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from probing.audit.findings import Finding, examples_of, short
from probing.audit.material import Material

MAJORITY = 0.8
FEW_ROWS, MOST_OF_VARIANCE = 0.01, 0.5
FEWEST = 50


def imbalance(material: Material) -> Iterator[Finding]:
    """A class that nearly every row has."""
    if material.is_regression:
        return
    most = int(material.class_counts.argmax())
    share = material.class_counts[most] / len(material)
    if share < MAJORITY:
        return
    rest = np.flatnonzero(material.targets != most)
    yield Finding(
        "imbalance",
        "warning",
        f"imbalance: majority {short(share)}, {len(rest):,} rows of other classes",
        len(rest),
        examples_of(material.dataset, rest.tolist()),
        "accuracy says little; read balanced_accuracy, auroc or average_precision",
    )


def outliers(material: Material) -> Iterator[Finding]:
    """A few numbers that hold most of the variance of a continuous target."""
    if not material.is_regression or len(material) < FEWEST:
        return
    squares = (material.targets - float(np.median(material.targets))) ** 2
    order = np.argsort(-squares, kind="stable")
    n_few = max(1, int(FEW_ROWS * len(material)))
    share = float(squares[order[:n_few]].sum() / max(squares.sum(), 1e-300))
    if share >= MOST_OF_VARIANCE:
        yield Finding(
            "outliers",
            "warning",
            f"outliers: {n_few:,} of {len(material):,} rows hold {short(share)} of the variance",
            n_few,
            examples_of(material.dataset, order.tolist()),
            "r2 and mse depend on them; check them, or read spearman and mae",
        )
