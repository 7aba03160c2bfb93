"""Gather the folds of a cell for metrics that are computed over all of them together."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from probing.engine.blocks import FoldFit
from probing.engine.experiment.block_fits import CellFit
from probing.engine.experiment.fold_scores import Scored
from probing.engine.metrics import Predicted, pooled_parts
from probing.events import CellPooled

Key = tuple[str, int]


class Pools:
    """Keeps the predictions of a cell's folds until the last of a labelling has landed."""

    def __init__(self) -> None:
        self._waiting: dict[Key, dict[int, Predicted]] = {}
        self._done: list[CellPooled] = []

    def add(self, one: CellFit, fit: FoldFit, scored: Scored) -> None:
        """Take in a fold; a cell of one fold and one with metrics of a user's own have no pool."""
        n_folds = len(one.labelling.folds)
        if scored.predicted is None or n_folds < 2:
            return
        key = one.cell.id, one.labelling.permutation
        folds = self._waiting.setdefault(key, {})
        folds[fit.fold] = _compact(scored.predicted)
        if len(folds) == n_folds:
            self._done.append(_pooled(key, scored.event.attempt, self._waiting.pop(key)))

    def of(self, cells: frozenset[str]) -> list[CellPooled]:
        """The pooled metrics of these cells."""
        return [one for one in self._done if one.cell in cells]


def _pooled(key: Key, attempt: int, folds: dict[int, Predicted]) -> CellPooled:
    order = sorted(folds)
    parts = pooled_parts([folds[at] for at in order])
    return CellPooled(
        cell=key[0],
        attempt=attempt,
        permutation=key[1],
        folds=tuple(order),
        parts={
            name: [part if math.isfinite(part) else None for part in every]
            for name, every in parts.items()
        },
    )


def _compact(predicted: Predicted) -> Predicted:
    """The same with class indices in four bytes, since many cells may wait."""
    if predicted.task == "regression":
        return predicted
    return replace(
        predicted,
        targets=predicted.targets.astype(np.int32),
        decision=_narrow(predicted.decision),
        by_accuracy=_narrow(predicted.by_accuracy),
        by_f1=_narrow(predicted.by_f1),
    )


def _narrow(classes: NDArray[np.int64] | None) -> NDArray[np.int64] | None:
    return None if classes is None else classes.astype(np.int32)
