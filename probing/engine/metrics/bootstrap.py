"""The interval of a single fold, by weighting its test texts at random."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from probing.engine.metrics.fold_metrics import weighted_values
from probing.engine.metrics.predicted import Numbers, Predicted, Whole
from probing.metric_names import METRICS, metrics_of

N_RESAMPLES = 1000
CHUNK_NUMBERS = 2_000_000
LEAST_SHAPE = 0.1
NOWHERE = float("nan"), float("nan")


@dataclass(frozen=True)
class Bounds:
    """95 % bounds by metric, NaN where there are none; `flags` say why."""

    by_metric: dict[str, tuple[float, float]]
    flags: tuple[str, ...] = ()


def bootstrap_intervals(
    predicted: Predicted, groups: Whole, seed: int, n_resamples: int = N_RESAMPLES
) -> Bounds:
    """95 % percentile bounds of every metric, by the Bayesian bootstrap (Rubin 1981).

    `groups` is `[n]`: samples that share a number are weighted together. Weights are positive, so
    that none of the resamples lacks a class; their spread gives the unbiased variance of a mean
    over the groups that hold a class. Thresholds and decisions stay as they are. No bounds of the
    metrics that need every class, where one stands in a single group.
    """
    names, place = np.unique(groups, return_inverse=True)
    if len(names) < 2:
        flags = ("no intervals: the test part has only one group",)
        return Bounds(dict.fromkeys(metrics_of(predicted.task), NOWHERE), flags)
    n_holding = _holding(predicted, place)
    shapes = np.maximum((n_holding - 2) / n_holding, LEAST_SHAPE)
    values = _resampled(predicted, place, shapes, np.random.default_rng(seed), n_resamples)
    bounds = {name: _bounds(every) for name, every in values.items()}
    if n_holding.min() > 1:
        return Bounds(bounds)
    lacking = {name: NOWHERE for name in bounds if METRICS[name].needs_classes}
    why = "no intervals of class-wise metrics: a class is in only one group of the test part"
    return Bounds(bounds | lacking, (why,))


def _holding(predicted: Predicted, place: Whole) -> Whole:
    """For each group, how many groups hold the rarest of its classes, `[n_groups]`."""
    n_groups = int(place.max()) + 1
    least = np.full(n_groups, n_groups)
    if predicted.task == "regression":
        return least
    for at in np.unique(predicted.targets):
        holding = np.unique(place[predicted.targets == at])
        least[holding] = np.minimum(least[holding], len(holding))
    return least


def _resampled(
    predicted: Predicted,
    place: Whole,
    shapes: Numbers,
    generator: np.random.Generator,
    n_resamples: int,
) -> dict[str, Numbers]:
    """Every metric of every resample, `[n_resamples]`."""
    step = max(1, CHUNK_NUMBERS // len(place))
    chunks = []
    for start in range(0, n_resamples, step):
        size = min(step, n_resamples - start), len(shapes)
        weights = generator.gamma(shapes, 1 / shapes, size=size)
        chunks.append(weighted_values(predicted, weights[:, place])[0])
    return {name: np.concatenate([chunk[name] for chunk in chunks]) for name in chunks[0]}


def _bounds(values: Numbers) -> tuple[float, float]:
    if not np.isfinite(values).all():
        return NOWHERE
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)
