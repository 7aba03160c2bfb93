"""What a block keeps of its cells, so that one of several candidates can be chosen for each fold.

Of every fold its inner score; of those that lead so far, also what the fit made of its test part,
from which the chosen cell is scored and measured.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from probing.engine.blocks import Block, FoldFit
from probing.engine.experiment.block_fits import CellFit
from probing.engine.experiment.choosing.inner_score import inner_score
from probing.engine.experiment.scoring.fold_scores import Scored
from probing.engine.experiment.scoring.own_rows import OwnRows
from probing.engine.experiment.scoring.pools import compact
from probing.engine.experiment.scoring.predictions import Arrays, predictions_of
from probing.engine.metrics import Predicted

Turn = tuple[int, int]  # a permutation and a fold of it
_ARRAYS = [one.name for one in fields(Predicted) if one.name not in ("task", "n_classes")]


@dataclass(frozen=True)
class Kept:
    """A fold of a candidate: its test part and some training texts as predicted, where they are
    known, and its rows of the table of predictions, which the first permutation has."""

    tested: Predicted | None
    seen: Predicted | None
    rows: Arrays


@dataclass(frozen=True)
class Inner:
    """The inner scores of a candidate by turn, NaN where it is none, and a reason for one of
    those."""

    scores: Mapping[Turn, float]
    reason: str


class Candidates:
    """Gathers the folds of a block's cells, as they land; `frames` are as those of pools."""

    def __init__(
        self, block: Block, metric: str, frames: Mapping[str, OwnRows] | None = None
    ) -> None:
        self.block, self.metric = block, metric
        self.frames, self._frame = frames or {}, OwnRows(0, block.groups)
        self.n_params: dict[tuple[str, Turn], int] = {}
        self._scores: dict[str, dict[Turn, float]] = defaultdict(dict)
        self._reasons: dict[str, str] = {}
        self._kept: dict[tuple[str, Turn], Kept] = {}

    def add(self, one: CellFit, fit: FoldFit, scored: Scored) -> None:
        """Take in a fold."""
        cell, turn = one.cell.id, (one.labelling.permutation, fit.fold)
        self._scores[cell][turn] = np.nan
        if fit.inner is None:
            self._reasons.setdefault(cell, fit.no_inner)
            return
        inner = inner_score(self.block, one.labelling, fit.fold, fit.inner, self.metric)
        if np.isnan(inner):
            self._reasons.setdefault(cell, f"{self.metric} has no value on any inner fold")
            return
        self._scores[cell][turn] = inner
        self.n_params[cell, turn] = fit.n_params
        own = self.frames.get(one.cell.dataset, self._frame)
        rows = {} if one.labelling.permutation else predictions_of(one, fit, self.block, own)
        tested, seen = (part and compact(part) for part in (scored.predicted, scored.seen))
        self._kept[cell, turn] = Kept(tested, seen, rows)

    def inner(self, cell: str) -> Inner:
        """The inner scores of a cell."""
        return Inner(self._scores[cell], self._reasons.get(cell, ""))

    def arrays(self, cell: str, leading: Iterable[Turn]) -> Arrays:
        """The inner scores of a cell, and all else of the turns in which it leads."""
        scores = self._scores[cell]
        if not scores:
            return {}
        found: Arrays = {
            f"{cell}.inner.turns": np.array(list(scores), dtype=np.int32),
            f"{cell}.inner.scores": np.array(list(scores.values()), dtype=np.float64),
            f"{cell}.inner.reason": _of_text(self._reasons.get(cell, "")),
        }
        for turn in leading:
            found |= _packed(cell, turn, self._kept[cell, turn])
        return found


def inner_of(arrays: Mapping[str, NDArray[Any]], cell: str) -> Inner:
    """The inner scores of a cell, from what was committed of it."""
    if f"{cell}.inner.turns" not in arrays:
        return Inner({}, "")
    turns = [(int(permutation), int(fold)) for permutation, fold in arrays[f"{cell}.inner.turns"]]
    scores = map(float, arrays[f"{cell}.inner.scores"])
    reason = arrays[f"{cell}.inner.reason"].tobytes().decode()
    return Inner(dict(zip(turns, scores, strict=True)), reason)


def kept_of(
    arrays: Mapping[str, NDArray[Any]], cell: str, turn: Turn, task: str, n_classes: int
) -> Kept:
    """A fold of a cell that leads, from what was committed of it."""
    name = _name(cell, turn)
    parts: dict[str, dict[str, Any]] = defaultdict(dict)
    for key, array in arrays.items():
        if key.startswith(name):
            part, _, column = key.removeprefix(name).partition(".")
            parts[part][column] = array
    tested, seen = (
        Predicted(task, n_classes, **parts[part]) if part in parts else None
        for part in ("tested", "seen")
    )
    return Kept(tested, seen, parts["rows"])


def _packed(cell: str, turn: Turn, kept: Kept) -> Arrays:
    name = _name(cell, turn)
    found: Arrays = {f"{name}rows.{column}": array for column, array in kept.rows.items()}
    for part, predicted in (("tested", kept.tested), ("seen", kept.seen)):
        for column in _ARRAYS if predicted else ():
            array = getattr(predicted, column)
            if array is not None:
                found[f"{name}{part}.{column}"] = array
    return found


def _name(cell: str, turn: Turn) -> str:
    return f"{cell}.fold.{turn[0]}.{turn[1]}."


def _of_text(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode("utf-8", "replace"), dtype=np.uint8)
