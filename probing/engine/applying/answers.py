"""What the outputs of a probe say: scores, predictions and probabilities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_softmax

from probing.engine.metrics.log_odds import scores_of
from probing.probes import Card

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Answers:
    """What a probe says of `n` texts or tokens.

    `scores` are `[n]`, of several classes `[n, n_classes]`. `predictions` `[n]` are class names,
    of a regression the scores. `probabilities` `[n]` are those of class 1 of two, else of the
    predicted class; None where the probe has none.
    """

    scores: Numbers
    predictions: list[str] | list[float]
    probabilities: Numbers | None

    @property
    def score(self) -> Numbers:
        """One score for each, `[n]`: of several classes that of the predicted one."""
        return self.scores if self.scores.ndim == 1 else self.scores.max(axis=1)

    def part(self, start: int, end: int) -> Answers:
        """Those of some texts or tokens, side by side."""
        shares = self.probabilities
        return Answers(
            self.scores[start:end],
            self.predictions[start:end],
            None if shares is None else shares[start:end],
        )


def answers_of(card: Card, outputs: Numbers) -> Answers:
    """The answers of outputs `[n, n_outputs]`."""
    scores = scores_of(outputs, card.link)
    if card.task == "regression":
        return Answers(scores, scores.tolist(), None)
    if card.task == "binary":
        at = (scores > card.decision.threshold).astype(np.int64)
    else:
        at = scores.argmax(axis=1)
    return Answers(scores, [card.classes[one] for one in at], probabilities_of(card, outputs))


def probabilities_of(card: Card, outputs: Numbers) -> Numbers | None:
    """The probability of class 1 of two, else of the most probable class, `[n]`."""
    slope, intercept = card.decision.slope, card.decision.intercept
    if slope is None:
        return None
    if outputs.shape[1] == 1:
        shares: Numbers = expit(slope * outputs[:, 0] + intercept)
        return shares
    largest: Numbers = np.exp(log_softmax(slope * outputs, axis=1)).max(axis=1)
    return largest
