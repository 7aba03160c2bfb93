"""Out-of-fold predictions: gathered per block during a run.

Of `shuffled_labels` the first permutation is kept. Where a text is several samples (`concat`),
its score is their mean. Of a task of several classes, up to `MOST_CLASSES`, the scores of all of
them are kept, but not those of controls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from probing.engine.blocks import Block, ChosenFeatures, FoldFit, TrainingLog
from probing.engine.experiment.block_fits import CellFit
from probing.engine.experiment.scoring.own_rows import OwnRows
from probing.engine.experiment.scoring.stability import directions_of
from probing.logs.details.neurons import places_name, scores_name
from probing.logs.details.prediction_rows import CLASS_SCORES, MOST_CLASSES
from probing.logs.details.training_logs import epochs_name, packed_names, parameters_name

BOUNDS = ("probability_low", "probability_high")
Arrays = dict[str, NDArray[np.generic]]


class Predictions:
    """Gathers the predictions of a block's cells; `frames` are as those of pools."""

    def __init__(self, block: Block, frames: Mapping[str, OwnRows] | None = None) -> None:
        self.block = block
        self.frames, self._frame = frames or {}, OwnRows(0, block.groups)
        self._parts: dict[str, list[Arrays]] = {}
        self._directions: dict[str, dict[int, NDArray[np.float32]]] = {}
        self._neurons: dict[str, dict[int, ChosenFeatures]] = {}
        self._training: dict[str, dict[int, TrainingLog]] = {}

    def add(self, one: CellFit, fit: FoldFit) -> None:
        """Take in the test part of a fold."""
        if not one.labelling.permutation:
            frame = self.frames.get(one.cell.dataset, self._frame)
            self.put(one.cell.id, predictions_of(one, fit, self.block, frame))
            if fit.weights is not None:
                found = directions_of(fit.weights)
                self._directions.setdefault(one.cell.id, {})[fit.fold] = found
            if fit.neurons is not None:
                self._neurons.setdefault(one.cell.id, {})[fit.fold] = fit.neurons
            if fit.training is not None:
                self._training.setdefault(one.cell.id, {})[fit.fold] = fit.training

    def put(self, cell: str, part: Arrays) -> None:
        """Take in the rows of a fold; none of a permutation that is not kept."""
        if part:
            self._parts.setdefault(cell, []).append(part)

    def arrays(self, cells: Sequence[str]) -> Arrays:
        """One array per cell and column, named `CELL.COLUMN`."""
        rows = {
            f"{cell}.{column}": np.concatenate([part[column] for part in self._parts[cell]])
            for cell in cells
            if cell in self._parts
            for column in self._parts[cell][0]
        }
        directions: Arrays = {
            f"{cell}.directions": np.stack([found[fold] for fold in sorted(found)])
            for cell in cells
            if (found := self._directions.get(cell))
        }
        return rows | directions | self._chosen(cells) | self._logged(cells)

    def _logged(self, cells: Sequence[str]) -> Arrays:
        """The epochs of each fold, and the names of what was trained."""
        arrays: Arrays = {}
        for cell in cells:
            for fold, log in self._training.get(cell, {}).items():
                arrays[epochs_name(cell, fold)] = log.values.astype(np.float32)
                arrays[parameters_name(cell)] = packed_names(log.names)
        return arrays

    def _chosen(self, cells: Sequence[str]) -> Arrays:
        """The features that each fold chose, and their scores, `[n_folds, k]` each."""
        arrays: Arrays = {}
        for cell in cells:
            found = self._neurons.get(cell, {})
            if found:
                in_order = [found[fold] for fold in sorted(found)]
                arrays[places_name(cell)] = np.stack([one.places for one in in_order])
                arrays[scores_name(cell)] = np.stack([one.scores for one in in_order])
        return arrays


def predictions_of(one: CellFit, fit: FoldFit, block: Block, frame: OwnRows) -> Arrays:
    """A row for every text of the test part of a fold, column by column."""
    rows = one.labelling.folds[fit.fold].test
    own = frame.own(rows)
    scores, decision = text_scores(fit, block)
    return {
        "text": own.astype(np.int32),
        "fold": np.full(len(rows), fit.fold, dtype=np.int16),
        "score": scores,
        "prediction": decision.astype(np.int32),
        "target": one.labelling.targets[rows].astype(np.float64),
        "probability": text_probabilities(fit, block, decision),
        "group": frame.groups[own].astype(np.int32),
        **_bounds(fit, block),
        **_class_scores(one, fit, block),
    }


def is_kept(task: str, n_classes: int) -> bool:
    """Whether the scores of all classes are kept."""
    return task == "multiclass" and n_classes <= MOST_CLASSES


def _class_scores(one: CellFit, fit: FoldFit, block: Block) -> Arrays:
    """The score of every class, `[n_texts, n_classes]`, where they are few."""
    if one.cell.control or not is_kept(block.task, fit.test_scores.shape[-1]):
        return {}
    return {CLASS_SCORES: _mean_scores(fit, block).astype(np.float32)}


def _mean_scores(fit: FoldFit, block: Block) -> NDArray[np.float64]:
    """The scores of each text, the mean over its samples."""
    n_samples = block.features.shape[2]
    scores: NDArray[np.float64] = fit.test_scores.reshape(
        -1, n_samples, *fit.test_scores.shape[1:]
    ).mean(axis=1)
    return scores


def text_scores(fit: FoldFit, block: Block) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Score and decision of every test text.

    The score is the decision value of class 1 (binary), that of the predicted class (multiclass)
    or the predicted number, each the mean over a text's samples; the decision of a regression
    is -1.
    """
    n_samples, scores = block.features.shape[2], _mean_scores(fit, block)
    if block.task == "regression":
        return scores, np.full(len(scores), -1, dtype=np.int64)
    if block.task == "multiclass":
        decision = scores.argmax(axis=1)
        if fit.decision is not None and n_samples == 1:
            decision = fit.decision
        return scores[np.arange(len(scores)), decision], decision
    if fit.decision is not None and n_samples == 1:
        return scores, fit.decision
    return scores, (scores > 0).astype(np.int64)


def text_probabilities(
    fit: FoldFit, block: Block, decision: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Of every test text the probability of class 1 (binary) or of the class decided for.

    The mean over a text's samples; NaN where the classifier has none.
    """
    if fit.probabilities is None or block.task == "regression":
        return np.full(len(decision), np.nan)
    n_samples = block.features.shape[2]
    shape = -1, n_samples, *fit.probabilities.shape[1:]
    chances: NDArray[np.float64] = fit.probabilities.reshape(shape).mean(axis=1)
    return chances if block.task == "binary" else chances[np.arange(len(chances)), decision]


def _bounds(fit: FoldFit, block: Block) -> Arrays:
    """The ends of the interval of every text's probability, where there is one of one sample."""
    if fit.bounds is None or block.features.shape[2] > 1:
        return {}
    return dict(zip(BOUNDS, fit.bounds.T, strict=True))
