"""Cross-validate on a simulated dataset with the project's own classifiers, splits and scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch

from benchmarks.coverage.simulated import Setting, Simulated
from probing.engine.blocks import Block, FoldFailure
from probing.engine.classifiers import Classifier, load, needs_validation
from probing.engine.experiment.block_fits import CellFit
from probing.engine.experiment.scoring.fold_scores import Reading, score
from probing.engine.experiment.scoring.pools import Pools
from probing.engine.splits import make_labellings
from probing.events import FoldDone
from probing.intervals import Summary, summarise
from probing.plan import Cell
from probing.spec import ClassifierSpec
from probing.uncertainty import Measured

Scores = list[dict[str, Measured]]


def scores_of(setting: Setting, data: Simulated, seed: int) -> tuple[Scores, Mapping[str, Summary]]:
    """The scores of every layer, by metric; and the means and t intervals over folds of the first.

    The intervals over folds are those of Nadeau and Bengio (2003), which runs had before.
    """
    classifier, block = block_of(setting, data, seed)
    labellings, pools = block.labellings, Pools(block)
    events: list[FoldDone] = []
    cells = [cell_of(setting, layer) for layer in range(setting.n_layers)]
    for fit in classifier.fit(block):
        if isinstance(fit, FoldFailure):
            raise RuntimeError(fit.reason)
        one = CellFit(cells[fit.layer_at], labellings[fit.labelling_at], fit)
        scored = score(one, fit, block, Reading(0, 0), 0)
        pools.add(one.cell, one.labelling, scored)
        if not fit.layer_at:
            events.append(scored.event)
    scores = [dict(pools.scores_of(cell.id)) for cell in cells]
    return scores, _over_folds(events, scores[0])


def block_of(setting: Setting, data: Simulated, seed: int) -> tuple[Classifier, Block]:
    """The classifier of a setting, and all layers with the labelling and folds to fit."""
    classifier = load(ClassifierSpec(setting.classifier), Path())
    labellings = make_labellings(data, spec_of(setting, seed), "simulated")
    if not needs_validation(classifier):
        labellings = tuple(one.whole for one in labellings)
    features = torch.from_numpy(data.features)[:, :, None]
    how = data.groups, data.task, len(data.classes), "standard", "cpu"
    return classifier, Block(features, labellings, *how)  # type: ignore[arg-type]


def _over_folds(events: Sequence[FoldDone], scores: Mapping[str, Measured]) -> dict[str, Summary]:
    found = {}
    for metric in events[0].metrics:
        values = [value for one in events if (value := one.metrics[metric]) is not None]
        if values:
            n_train, n_test = events[0].n_train, events[0].n_test
            told = summarise(values, metric=metric, n_train=n_train, n_test=n_test)
            mean = scores[metric].value if metric in scores else told.mean
            found[metric] = replace(told, mean=mean)
    return found


def spec_of(setting: Setting, seed: int, n_shuffles: int = 0) -> Any:
    """What the splits read of a spec."""
    return SimpleNamespace(
        controls=("shuffled_labels",) if n_shuffles else (),
        n_shuffles=n_shuffles,
        seed=seed,
        split="kfold",
        n_folds=setting.n_folds,
        val_size=0.1,
        test_size=0.2,
    )


def cell_of(setting: Setting, layer: int | None) -> Cell:
    """The cell of a layer."""
    place = "simulated", setting.task, "simulated", "resid", "mean", layer
    return Cell(*place, setting.classifier, "")
