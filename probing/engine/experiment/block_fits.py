"""Fit the cells of a block: the classifier on every labelling."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from probing.engine.blocks import EVERY_FOLD, Block, FoldFailure, FoldFit
from probing.engine.controls import Fits
from probing.engine.splits import Labelling
from probing.errors import CellError
from probing.plan import Cell
from probing.spec import role_of

if TYPE_CHECKING:
    from torch import Tensor

_PIECE = 4096  # texts that are looked at together


@dataclass(frozen=True)
class CellFit:
    """A fold of a cell: the labelling it was fitted to, and the fit or why there is none."""

    cell: Cell
    labelling: Labelling
    fit: FoldFit | FoldFailure


def cell_fits(
    classifier: Fits, block: Block, layers: Sequence[Sequence[Cell]]
) -> Iterator[CellFit]:
    """Every fold of the cells of each of the block's `layers`, as they land.

    Raises `CellError` where no layer can be fitted.
    """
    cells = {
        (at, role_of(cell.control)): cell for at, together in enumerate(layers) for cell in together
    }
    finite = [at for at, layer in enumerate(block.features) if _is_finite(layer)]
    if not finite:
        raise _not_finite()
    for layer_at in sorted(set(range(len(layers))) - set(finite)):
        for labelling_at, labelling in enumerate(block.labellings):
            failure = FoldFailure(layer_at, labelling_at, EVERY_FOLD, str(_not_finite()))
            yield CellFit(cells[layer_at, labelling.control], labelling, failure)
    if len(finite) < len(layers):
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
