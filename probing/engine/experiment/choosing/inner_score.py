"""The inner score of a fold: how well a candidate does on texts of its training part."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from probing.engine.blocks import Block, TextScores
from probing.engine.metrics import Predicted, value_of
from probing.engine.splits import Labelling
from probing.metric_names import METRICS

DIGITS = 9  # scores that agree to so many decimals are a tie


def metric_of(wanted: str, task: str) -> str:
    """The metric to choose by: the one that is wanted, where the task has it."""
    if wanted in METRICS and task in METRICS[wanted].tasks:
        return wanted
    return "r2" if task == "regression" else "auroc"


def inner_score(
    block: Block, labelling: Labelling, fold: int, inner: TextScores, metric: str
) -> float:
    """The score of the texts that a fold trains on, NaN where it has no value; larger is better.

    A pooled metric is that of all texts together, another the mean over the inner folds that
    have a value.
    """
    numbers = labelling.inner_of(fold)
    whole = [np.ones(len(inner.texts), dtype=bool)]
    each = whole if METRICS[metric].is_pooled else [numbers == at for at in np.unique(numbers)]
    values = [value_of(_predicted(block, labelling, inner, texts), metric) for texts in each]
    known = [value for value in values if math.isfinite(value)]
    if not known:
        return math.nan
    mean = round(math.fsum(known) / len(known), DIGITS)
    return mean if METRICS[metric].higher_is_better else -mean


def _predicted(
    block: Block, labelling: Labelling, inner: TextScores, chosen: NDArray[np.bool_]
) -> Predicted:
    """The scores of some texts, decided where they change sides untuned."""
    n_samples = len(inner.scores) // len(inner.texts)
    targets = labelling.targets[inner.texts[chosen]].repeat(n_samples)
    scores = inner.scores[chosen.repeat(n_samples)]
    decision = None
    if block.task != "regression":
        decision = (scores > 0).astype(np.int64) if scores.ndim == 1 else scores.argmax(axis=1)
    return Predicted(block.task, block.n_classes, targets, scores, decision)


def best(scores: Sequence[float], ranks: Sequence[tuple[int, ...]]) -> int | None:
    """The place of the largest score, of equal ones that of the least rank; None without any."""
    known = [at for at, score in enumerate(scores) if not math.isnan(score)]
    return min(known, key=lambda at: (-scores[at], ranks[at]), default=None)
