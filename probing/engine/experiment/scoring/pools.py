"""Gather the folds of a cell for what is computed over all of them: metrics, their intervals."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from probing.engine.blocks import Block
from probing.engine.experiment.apart import NOTHING, Apart
from probing.engine.experiment.scoring.fold_scores import Scored
from probing.engine.experiment.scoring.own_rows import OwnRows
from probing.engine.metrics import Predicted, each_influence, optimism, pooled_parts
from probing.engine.splits import Labelling
from probing.events import CellMeasured, CellPooled, Event, FoldDone
from probing.logs.results.influences import packed
from probing.plan import Cell
from probing.uncertainty import (
    Measured,
    NoIntervalError,
    TextsTested,
    interval,
    measured,
    with_training_parts,
)

Key = tuple[str, int]
Arrays = dict[str, NDArray[np.generic]]


@dataclass(frozen=True)
class _Fold:
    event: FoldDone
    tested: Predicted
    seen: Predicted | None
    texts: NDArray[np.int64]


class Pools:
    """Keeps the predictions of a cell's folds until the last of a labelling has landed.

    `shared` is how much of the luck in their training texts a mean over the folds keeps. `frames`
    are those of the datasets that are tested, where these are others than the block's own.
    """

    def __init__(
        self, block: Block, shared: float = 1.0, frames: Mapping[str, OwnRows] | None = None
    ) -> None:
        self.block, self.shared = block, shared
        self.frames, self._frame = frames or {}, OwnRows(0, block.groups)
        self._waiting: dict[Key, dict[int, _Fold]] = {}
        self._pooled: dict[str, list[CellPooled]] = defaultdict(list)
        self._values: dict[str, list[Mapping[str, float]]] = defaultdict(list)
        self._measured: dict[str, _Measures] = {}
        self._apart: dict[str, Apart] = {}

    def add(self, cell: Cell, labelling: Labelling, scored: Scored) -> None:
        """Take in a fold; what has metrics of a user's own is not gathered."""
        if scored.predicted is None:
            return
        key, fold = (cell.id, labelling.permutation), scored.event.fold
        folds = self._waiting.setdefault(key, {})
        rows = self._frame_of(cell).own(labelling.folds[fold].test)
        texts = np.repeat(rows, len(scored.predicted.targets) // max(len(rows), 1))
        seen = scored.seen and compact(scored.seen)
        folds[fold] = _Fold(scored.event, compact(scored.predicted), seen, texts)
        if len(folds) == len(labelling.folds):
            whole = self._waiting.pop(key)
            self._close(cell, labelling.permutation, [whole[at] for at in sorted(whole)])

    def _close(self, cell: Cell, permutation: int, folds: list[_Fold]) -> None:
        pooled = None
        if len(folds) > 1:
            pooled = _pooled(folds)
            self._pooled[cell.id].append(pooled)
        self._values[cell.id].append(_values(folds, pooled))
        if not permutation:
            learns = cell.control != "majority"
            growth = self.shared if learns else 0.0
            frame = self._frame_of(cell)
            self._measured[cell.id] = _measured(folds, pooled, frame, growth)

    def _frame_of(self, cell: Cell) -> OwnRows:
        return self.frames.get(cell.dataset, self._frame)

    def of(self, cells: Iterable[str]) -> list[Event]:
        """The pooled metrics of these cells, and their intervals."""
        events: list[Event] = []
        for cell in cells:
            events += self._pooled[cell]
            if cell in self._measured:
                events.append(self._event(cell))
        return events

    def take(self, cell: str, apart: Apart) -> None:
        """Add the metrics of a cell that have fits of their own."""
        self._apart[cell] = self._apart.get(cell, NOTHING).joined(apart)

    def _event(self, cell: str) -> CellMeasured:
        found, spread = self._measured[cell], self.scores_of(cell)
        apart = self._apart.get(cell, NOTHING)
        lows_highs = {name: interval(name, one) for name, one in spread.items()}
        return CellMeasured(
            cell=cell,
            attempt=found.attempt,
            n_groups=found.n_groups,
            errors={name: math.sqrt(one.variance) for name, one in spread.items()},
            lows={name: low for name, (low, _) in lows_highs.items()},
            highs={name: high for name, (_, high) in lows_highs.items()},
            reasons={**found.reasons, **apart.reasons},
            values=apart.values,
            n_tested=found.n_tested,
        )

    def scores_of(self, cell: str) -> Mapping[str, Measured]:
        """The scores of a cell by metric; over permutations, as a new one may come out."""
        known = self._values[cell], self._measured[cell].scores
        of_folds = _over_permutations(*known, moves=bool(self.frames))
        return of_folds | dict(self._apart.get(cell, NOTHING).scores)

    def values_of(self, cell: str) -> Mapping[str, float]:
        """The metrics of the first labelling of a cell, those without an interval too."""
        return self._values[cell][0] if cell in self._measured else {}

    def arrays(self, cells: Iterable[str]) -> Arrays:
        """The influences of these cells by metric and bin, and what else a test of them needs."""
        return {
            f"{cell}.{name}": array
            for cell in cells
            if cell in self._measured
            for name, array in packed(self.block.task, self.scores_of(cell)).items()
        }


@dataclass(frozen=True)
class _Measures:
    attempt: int
    n_groups: int
    n_tested: int
    scores: Mapping[str, Measured]
    reasons: Mapping[str, str]


def _measured(
    folds: list[_Fold], pooled: CellPooled | None, frame: OwnRows, shared: float
) -> _Measures:
    predicted = [fold.tested for fold in folds]
    seen = [fold.seen for fold in folds if fold.seen is not None]
    texts = np.concatenate([fold.texts for fold in folds])
    n_train = float(np.mean([fold.event.n_train for fold in folds]))
    groups = frame.groups
    if frame.left_out is None:
        share = optimism(predicted, seen) if shared else 0.0
        size = len(folds), n_train / (shared or 1.0)
    else:  # every fold tests the same texts, and what training adds is measured
        share, size = 0.0, (1, math.inf)
    tested = TextsTested(texts, groups, frame.bins, *size, share)
    scores, without, unknown = dict[str, Measured](), dict[str, str](), dict[str, str]()
    for name, influence in each_influence(predicted):
        if isinstance(influence, str):
            without[name] = influence
            continue
        try:
            score = measured(influence, tested)
            scores[name] = _trained(score, name, folds, pooled, frame.left_out)
        except NoIntervalError as why:
            unknown[name] = str(why)
    rows = np.unique(texts)
    n_groups, n_tested = len(np.unique(groups[rows])), len(rows)
    return _Measures(folds[0].event.attempt, n_groups, n_tested, scores, without | unknown)


def _trained(
    score: Measured,
    metric: str,
    folds: list[_Fold],
    pooled: CellPooled | None,
    left_out: float | None,
) -> Measured:
    """The score with what its training texts add, where the folds tell that."""
    if left_out is None:
        return score
    parts = _parts(folds, pooled).get(metric, [])
    known = np.array([np.nan if part is None else part for part in parts], dtype=float)
    if not len(known) or np.isnan(known).any():
        raise NoIntervalError("a fold has no value, so what the training texts add is not known")
    return with_training_parts(score, known, left_out)


def _over_permutations(
    values: list[Mapping[str, float]], scores: Mapping[str, Measured], *, moves: bool
) -> dict[str, Measured]:
    """The scores around the mean of the permutations, as a new one may come out.

    One that `moves` to another dataset finds directions that all texts of it share: how far
    permutations differ counts, where that is more than the luck of texts.
    """
    if len(values) == 1:
        return dict(scores)
    moved = {}
    for name, one in scores.items():
        known = [value[name] for value in values if name in value]
        if known:
            mean, growth = float(np.mean(known)), 1 + 1 / len(known)
            centre = one.centre if one.centre != one.value else mean
            spread = float(np.var(known, ddof=1)) if moves and len(known) > 1 else 0.0
            df = one.df if spread <= one.variance else min(one.df, len(known) - 1)
            variance = max(one.variance, spread) * growth
            moved[name] = replace(one, value=mean, variance=variance, centre=centre, df=df)
    return moved


def _values(folds: list[_Fold], pooled: CellPooled | None) -> dict[str, float]:
    """Each metric of a permutation: the mean over its folds, or that of all folds together."""
    parts = _parts(folds, pooled)
    known = {name: [one for one in part if one is not None] for name, part in parts.items()}
    return {name: math.fsum(part) / len(part) for name, part in known.items() if part}


def _parts(folds: list[_Fold], pooled: CellPooled | None) -> dict[str, list[Any]]:
    """What each fold makes each metric."""
    parts: dict[str, list[Any]] = {
        name: [fold.event.metrics.get(name) for fold in folds] for name in folds[0].event.metrics
    }
    if pooled is not None:
        parts |= {name: list(part) for name, part in pooled.parts.items()}
    return parts


def _pooled(folds: list[_Fold]) -> CellPooled:
    parts = pooled_parts([fold.tested for fold in folds])
    first = folds[0].event
    return CellPooled(
        cell=first.cell,
        attempt=first.attempt,
        permutation=first.permutation,
        folds=tuple(fold.event.fold for fold in folds),
        parts={
            name: [part if math.isfinite(part) else None for part in every]
            for name, every in parts.items()
        },
    )


def compact(predicted: Predicted) -> Predicted:
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
