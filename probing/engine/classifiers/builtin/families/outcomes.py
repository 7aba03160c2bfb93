"""The outcome of one training: a fit, or why it failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray
from torch import Tensor

from probing.engine.classifiers.builtin.families.training_parts import Training


@dataclass(frozen=True)
class Neurons:
    """The features that a training chose, best first: their places and scores, `[k]` each."""

    places: Tensor
    scores: Tensor


@dataclass(frozen=True)
class Outcome:
    """What one training gave: scores of its rows to score, `[n]` or `[n, n_classes]`.

    Of two classes a score above 0 is class 1. `probabilities` says that scores are log odds;
    `held_out` are those of the training rows, each by a fit that did not see it, where the layer
    asks for them; `bounds` `[n, 2]` are the ends of an interval of each row's probability;
    `linear` `[n_rows, k]` are scores of all rows, linear in the features, of a
    classifier that has weights, `in_span` where these lie in the span of its rows, of which only
    those at the places `support` are not 0, if that is known; `strength_at`
    tells the outcomes of a path of strengths apart. `neurons` are those that it chose, if any;
    `state` is what its scores follow from, where that is not the training rows alone.
    """

    training: Training
    scores: Tensor
    n_params: int
    probabilities: bool = False
    chosen: Mapping[str, float] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    strength_at: int = 0
    held_out: Tensor | None = None
    linear: Tensor | None = None
    in_span: bool = True
    support: Tensor | None = None
    bounds: Tensor | None = None
    neurons: Neurons | None = None
    state: Mapping[str, NDArray[Any]] | None = None


def contrasts(scores: Tensor) -> Tensor:
    """Of scores for each class `[n, k]`, of two classes their difference `[n, 1]`."""
    return scores[:, 1:] - scores[:, :1] if scores.shape[1] == 2 else scores


@dataclass(frozen=True)
class Failure:
    """A training that could not be fitted, and why."""

    training: Training
    reason: str
    strength_at: int = 0
