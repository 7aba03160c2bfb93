"""Fit the cells of a block: the classifier on every labelling, and on the features of controls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from probing.engine.blocks import EVERY_FOLD, Block, FoldFailure, FoldFit, TrainingLog
from probing.engine.controls import FEATURE_CONTROLS, Fits
from probing.engine.experiment.choosing.inner_fits import WithInnerScores
from probing.engine.splits import Labelling
from probing.errors import CellError
from probing.plan import Cell
from probing.spec import role_of

if TYPE_CHECKING:
    from torch import Tensor

CellWatch = Callable[[Sequence[tuple[str, int]], Callable[[], list[TrainingLog]]], object]
"""Is told of networks in training: the cell and the fold of each, and what gives their epochs."""

_PIECE = 4096  # texts that are looked at together


@dataclass(frozen=True)
class CellFit:
    """A fold of a cell: the labelling it was fitted to, and the fit or why there is none."""

    cell: Cell
    labelling: Labelling
    fit: FoldFit | FoldFailure


@dataclass(frozen=True)
class Fitting:
    """What fits some of the cells of a block, and those cells, by layer and labelling.

    `control` names the one whose features they are fitted to, if any.
    """

    fits: Fits
    block: Block
    cells: Mapping[tuple[int, str], Cell]
    control: str = ""


def fittings(classifier: Fits, block: Block, layers: Sequence[Sequence[Cell]]) -> list[Fitting]:
    """The classifier on every labelling, then with each control that makes features of its own.

    `layers` are the cells of each of the block's layers.
    """
    if block.holds_out:
        classifier = WithInnerScores(classifier)
    found: dict[str, dict[tuple[int, str], Cell]] = {"": {}}
    for at, cells in enumerate(layers):
        for cell in cells:
            own = cell.control if cell.control in FEATURE_CONTROLS else ""
            found.setdefault(own, {})[at, role_of(cell.control)] = cell
    task = replace(block, labellings=block.labellings[:1])
    return [
        Fitting(FEATURE_CONTROLS[own](classifier), task, cells, own)
        if own
        else Fitting(classifier, block, cells)
        for own, cells in found.items()
    ]


def cell_fits(one: Fitting, watch: CellWatch | None = None) -> Iterator[CellFit]:
    """Every fold of the cells, as they land; raises `CellError` where no layer can be fitted.

    Where the block logs its training, `watch` is told how far that is.
    """
    block, cells, n_layers = one.block, one.cells, len(one.block.features)
    finite, sound = finite_layers(block)
    for layer_at in sorted(set(range(n_layers)) - set(finite)):
        for labelling_at, labelling in enumerate(block.labellings):
            failure = FoldFailure(layer_at, labelling_at, EVERY_FOLD, str(_not_finite()))
            yield CellFit(cells[layer_at, labelling.control], labelling, failure)
    if watch is not None and block.logs_training:
        names = {
            (at, labelling_at): cells[layer_at, labelling.control].id
            for at, layer_at in enumerate(finite)
            for labelling_at, labelling in enumerate(block.labellings)
            if (layer_at, labelling.control) in cells
        }
        sound = replace(sound, watch=partial(_of_cells, watch, names))
    for fit in one.fits.fit(sound):
        labelling = block.labellings[fit.labelling_at]
        yield CellFit(cells[finite[fit.layer_at], labelling.control], labelling, fit)


def _of_cells(
    watch: CellWatch,
    names: Mapping[tuple[int, int], str],
    places: Sequence[tuple[int, int, int]],
    logs: Callable[[], list[TrainingLog]],
) -> None:
    """Tell a watch of cells what that of a block is told; workers are sent it with their block."""
    watch([(names[layer_at, at], fold) for layer_at, at, fold in places], logs)


def finite_layers(block: Block) -> tuple[list[int], Block]:
    """The places of the layers that can be fitted, and the block of them.

    Raises `CellError` where there are none.
    """
    finite = [at for at, layer in enumerate(block.features) if _is_finite(layer)]
    if not finite:
        raise _not_finite()
    if len(finite) == len(block.features):
        return finite, block
    name = block.name, *finite  # others than those of the whole block
    return finite, replace(block, features=block.features[finite], name=name)


def _not_finite() -> CellError:
    return CellError(
        "the activations contain NaN or infinity", hint='use dtype = "bfloat16" or "float32"'
    )


def _is_finite(layer: Tensor) -> bool:
    return all(
        bool(layer[at : at + _PIECE].isfinite().all()) for at in range(0, len(layer), _PIECE)
    )
