"""Sparse probes: logistic regression on the k features that tell most of the classes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor

from probing.engine.blocks import Block
from probing.engine.classifiers.builtin.families.layer_by_layer import Layer, LayerwiseClassifier
from probing.engine.classifiers.builtin.families.outcomes import Failure, Neurons, Outcome
from probing.engine.classifiers.builtin.families.strength_grids import check_counts, check_positive
from probing.engine.classifiers.builtin.families.training_parts import Training, training_sets
from probing.engine.classifiers.builtin.logistic import LogisticRegression
from probing.engine.solvers.rows.scaling import Moments, subset_moments
from probing.engine.solvers.rows.streamed_rows import Rows
from probing.engine.solvers.rows.training_sets import TrainingSets
from probing.engine.solvers.selection.class_separation import class_separation
from probing.engine.solvers.selection.forward import class_columns, forward_selection
from probing.engine.solvers.selection.l1_entry import entry_penalties
from probing.engine.solvers.selection.rank_statistics import auroc_distance, mutual_information
from probing.errors import SpecError


@dataclass(frozen=True)
class _Given:
    """A layer, its rows about their mean, the training sets, their moments, and k features."""

    layer: Layer
    X: Rows
    parts: Sequence[Training]
    sets: TrainingSets
    moments: Moments
    k: int
    C: float | None

    def own(self, at: int, columns: Tensor | None = None) -> Tensor:
        """All rows about the mean of a training set and in its units, or some columns of them."""
        rows = self.X.whole if columns is None else self.X.columns(columns)
        where = slice(None) if columns is None else columns
        rows = rows - self.moments.mean[at, where]
        return rows / self.moments.deviation[at, where] if self.layer.scaled else rows


def _by_separation(given: _Given) -> Iterator[Neurons]:
    layer = given.layer
    yield from _largest(
        class_separation(given.X, given.sets, layer.n_classes, scaled=layer.scaled), given.k
    )


def _by_auroc(given: _Given) -> Iterator[Neurons]:
    yield from _largest(auroc_distance(given.X, given.sets, given.layer.n_classes), given.k)


def _by_information(given: _Given) -> Iterator[Neurons]:
    yield from _largest(mutual_information(given.X, given.sets, given.layer.n_classes), given.k)


def _by_entry(given: _Given) -> Iterator[Neurons]:
    loss = LogisticRegression().loss(given.layer)
    scaled = given.layer.scaled
    yield from _largest(
        entry_penalties(given.X, *loss, given.sets, given.k, scaled=scaled), given.k
    )


def _by_weight(given: _Given) -> Iterator[Neurons]:
    """The weights of a logistic regression on all features, in their training deviations."""
    layer = replace(given.layer, holds_out=False)
    fitted = LogisticRegression(C=given.C or _RANKING_C).fit_layer(layer, given.parts)
    units = given.moments.deviation if layer.scaled else torch.ones_like(given.moments.mean)
    if given.X.unit is not None:
        units = units * given.X.unit
    outcomes = (one for batch in fitted for one in batch)
    for at, outcome in enumerate(outcomes):
        assert outcome.linear is not None
        weights = layer.recovered.of(outcome.linear, given.sets.masks[at])
        if weights is None:
            weights = torch.zeros_like(units[:1])
        about = weights - weights.mean(0) if len(weights) > 1 else weights
        yield from _largest((about * units[at]).norm(dim=0)[None], given.k)


def _by_forward(given: _Given) -> Iterator[Neurons]:
    for at, mask in enumerate(given.sets.masks):
        A = given.own(at)[mask]
        Y = class_columns(given.sets.targets[at, mask], given.layer.n_classes)
        yield Neurons(*forward_selection(A, Y, given.k))


def _largest(scores: Tensor, k: int) -> Iterator[Neurons]:
    """The k features of the largest scores `[g, d]`; of equal ones the first."""
    found, order = scores.sort(dim=1, descending=True, stable=True)
    for own, places in zip(found[:, :k].cpu(), order[:, :k].cpu(), strict=True):
        yield Neurons(places, own)


RANKINGS: dict[str, Callable[[_Given], Iterator[Neurons]]] = {
    "mean_difference": _by_separation,
    "auroc": _by_auroc,
    "mutual_information": _by_information,
    "weight": _by_weight,
    "l1": _by_entry,
    "forward": _by_forward,
}


USUAL_SIZE = 16
_RANKING_C = 1.0  # by which weights rank where the probe's own is chosen


class KSparse(LayerwiseClassifier):
    """Logistic regression of strength `C` on `k` features that each training part chooses anew.

    `by` ranks them: by the difference of the class means, AUROC, mutual information, the weights
    of a logistic regression of strength `C` (else 1) on all of them, the order in which an L1
    penalty lets them in, or forward selection. Without a `k` it is 16. Without a `C` it is chosen
    as that of `LogisticRegression`, on the features of the training part; its inner folds, which
    choose features of their own, keep it. The fits tell the features, best first.
    Gurnee et al. 2023, Finding neurons in a haystack, arXiv:2305.01610.
    """

    streams: ClassVar[bool] = False
    tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass")

    def __init__(
        self, k: int | None = None, by: str = "mean_difference", C: float | None = None
    ) -> None:
        check_counts("KSparse", k=USUAL_SIZE if k is None else k)
        check_positive("KSparse", C=C)
        if by not in RANKINGS:
            what = f"by = {by!r} must be one of {', '.join(RANKINGS)}"
            raise SpecError(what, where="KSparse")
        self.k, self.by, self.C = k, by, C

    def fit_layer(
        self, layer: Layer, parts: Sequence[Training]
    ) -> Iterator[list[Outcome | Failure]]:
        """Rank the features of all training sets, then fit one after another."""
        X = layer.rows
        sets = training_sets(parts, X.device)
        k = min(self.k or USUAL_SIZE, X.shape[1])
        moments = subset_moments(X, sets.masks)
        given = _Given(layer, X, parts, sets, moments, k, self.C)
        strengths: dict[tuple[int, int], float] = {}  # a training comes before its inner folds
        for at, neurons in enumerate(RANKINGS[self.by](given)):
            place = parts[at].labelling_at, parts[at].fold
            outcome = self._fitted(given, at, neurons, self.C or strengths.get(place))
            if isinstance(outcome, Outcome):
                strengths.setdefault(place, outcome.chosen["C"])
            yield [outcome]

    def unfit(self, block: Block, part: Training) -> str | None:
        """Why a training cannot be fitted on any layer, or None."""
        if self.C is None and part.inner_at is None:
            return LogisticRegression().unfit(block, part)
        return super().unfit(block, part)

    def _fitted(
        self, given: _Given, at: int, neurons: Neurons, C: float | None
    ) -> Outcome | Failure:
        layer, part = given.layer, given.parts[at]
        chosen = Rows(given.own(at, neurons.places.to(given.X.device)))
        alone = Layer(chosen, layer.task, layer.n_classes, scaled=False)
        ((outcome,),) = LogisticRegression(C=C).fit_layer(alone, [part])
        d = given.X.shape[1]
        flags = (f"all {d} features are used",) if d <= (self.k or USUAL_SIZE) else ()
        return replace(
            outcome,
            training=part,
            neurons=neurons,
            chosen={"k": float(given.k), **outcome.chosen},
            flags=(*outcome.flags, *flags),
            in_span=False,
            support=neurons.places.to(given.X.device),
        )
