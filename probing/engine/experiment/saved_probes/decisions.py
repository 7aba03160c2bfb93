"""How the scores of a saved probe are read: its threshold, and its probabilities.

Both are set on out-of-fold scores of the training texts, each by a fit that did not see the
text. Probabilities follow Platt 1999, "Probabilistic outputs for support vector machines", with
his smoothed targets; of several classes one slope is fitted (temperature scaling: Guo et al. 2017,
"On calibration of modern neural networks"), so that the largest score stays the largest.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from probing.engine.blocks import FoldFit
from probing.engine.metrics import best_thresholds
from probing.engine.metrics.log_odds import are_log_odds
from probing.probes import LOG_ODDS, Decision

Numbers = NDArray[np.float64]
PLATT, TEMPERATURE = "platt", "temperature"


def decision_of(task: str, link: str, fit: FoldFit, targets: NDArray[np.int64]) -> Decision:
    """The decision of a fit whose scores have this `link`; `targets` are those of all texts.

    Without out-of-fold scores the threshold is 0 and the probabilities are the classifier's own.
    """
    if task == "regression":
        return Decision(0.0)
    held = fit.inner
    own = np.zeros(0, dtype=np.int64) if held is None else targets[held.texts]
    if held is None or len(np.unique(own)) < 2:
        return Decision(0.0, 1.0 if _tells_log_odds(task, link, fit) else None)
    if task == "binary":
        threshold = best_thresholds(held.scores, own).accuracy.value
        slope, intercept = platt(held.scores, own)
        return Decision(_finite(threshold, held.scores), slope, intercept, PLATT)
    outputs = -np.logaddexp(0, -held.scores) if link == LOG_ODDS else held.scores
    return Decision(0.0, temperature(outputs, own), 0.0, TEMPERATURE)


def _tells_log_odds(task: str, link: str, fit: FoldFit) -> bool:
    if task == "multiclass":
        return link == LOG_ODDS
    return fit.probabilities is not None and are_log_odds(fit.test_scores, fit.probabilities)


def _finite(threshold: float, scores: Numbers) -> float:
    """A threshold that JSON can hold: beyond all scores where it was at an end."""
    beyond = float(np.abs(scores).max()) + 1
    return float(np.clip(threshold, -beyond, beyond))


def platt(scores: Numbers, targets: NDArray[np.int64]) -> tuple[float, float]:
    """Slope and intercept of the log odds of class 1, of scores `[n]`."""
    unit = float(scores.std()) or 1.0

    def logits(parameters: Numbers) -> Numbers:
        own = parameters[0] * scores / unit + parameters[1]
        return np.stack([np.zeros_like(own), own], axis=1)

    found = _fitted(logits, np.array([1.0, 0.0]), _smooth(targets, 2))
    return float(found[0] / unit), float(found[1])


def temperature(outputs: Numbers, targets: NDArray[np.int64]) -> float:
    """The slope of outputs `[n, k]` by which their softmax is calibrated."""
    unit = float((outputs - outputs.mean(axis=1, keepdims=True)).std()) or 1.0

    def logits(parameters: Numbers) -> Numbers:
        made: Numbers = parameters[0] * outputs / unit
        return made

    return float(_fitted(logits, np.array([1.0]), _smooth(targets, outputs.shape[1]))[0] / unit)


def _fitted(logits, start: Numbers, wanted: Numbers) -> Numbers:  # type: ignore[no-untyped-def]
    from scipy.optimize import minimize  # 0.4 s: a run that saves nothing does not pay
    from scipy.special import log_softmax

    def loss(parameters: Numbers) -> float:
        return float(-(wanted * log_softmax(logits(parameters), axis=1)).sum(axis=1).mean())

    bounds = [(0.0, None), *[(None, None)] * (len(start) - 1)]
    return np.asarray(minimize(loss, start, method="L-BFGS-B", bounds=bounds).x)


def _smooth(targets: NDArray[np.int64], k: int) -> Numbers:
    """Targets `[n, k]` that are never quite 0 or 1, the less so the fewer texts a class has."""
    counts = np.bincount(targets, minlength=k)
    rest = 1 / (counts[targets] + k)
    wanted = np.repeat(rest[:, None], k, axis=1)
    wanted[np.arange(len(targets)), targets] = 1 - (k - 1) * rest
    return wanted
