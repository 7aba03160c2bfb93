"""The weights and bias of a fit whose scores are linear in the features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from probing.engine.blocks import FoldFit
from probing.engine.metrics.log_odds import scores_of
from probing.probes import LOG_ODDS, PLAIN

Numbers = NDArray[np.float64]
CLOSE = 1e-5  # of a score, or of the largest one: what is further off is another function


@dataclass(frozen=True)
class Linear:
    """Outputs `features @ weights.T + bias`, `[n_outputs, d]` and `[n_outputs]`.

    `link` says what makes scores of them: nothing, or the log odds of each class.
    """

    weights: Numbers
    bias: Numbers
    link: str = PLAIN

    def outputs(self, features: Numbers) -> Numbers:
        """`[n, n_outputs]` of features `[n, d]`."""
        made: Numbers = features @ self.weights.T + self.bias
        return made

    def scores(self, features: Numbers) -> Numbers:
        """Scores of features `[n, d]`, shaped as those of a fit."""
        return scores_of(self.outputs(features), self.link)


def linear_of(fit: FoldFit, features: Numbers) -> Linear | None:
    """The linear probe that gives the scores of a fit for the `features` `[n, d]` it was tested on.

    None where the fit tells no weights, or no bias makes its scores of them.
    """
    if fit.weights is None:
        return None
    found = (_plain(fit, features), _log_odds(fit, features))
    return next((one for one in found if one is not None and _gives(one, fit, features)), None)


def _plain(fit: FoldFit, features: Numbers) -> Linear | None:
    """Scores that are outputs, in units of their own."""
    assert fit.weights is not None
    scores = fit.test_scores.reshape(len(features), -1)
    if scores.shape[1] != len(fit.weights):
        return None
    made = features @ fit.weights.T
    about, their = made - made.mean(axis=0), scores - scores.mean(axis=0)
    squares = (about**2).sum(axis=0)
    slope = np.where(
        squares > 0, (about * their).sum(axis=0) / np.where(squares > 0, squares, 1), 1
    )
    weights = fit.weights * slope[:, None]
    return Linear(weights, (scores - features @ weights.T).mean(axis=0))


def _log_odds(fit: FoldFit, features: Numbers) -> Linear | None:
    """Scores that are log odds of each class against the rest, of outputs but for a constant."""
    assert fit.weights is not None
    if fit.test_scores.ndim != 2 or fit.test_scores.shape[1] != len(fit.weights):
        return None
    logs = -np.logaddexp(0, -fit.test_scores)
    made = features @ fit.weights.T
    bias = (logs - logs.mean(axis=1, keepdims=True) - made + made.mean(axis=1, keepdims=True)).mean(
        axis=0
    )
    return Linear(fit.weights, bias, LOG_ODDS)


def _gives(probe: Linear, fit: FoldFit, features: Numbers) -> bool:
    scores, wanted = probe.scores(features), fit.test_scores
    if scores.shape != wanted.shape or not np.isfinite(scores).all():
        return False
    off = np.abs(scores - wanted)
    return bool((off <= CLOSE * np.maximum(1, np.abs(wanted))).all())
