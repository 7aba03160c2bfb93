"""The interval of a single fold, by resampling its test texts."""

from __future__ import annotations

import numpy as np

from probing.engine.metrics.fold_metrics import weighted_values
from probing.engine.metrics.predicted import Numbers, Predicted, Whole

N_RESAMPLES = 1000
CHUNK_NUMBERS = 2_000_000
LEAST_DEFINED = 0.5


def bootstrap_intervals(
    predicted: Predicted, groups: Whole, seed: int, n_resamples: int = N_RESAMPLES
) -> dict[str, tuple[float, float]]:
    """95 % percentile bounds of every metric (Efron and Tibshirani 1993, chapter 13).

    `groups` is `[n]`: samples that share a number are drawn together. Thresholds and decisions
    stay as they are. NaN where a metric is undefined on half of the resamples or more.
    """
    names, place = np.unique(groups, return_inverse=True)
    generator = np.random.default_rng(seed)
    step = max(1, CHUNK_NUMBERS // max(1, len(groups)))
    chunks = []
    for start in range(0, n_resamples, step):
        drawn = _drawn(generator, min(step, n_resamples - start), len(names))
        chunks.append(weighted_values(predicted, drawn[:, place])[0])
    return {name: _bounds(np.concatenate([chunk[name] for chunk in chunks])) for name in chunks[0]}


def _drawn(generator: np.random.Generator, n_resamples: int, n_groups: int) -> Numbers:
    """How often each resample holds each group, `[n_resamples, n_groups]`."""
    share = np.full(n_groups, 1 / n_groups)
    return generator.multinomial(n_groups, share, size=n_resamples).astype(np.float64)


def _bounds(values: Numbers) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    if len(known) <= LEAST_DEFINED * len(values):
        return float("nan"), float("nan")
    low, high = np.quantile(known, [0.025, 0.975])
    return float(low), float(high)
