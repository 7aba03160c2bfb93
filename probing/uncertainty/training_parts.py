"""What the choice of the training texts adds to a score whose test texts are others.

Each probe leaves one part of the training texts out, and all are scored on the same test texts. So
how their scores differ is a jackknife over parts (Efron and Stein 1981, "The jackknife estimate of
variance", which is no less than the variance on average; Shao and Wu 1989, "A general theory for
jackknife variance estimation", where several texts are left out at once).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from probing.uncertainty.influence import Numbers
from probing.uncertainty.variance import Measured


def with_training_parts(score: Measured, scores: Numbers, left_out: float) -> Measured:
    """The score with the variance that its training texts add.

    `scores` `[n_probes]` are those of the probes, `left_out` the ratio of the training texts that
    a probe has to those that it lacks: k - 1 for k folds. `score` is given the probes.
    """
    n = len(scores)
    trained: Numbers = np.sqrt(left_out / n) * (scores - scores.mean())
    added = float((trained**2).sum())
    variance = score.variance + added
    squares = score.variance**2 / score.df + added**2 / max(n - 1, 1)
    df = variance**2 / squares if squares else score.df
    return replace(score, variance=variance, df=max(df, 1.0), trained=trained)


def apart(a: Measured, b: Measured, *, are_shared: bool) -> tuple[Measured, Measured]:
    """Two scores whose training parts stand in the same or in other places.

    Where they are not `are_shared`, those of one say nothing of the other.
    """
    if are_shared and len(a.trained) == len(b.trained):
        return a, b
    before, after = np.zeros(len(a.trained)), np.zeros(len(b.trained))
    first = replace(a, trained=np.concatenate([a.trained, after]))
    return first, replace(b, trained=np.concatenate([before, b.trained]))
