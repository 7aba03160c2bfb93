"""Choose among simulated layers inside the training folds, as a run with `select` does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from benchmarks.coverage.measuring import block_of, cell_of
from benchmarks.coverage.simulated import Setting, Simulated
from probing.engine.blocks import FoldFailure
from probing.engine.experiment.block_fits import CellFit
from probing.engine.experiment.choosing.inner_fits import fits_with_inner
from probing.engine.experiment.choosing.inner_score import best, inner_score, metric_of
from probing.engine.experiment.scoring.fold_scores import Reading, Scored, score
from probing.engine.experiment.scoring.pools import Pools
from probing.uncertainty import Measured


def chosen_of(setting: Setting, data: Simulated, seed: int) -> Mapping[str, Measured]:
    """The scores of the layer that is chosen anew in every fold, by metric."""
    classifier, block = block_of(setting, data, seed)
    block, metric = replace(block, holds_out=True), metric_of("auto", data.task)
    (labelling,), cell = block.labellings, cell_of(setting, None)
    found: dict[int, list[tuple[float, tuple[int], Scored]]] = defaultdict(list)
    for fit in fits_with_inner(classifier, block):
        if isinstance(fit, FoldFailure) or fit.inner is None:
            raise RuntimeError(fit.reason if isinstance(fit, FoldFailure) else fit.no_inner)
        inner = inner_score(block, labelling, fit.fold, fit.inner, metric)
        scored = score(CellFit(cell, labelling, fit), fit, block, Reading(0, 0), 0)
        found[fit.fold].append((inner, (fit.layer_at,), scored))
    pools = Pools(block)
    for layers in found.values():
        at = best([inner for inner, _, _ in layers], [rank for _, rank, _ in layers])
        pools.add(cell, labelling, layers[at or 0][2])
    return pools.scores_of(cell.id)
