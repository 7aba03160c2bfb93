"""What draws of weights predict for each text: the mean probability, and how far draws differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
_ENDS = (0.025, 0.975)
_PIECE = 2**22  # values held at a time


@dataclass(frozen=True)
class Predicted:
    """Scores `[n]`, the log odds of class 1's mean probability, or `[n, k]` of each class's; and
    `bounds` `[n, 2]` that hold 95 % of the draws' probabilities of class 1, or
    of the class decided for."""

    scores: Numbers
    bounds: Numbers


def predicted(X: Numbers, weights: Numbers, intercepts: Numbers) -> Predicted:
    """The predictive distribution of rows `X` `[n, d]` under draws `[s, d, k]` and `[s, k]`."""
    size = max(1, _PIECE // intercepts.size)
    pieces = [X[start : start + size] for start in range(0, len(X), size)] or [X]
    found = [_of_rows(piece, weights, intercepts) for piece in pieces]
    scores, bounds = zip(*found, strict=True)
    return Predicted(np.concatenate(scores), np.concatenate(bounds))


def _of_rows(X: Numbers, weights: Numbers, intercepts: Numbers) -> tuple[Numbers, Numbers]:
    from scipy.special import log_expit, log_softmax, logsumexp  # few runs need SciPy

    odds = np.einsum("nd,sdk->nsk", X, weights, optimize=True) + intercepts
    if odds.shape[2] == 1:
        first, second = (_log_mean(log_expit(sign * odds[:, :, 0])) for sign in (1.0, -1.0))
        return first - second, _ends(np.exp(log_expit(odds[:, :, 0])))
    logs = log_softmax(odds, axis=2)
    rest = [np.delete(odds, at, axis=2) for at in range(odds.shape[2])]
    whole = logsumexp(odds, axis=2)
    against = np.stack([_log_mean(logsumexp(one, axis=2) - whole) for one in rest], axis=1)
    scores = _log_mean(logs) - against
    decided = np.take_along_axis(logs, scores.argmax(1)[:, None, None], 2)[:, :, 0]
    return scores, _ends(np.exp(decided))


def _log_mean(logs: Numbers) -> Numbers:
    """The log of the mean over the draws, axis 1."""
    from scipy.special import logsumexp

    found: Numbers = logsumexp(logs, axis=1) - np.log(logs.shape[1])
    return found


def _ends(chances: Numbers) -> Numbers:
    return np.quantile(chances, _ENDS, axis=1).T
