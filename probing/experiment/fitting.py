"""Fit the cells of a block: the classifier on every labelling, and the majority control."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from probing.blocks import Block, FoldFailure, FoldFit
from probing.classifiers import Classifier
from probing.controls import majority_fits
from probing.errors import CellError
from probing.plan import Cell, PlannedBlock
from probing.splits import Labelling

_PIECE = 4096  # texts that are looked at together


@dataclass(frozen=True)
class CellFit:
    """A fold of a cell: the labelling it was fitted to, and the fit or why there is none."""

    cell: Cell
    labelling: Labelling
    fit: FoldFit | FoldFailure


def cell_fits(classifier: Classifier, block: Block, planned: PlannedBlock) -> Iterator[CellFit]:
    """Every fold of every cell of the block, as they land."""
    n_layers = len(planned.layers_at)
    per_layer = len(planned.cells) // n_layers
    cells = {(at // per_layer, cell.control): cell for at, cell in enumerate(planned.cells)}
    yield from _majority(block, cells, n_layers)
    _check_finite(block)
    for fit in classifier.fit(block):
        labelling = block.labellings[fit.labelling_at]
        yield CellFit(cells[fit.layer_at, labelling.control], labelling, fit)


def _check_finite(block: Block) -> None:
    parts = (part for layer in block.features for part in layer.split(_PIECE))
    if not all(bool(part.isfinite().all()) for part in parts):
        raise CellError(
            "the activations are not finite numbers", hint='use dtype = "bfloat16" or "float32"'
        )


def _majority(block: Block, cells: dict[tuple[int, str], Cell], n_layers: int) -> Iterator[CellFit]:
    """The majority control needs no features: one fit serves every layer."""
    if (0, "majority") not in cells:
        return
    task = block.labellings[0]
    fits = majority_fits(task, block.task, block.n_classes, block.features.shape[2])
    for layer_at in range(n_layers):
        for fit in fits:
            yield CellFit(cells[layer_at, "majority"], task, replace(fit, layer_at=layer_at))
