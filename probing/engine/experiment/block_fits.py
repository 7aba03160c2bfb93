"""Fit the cells of a block: the classifier on every labelling, and the majority control."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from probing.engine.blocks import EVERY_FOLD, Block, FoldFailure, FoldFit
from probing.engine.classifiers import Classifier
from probing.engine.controls import majority_fits
from probing.engine.splits import Labelling
from probing.errors import CellError
from probing.plan import Cell, PlannedBlock

if TYPE_CHECKING:
    from torch import Tensor

_PIECE = 4096  # texts that are looked at together


@dataclass(frozen=True)
class CellFit:
    """A fold of a cell: the labelling it was fitted to, and the fit or why there is none."""

    cell: Cell
    labelling: Labelling
    fit: FoldFit | FoldFailure


def cell_fits(classifier: Classifier, block: Block, planned: PlannedBlock) -> Iterator[CellFit]:
    """Every fold of every cell of the block, as they land; raises `CellError` where no layer can
    be fitted."""
    n_layers = len(planned.layers_at)
    per_layer = len(planned.cells) // n_layers
    cells = {(at // per_layer, cell.control): cell for at, cell in enumerate(planned.cells)}
    yield from _majority(block, cells, n_layers)
    finite = [at for at, layer in enumerate(block.features) if _is_finite(layer)]
    if not finite:
        raise _not_finite()
    for layer_at in sorted(set(range(n_layers)) - set(finite)):
        for labelling_at, labelling in enumerate(block.labellings):
            failure = FoldFailure(layer_at, labelling_at, EVERY_FOLD, str(_not_finite()))
            yield CellFit(cells[layer_at, labelling.control], labelling, failure)
    if len(finite) < n_layers:
        name = block.name, *finite  # others than those of the whole block
        block = replace(block, features=block.features[finite], name=name)
    for fit in classifier.fit(block):
        labelling = block.labellings[fit.labelling_at]
        yield CellFit(cells[finite[fit.layer_at], labelling.control], labelling, fit)


def _not_finite() -> CellError:
    return CellError(
        "the activations contain NaN or infinity", hint='use dtype = "bfloat16" or "float32"'
    )


def _is_finite(layer: Tensor) -> bool:
    return all(
        bool(layer[at : at + _PIECE].isfinite().all()) for at in range(0, len(layer), _PIECE)
    )


def _majority(block: Block, cells: dict[tuple[int, str], Cell], n_layers: int) -> Iterator[CellFit]:
    """The majority control needs no features: one fit serves every layer."""
    if (0, "majority") not in cells:
        return
    task = block.labellings[0].whole
    fits = majority_fits(task, block.task, block.n_classes, block.features.shape[2])
    for layer_at in range(n_layers):
        for fit in fits:
            yield CellFit(cells[layer_at, "majority"], task, replace(fit, layer_at=layer_at))
