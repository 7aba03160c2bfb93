"""Conditional V-information: what a layer adds to a baseline, from joint fits and fits without it.

Hewitt et al. 2021, "Conditional probing: measuring usable information beyond a baseline":
I_V(layer → Y | baseline) = H_V(Y | baseline) - H_V(Y | baseline, layer).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

import numpy as np

from probing.engine.blocks import Block, FoldFailure, FoldFit
from probing.engine.controls import FEATURE_CONTROLS, Fits
from probing.engine.experiment.apart import Apart
from probing.engine.experiment.block_fits import Fitting, finite_layers
from probing.engine.experiment.conditional.baselines import Baseline
from probing.engine.experiment.conditional.beside import Beside
from probing.engine.experiment.conditional.joint_tokens import featureless
from probing.engine.metrics import (
    Predicted,
    UndefinedMetricError,
    conditional_v_information,
    optimism,
    with_bits,
)
from probing.engine.splits import Labelling
from probing.errors import CellError
from probing.plan import Cell
from probing.uncertainty import TextsTested, bins_of

METRIC = "conditional_v_information"


@dataclass(frozen=True)
class _Told:
    """What the fits of a labelling say of their test parts, and of some training texts, by fold."""

    tested: tuple[Predicted, ...]
    seen: tuple[Predicted, ...]


class BeyondBaseline:
    """Measures cells of a classifier and pooler, whose layers share the fits of the baseline."""

    def __init__(self, classifier: Fits, baseline: Baseline, spare: Path) -> None:
        self.beside = Beside(classifier, baseline, spare)
        self._alone: dict[str, _Told | str] = {}
        self._fitting = Lock()

    def of(self, one: Fitting, cells: Mapping[tuple[int, str], Cell]) -> dict[str, Apart]:
        """The conditional V-information of some cells of a fitting, by their ids.

        A cell of `shuffled_labels` has that of the first permutation.
        """
        if one.block.task == "regression":
            return {}
        finite, sound = finite_layers(one.block)
        roles = {role for _, role in cells}
        kept = tuple(
            each for each in sound.labellings if each.control in roles and not each.permutation
        )
        block = replace(sound, labellings=kept)
        try:
            found = self._joint(one, block)
        except CellError as error:
            return {cell.id: self.without(error.what) for cell in cells.values()}
        return {
            cells[place].id: self._measured(block, labelling, found[layer_at, at])
            for at, labelling in enumerate(kept)
            for layer_at in range(len(block.features))
            if (place := (finite[layer_at], labelling.control)) in cells
        }

    def without(self, reason: str) -> Apart:
        """No conditional V-information, and why."""
        return Apart({}, {}, {METRIC: reason})

    def _joint(self, one: Fitting, block: Block) -> Mapping[tuple[int, int], _Told | str]:
        """The joint fits of every layer and labelling."""
        makes = FEATURE_CONTROLS.get(one.control)
        fits = _by_place(self.beside if makes is None else makes(self.beside), block)
        return {
            (layer_at, at): _told(block, labelling, fits[layer_at, at])
            for layer_at in range(len(block.features))
            for at, labelling in enumerate(block.labellings)
        }

    def _without_layer(self, block: Block, labelling: Labelling) -> _Told | str:
        """The fits to the baseline alone, which the first to ask makes."""
        with self._fitting:
            if labelling.key not in self._alone:
                nothing = block.features[:1, ..., :0]
                tokens = tuple(featureless(one) for one in block.tokens[:1])
                alone = replace(block, features=nothing, tokens=tokens, labellings=(labelling,))
                fits = _by_place(self.beside, alone)[0, 0]
                self._alone[labelling.key] = _told(alone, labelling, fits)
            return self._alone[labelling.key]

    def _measured(self, block: Block, labelling: Labelling, joint: _Told | str) -> Apart:
        alone = self._without_layer(block, labelling)
        if isinstance(joint, str):
            return self.without(joint)
        if isinstance(alone, str):
            return self.without(f"the baseline alone: {alone}")
        try:
            found = conditional_v_information(joint.tested, alone.tested)
        except UndefinedMetricError as why:
            return self.without(str(why))
        shares = [optimism(each.tested, each.seen) for each in (joint, alone)]
        return Apart.of({METRIC: found}, _texts_tested(block, labelling, max(shares)))


Fitted = Sequence[FoldFit | FoldFailure]


def _by_place(classifier: Fits, block: Block) -> Mapping[tuple[int, int], Fitted]:
    found: dict[tuple[int, int], list[FoldFit | FoldFailure]] = defaultdict(list)
    for fit in classifier.fit(block):
        found[fit.layer_at, fit.labelling_at].append(fit)
    return found


def _told(block: Block, labelling: Labelling, fits: Fitted) -> _Told | str:
    """What the fits say, or why they say nothing."""
    failed = [f"fold {fit.fold}: {fit.reason}" for fit in fits if isinstance(fit, FoldFailure)]
    there = {fit.fold: fit for fit in fits if isinstance(fit, FoldFit)}
    if failed or len(there) < len(labelling.folds):
        return next(iter(failed), "not every fold was returned")
    folds = [there[at] for at in sorted(there)]
    tested = tuple(_tested(block, labelling, fit) for fit in folds)
    seen = (_seen(block, labelling, fit) for fit in folds)
    return _Told(tested, tuple(one for one in seen if one is not None))


def _tested(block: Block, labelling: Labelling, fit: FoldFit) -> Predicted:
    fold = labelling.folds[fit.fold]
    targets = np.repeat(labelling.targets[fold.test], block.features.shape[2])
    how = block.task, block.n_classes, targets, fit.test_scores
    predicted = Predicted(*how, probabilities=fit.probabilities)
    if fit.probabilities is None:
        return predicted
    return with_bits(predicted, labelling.targets[fold.train].astype(np.int64))


def _seen(block: Block, labelling: Labelling, fit: FoldFit) -> Predicted | None:
    if fit.seen is None:
        return None
    targets = np.repeat(labelling.targets[fit.seen.texts], block.features.shape[2])
    return Predicted(block.task, block.n_classes, targets, fit.seen.scores)


def _texts_tested(block: Block, labelling: Labelling, optimism_share: float) -> TextsTested:
    folds, n_samples = labelling.folds, block.features.shape[2]
    texts = np.concatenate([np.repeat(fold.test, n_samples) for fold in folds])
    n_train = float(np.mean([len(fold.train) for fold in folds]))
    bins = bins_of(block.groups)
    return TextsTested(texts, block.groups, bins, len(folds), n_train, optimism_share)
