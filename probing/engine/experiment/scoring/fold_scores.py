"""Score a fold: from its fitted scores to metrics, thresholds and the `fold_done` event."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from probing.engine.blocks import Block, FoldFit
from probing.engine.experiment.block_fits import CellFit
from probing.engine.metrics import FoldMetrics, Predicted, fold_metrics
from probing.engine.splits import Labelling
from probing.events import FoldDone


@dataclass(frozen=True)
class Reading:
    """What is true of every cell of a block: how its model read its texts, and class 1 of them."""

    n_model_params: int
    n_truncated: int
    flags: tuple[str, ...] = ()
    positive: str = ""


@dataclass(frozen=True)
class Scored:
    """The event of a fold, and what to pool with other folds; None for a user's own metrics.

    `seen` is what the fit makes of some of its training texts, where that is known.
    """

    event: FoldDone
    predicted: Predicted | None = None
    seen: Predicted | None = None


Scorer = Callable[[CellFit, FoldFit, Block, Reading, int], Scored]


def score(one: CellFit, fit: FoldFit, block: Block, reading: Reading, attempt: int) -> Scored:
    """One fold: its test part scored, thresholds tuned inside its training part."""
    metrics = _metrics(one.labelling, fit, block)
    event = _event(one, fit, reading, attempt, metrics)
    return Scored(event, metrics.predicted, _seen(one.labelling, fit, block))


def _seen(labelling: Labelling, fit: FoldFit, block: Block) -> Predicted | None:
    if fit.seen is None:
        return None
    targets = np.repeat(labelling.targets[fit.seen.texts], block.features.shape[2])
    return Predicted(block.task, block.n_classes, targets, fit.seen.scores)


def scorer_of(evaluator: Callable[[Any, bool], Mapping[str, float]]) -> Scorer:
    """A scorer that asks `evaluator` for the metrics, in the shape of `probing.evaluator`."""

    def scored(one: CellFit, fit: FoldFit, block: Block, reading: Reading, attempt: int) -> Scored:
        ours = _metrics(one.labelling, fit, block)
        theirs = evaluator(_predictions(ours), block.task != "regression")
        values = {name: float(value) for name, value in theirs.items()}
        metrics = FoldMetrics(values, {}, ours.flags, ours.predicted)
        return Scored(_event(one, fit, reading, attempt, metrics))

    return scored


def _predictions(metrics: FoldMetrics) -> tuple[NDArray[Any], ...]:
    """What `predict` would have returned for this fold."""
    known = metrics.predicted
    if known.task == "regression":
        return known.scores, known.targets
    decision = known.decision if known.decision is not None else known.scores.argmax(axis=-1)
    by_accuracy = decision if known.by_accuracy is None else known.by_accuracy
    by_f1 = decision if known.by_f1 is None else known.by_f1
    return known.scores, by_accuracy, by_f1, known.targets


def _metrics(labelling: Labelling, fit: FoldFit, block: Block) -> FoldMetrics:
    fold = labelling.folds[fit.fold]
    n_samples, held_out = block.features.shape[2], fit.held_out
    texts = fold.val if held_out is None else held_out.texts
    targets = np.repeat(labelling.targets[texts], n_samples)
    return fold_metrics(
        block.task,
        np.repeat(labelling.targets[fold.test], n_samples),
        fit.test_scores,
        n_classes=block.n_classes,
        decision=fit.decision,
        probabilities=fit.probabilities,
        held_out_targets=None if held_out is None else targets,
        held_out_scores=None if held_out is None else held_out.scores,
        trained_on=labelling.targets[fold.train],
    )


def _event(
    one: CellFit,
    fit: FoldFit,
    reading: Reading,
    attempt: int,
    metrics: FoldMetrics,
) -> FoldDone:
    fold = one.labelling.folds[fit.fold]
    cell = one.cell
    return FoldDone(
        cell=cell.id,
        attempt=attempt,
        dataset=cell.dataset,
        task=cell.task,
        model=cell.model,
        site=cell.site,
        pooler=cell.pooler,
        layer=cell.layer,
        classifier=cell.classifier,
        control=cell.control,
        permutation=one.labelling.permutation,
        fold=fit.fold,
        n_train=len(fold.train),
        n_val=len(fold.val),
        n_test=len(fold.test),
        n_truncated=reading.n_truncated,
        n_params=reading.n_model_params,
        n_probe_params=fit.n_params,
        fit_s=round(fit.fit_s, 6),
        metrics={name: _finite(value) for name, value in metrics.values.items()},
        reasons=metrics.reasons,
        chosen={name: _finite(float(value)) for name, value in fit.chosen.items()},
        flags=tuple(
            dict.fromkeys((*reading.flags, *one.labelling.flags, *fit.flags, *metrics.flags))
        ),
        positive=reading.positive,
        trained_on=cell.trained_on,
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
