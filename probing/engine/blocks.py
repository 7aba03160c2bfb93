"""Blocks: the features and labellings that classifiers are given, and the fits they return.

A block is layers of one (dataset, model, site, pooler), so that a classifier may solve layers,
folds, strengths and labellings together. A run gives it one layer, but on a GPU many to what
trains them at once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from probing.engine.shared_values import Memo
from probing.engine.splits.types import Labelling
from probing.engine.token_rows import Tokens

if TYPE_CHECKING:
    import torch

Task = Literal["binary", "multiclass", "regression"]
EVERY_FOLD = -1


@dataclass(frozen=True)
class TrainingLog:
    """The epochs of a network: `values` `[n_epochs, 2 + 2 n_parameters]`.

    Loss of the training and of the validation part (NaN where there is none), then the norms of
    the gradient, then those of the weights of the parameters called `names`.
    """

    names: tuple[str, ...]
    values: NDArray[np.float64]


Watch = Callable[[Sequence[tuple[int, int, int]], Callable[[], list[TrainingLog]]], object]
"""Is told of networks in training at the end of each epoch: their places in a block (layer,
labelling and fold), and what gives the epochs of each so far."""


@dataclass(frozen=True)
class Block:
    """The pooled features of one site and pooler, with every labelling to fit.

    `features` is `[n_layers, n_texts, n_samples, d]` in float32: `n_samples` is 1 but for the
    `concat` methods, where every layer or position of a text is a sample of its own.
    `groups` is `[n_texts]`: texts that share a number never stand on both sides of a split.
    A `memo` keeps what a classifier computes of the features alone for the next one; `name` tells
    these features from others in it. Where every token is kept, `tokens` are those of each layer,
    and the features only stand for them. Where it `holds_out`, candidates are to be compared:
    built-in classifiers then give held-out scores for every task. Where it `directs`, fits tell
    weights; where it `logs_training`, networks tell their epochs, and do so to its `watch` as they
    train, which goes to worker processes too; where it `keeps`, users' classes and networks tell
    their state.
    `partners` `[n_texts]` are the other texts of pairs, -1 where there is none, and `halves` say
    which form of its pair a text is.
    """

    features: torch.Tensor
    labellings: tuple[Labelling, ...]
    groups: NDArray[np.int64]
    task: Task
    n_classes: int
    scale: Literal["standard", "none"]
    device: str = "cpu"
    memo: Memo | None = None
    name: Hashable = ()
    holds_out: bool = False
    directs: bool = False
    logs_training: bool = False
    watch: Watch | None = None
    keeps: bool = False
    tokens: tuple[Tokens, ...] = ()
    partners: NDArray[np.int64] | None = None
    halves: NDArray[np.int64] | None = None


@dataclass(frozen=True)
class TextScores:
    """Scores of training texts.

    `scores` are `[len(texts) * n_samples]`, or that for each class, in the order of `texts`.
    """

    texts: NDArray[np.int64]
    scores: NDArray[np.float64]


@dataclass(frozen=True)
class ChosenFeatures:
    """The features that a fold chose, best first: their places and scores, `[k]` each."""

    places: NDArray[np.int32]
    scores: NDArray[np.float64]


@dataclass(frozen=True)
class FittedState:
    """What an object of a user's class was made into, or the `reason` why that cannot be told.

    Features were scaled to `(x - mean) / unit`, `[d]` each. `given` is what else it needs, such as
    what its constructor was told; `arrays` are the tensors of a network, or what skops writes of
    an `estimator`, as bytes.
    """

    mean: NDArray[np.float64]
    unit: NDArray[np.float64]
    given: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True)
class FoldFit:
    """One fitted classifier on one fold: scores, its own decision, and what it chose.

    Scores are `[n_rows * n_samples]` for binary (larger means class 1) and regression,
    `[n_rows * n_samples, n_classes]` for multiclass, in the order of `fold.test`.
    Scores rank: they are log odds or other decision values, 0 being where a classifier changes
    sides untuned. `probabilities` of the test rows are shaped as their scores, None where the
    classifier has none.
    `decision` is the class index of each test sample by the classifier's own rule, or None
    for one that only scores. `held_out` are the scores of training texts by fits that did not
    see them, which thresholds are set on (binary tasks; others where the block `holds_out`);
    `seen` those of some training texts by this fit, shaped as its test scores. `inner` are the
    scores of the texts trained on by fits that left their inner fold out, by which candidates are
    compared, and `no_inner` says why there are none. `weights` `[k, d]` are those of a linear
    classifier, in the units of the features as the block holds them, where it `directs`: of more
    than two classes one row for each. `neurons` are the features that it chose, `training` the
    epochs of a network. `bounds` `[n_rows * n_samples, 2]` hold the probability of class 1, or of
    the class decided for, in 95 % of the draws of a classifier that samples. `state` is what a
    network or a user's class was made into, and `drawn` what a classifier that samples drew, or a
    probe of tokens learnt, where the block `keeps` it. `flags` say what a reader
    must know, such as an edge choice.
    """

    layer_at: int
    labelling_at: int
    fold: int
    test_scores: NDArray[np.float64]
    decision: NDArray[np.int64] | None
    probabilities: NDArray[np.float64] | None
    n_params: int
    fit_s: float
    chosen: Mapping[str, float] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    held_out: TextScores | None = None
    seen: TextScores | None = None
    inner: TextScores | None = None
    no_inner: str = ""
    weights: NDArray[np.float64] | None = None
    bounds: NDArray[np.float64] | None = None
    neurons: ChosenFeatures | None = None
    training: TrainingLog | None = None
    state: FittedState | None = None
    drawn: Mapping[str, NDArray[Any]] | None = None


@dataclass(frozen=True)
class FoldFailure:
    """One fold of one layer, or `EVERY_FOLD`, that could not be fitted, and why."""

    layer_at: int
    labelling_at: int
    fold: int
    reason: str
