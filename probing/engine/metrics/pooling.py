"""Pooled metrics: computed over all out-of-fold predictions, with the part of each fold.

F1, precision, recall, average precision, calibration error and R² are not linear in the texts:
their mean over small folds is biased (Forman and Scholz 2010, "Apples-to-apples in
cross-validation studies"; Hawinkel et al. 2024, "Out-of-sample R²").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from probing.engine.metrics.fold_metrics import weighted_values
from probing.engine.metrics.predicted import Numbers, Predicted
from probing.metric_names import METRICS, metrics_of

CHUNK_NUMBERS = 2_000_000


def pooled_parts(folds: Sequence[Predicted]) -> dict[str, list[float]]:
    """For every pooled metric one number a fold, `[n_folds]`: their mean is the pooled value.

    They are the pseudo-values of the jackknife that leaves out a fold (Busing, Meijer and van der
    Leeden 1999, for parts of unequal size), moved to that mean, so that their spread is to the
    pooled value what the spread of the folds' scores is to a mean over folds. NaN for a fold
    without which the metric has no value; where fewer than two folds can be left out, the first
    has the pooled value and the others are NaN. A metric without a value is left out.
    """
    known = [bool(len(one.targets)) and bool(np.isfinite(one.scores).all()) for one in folds]
    used = [one for one, is_known in zip(folds, known, strict=True) if is_known]
    if not used:
        return {}
    whole, sizes = joined(used), np.array([len(one.targets) for one in used])
    names = [name for name in metrics_of(whole.task) if METRICS[name].is_pooled]
    parts = {}
    for name, (value, *without) in _values(whole, sizes, names).items():
        if np.isfinite(value):
            parts[name] = _spread(_parts(value, np.array(without), sizes), known)
    return parts


def joined(folds: Sequence[Predicted]) -> Predicted:
    """The test parts of the folds as one, in their order; what one lacks, all do."""

    def every(name: str) -> Any:
        arrays = [getattr(one, name) for one in folds]
        return None if any(one is None for one in arrays) else np.concatenate(arrays)

    names = [one.name for one in fields(Predicted) if one.name not in ("task", "n_classes")]
    return replace(folds[0], **{name: every(name) for name in names})


def _values(whole: Predicted, sizes: NDArray[np.int64], names: Sequence[str]) -> dict[str, Numbers]:
    """Each metric of all samples, then of all but those of each fold, `[1 + n_folds]`."""
    fold = np.repeat(np.arange(len(sizes)), sizes)
    left_out = np.arange(-1, len(sizes))
    step = max(1, CHUNK_NUMBERS // len(fold))
    chunks = [
        weighted_values(whole, (left_out[at : at + step, None] != fold).astype(float), names)[0]
        for at in range(0, len(left_out), step)
    ]
    return {name: np.concatenate([chunk[name] for chunk in chunks]) for name in names}


def _parts(value: float, without: Numbers, sizes: NDArray[np.int64]) -> Numbers:
    usual = np.isfinite(without)
    if usual.sum() < 2:
        return np.where(np.arange(len(sizes)) == 0, value, np.nan)
    times = sizes.sum() / sizes
    pseudo = np.where(usual, times * value - (times - 1) * without, np.nan)
    parts: Numbers = value + pseudo - np.nanmean(pseudo)
    return parts


def _spread(parts: Numbers, known: Sequence[bool]) -> list[float]:
    """The parts of the folds that are known, NaN for the others."""
    every = np.full(len(known), np.nan)
    every[np.array(known)] = parts
    return [float(part) for part in every]
