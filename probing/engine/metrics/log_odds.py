"""Log odds, which still rank texts where probabilities round to 1."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from probing.engine.metrics.predicted import Numbers, Whole
from probing.probes import LOG_ODDS

_LEAST = float(np.log(np.finfo(np.float64).tiny))  # stands for the logarithm of nothing


def log_odds(probabilities: Numbers) -> Numbers:
    """`log(p / (1 - p))` of every probability, finite also for 0 and 1."""
    with np.errstate(divide="ignore"):
        odds: Numbers = np.log(probabilities) - np.log1p(-probabilities)
    return np.clip(odds, _LEAST, -_LEAST)


def class_log_odds(log_probabilities: Numbers) -> Numbers:
    """Log odds of class 1 `[n]` for two classes, else of each against the rest `[n, k]`.

    `log_probabilities` are `[n, k]`, each row but for a constant.
    """
    logs: Numbers = np.nan_to_num(log_probabilities, nan=np.nan, posinf=np.inf, neginf=_LEAST)
    columns = range(logs.shape[1])
    rest = np.stack([_log_sum(np.delete(logs, at, axis=1)) for at in columns], axis=1)
    odds: Numbers = logs - rest
    return odds[:, 1] if len(columns) == 2 else odds


def scores_of(outputs: Numbers, link: str) -> Numbers:
    """The scores `[n]`, or `[n, n_classes]`, that outputs `[n, n_outputs]` make by a link."""
    if link == LOG_ODDS:
        return class_log_odds(outputs)
    return outputs[:, 0] if outputs.shape[1] == 1 else outputs


def mean_log_odds(scores: Sequence[Numbers]) -> Numbers:
    """The log odds of the mean probability, of log odds."""
    each = np.stack(scores)
    for_it = -np.logaddexp(0, -each)
    against = -np.logaddexp(0, each)
    mean: Numbers = np.logaddexp.reduce(for_it, 0) - np.logaddexp.reduce(against, 0)
    return mean


def probabilities_of(odds: Numbers) -> Numbers:
    """The probabilities of log odds."""
    small = np.exp(-np.abs(odds))
    shares: Numbers = np.where(odds >= 0, 1, small) / (1 + small)
    return shares


def are_log_odds(scores: Numbers, probabilities: Numbers) -> bool:
    """Whether scores are the log odds of these probabilities."""
    return bool(np.allclose(probabilities_of(scores), probabilities, rtol=0, atol=1e-6))


def hold_nothing(odds: Numbers) -> Whole:
    """Where log odds stand for a probability of exactly 0 or 1, rather than are very large."""
    return np.isclose(np.abs(odds), -_LEAST, rtol=1e-6, atol=0).astype(np.int64)


def _log_sum(logs: Numbers) -> Numbers:
    largest = logs.max(axis=1)
    total: Numbers = largest + np.log(np.exp(logs - largest[:, None]).sum(axis=1))
    return total
