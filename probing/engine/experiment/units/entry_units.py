"""The features of a pass as units: which cells of it one worker stores in the activation cache."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from probing.engine.experiment.passes.cache import PassShelf
from probing.engine.experiment.units.joined_parts import JoinedParts
from probing.engine.experiment.units.orders import Order
from probing.engine.experiment.units.unit_files import UnitFile
from probing.engine.extraction import Extraction
from probing.layer_choice import cells_of, lone_cell
from probing.logs import RunFolder
from probing.spec import PoolerSpec

MOST_BYTES = 2**28  # of a unit of several cells
Cell = tuple[int, int]
"""The place of a pooler in what the units of the texts tell, and of a cell among the pooler's."""


@dataclass(frozen=True)
class ReadParts:
    """What workers have read of a pass: as a whole, and the order whose units hold the features.

    `whole` is None where none of its poolers could be read; `impossible` says why some could not.
    """

    whole: Extraction | None
    facts: Mapping[str, Any]
    impossible: Sequence[Mapping[str, Any]]
    order: Order
    source: NDArray[np.int64]

    @property
    def poolers(self) -> Sequence[PoolerSpec]:
        """Those that were read, in the order of the facts."""
        return [PoolerSpec(**one) for one in self.facts["poolers"]]

    @property
    def cells(self) -> Sequence[Cell]:
        """All that were read."""
        return [(k, at) for k, n_cells in enumerate(self.facts["n_cells"]) for at in range(n_cells)]

    def lone(self, cell: Cell, n_layers: int) -> PoolerSpec:
        """A pooler for a cell alone."""
        return _lone(self.poolers, cell, n_layers)

    def fallbacks(self, cell: Cell) -> int:
        """How many texts lack the tokens that the pooler of a cell reads."""
        assert self.whole is not None
        return self.whole.fallbacks[self.poolers[cell[0]]]

    def bytes_of(self, pooler_at: int) -> int:
        """The bytes of a cell of a pooler, repeated texts counted once."""
        return int(self.facts["row_bytes"][pooler_at] * self.order.units[-1]["part"][1])

    def parts(self, run: RunFolder) -> JoinedParts:
        """The features."""
        return joined(self.order.folder(run), len(self.order.units), self.source)

    def told(self, run: RunFolder) -> Mapping[str, Any]:
        """What a worker needs to find them, and to store them."""
        places = range(len(self.poolers))
        return {
            "texts": self.order.folder(run).name,
            "n_parts": len(self.order.units),
            "poolers": self.facts["poolers"],
            "fallbacks": [self.fallbacks((pooler_at, 0)) for pooler_at in places],
        }


def joined(folder: Path, n_parts: int, source: NDArray[np.int64]) -> JoinedParts:
    """The features in the units of an order of texts."""
    return JoinedParts([UnitFile(folder, at) for at in range(n_parts)], source)


def grouped(read: ReadParts) -> Iterator[list[Cell]]:
    """The cells of each unit: large ones alone, small ones together."""
    group, size = list[Cell](), 0
    for cell in read.cells:
        own = read.bytes_of(cell[0])
        if group and size + own > MOST_BYTES:
            yield group
            group, size = [], 0
        group, size = [*group, cell], size + own
    if group:
        yield group


def cells_asked(poolers: Sequence[Mapping[str, Any]], n_layers: int) -> set[PoolerSpec]:
    """A pooler for each cell of `poolers`."""
    specs = [PoolerSpec(**one) for one in poolers]
    return {lone_cell(one, layers) for one in specs for layers in cells_of(one, n_layers)}


def store_cells(shelf: PassShelf, parts: JoinedParts, order: Order, at: int, n_layers: int) -> None:
    """Store the cells of the unit `at` of an order; what the cache does not take is left out."""
    poolers = [PoolerSpec(**one) for one in order.shared["poolers"]]
    for pooler_at, cell in order.units[at]["cells"]:
        own = _lone(poolers, (pooler_at, cell), n_layers)
        fallbacks = order.shared["fallbacks"][pooler_at]
        shelf.write(own, parts.of(pooler_at, cell), fallbacks=fallbacks)


def _lone(poolers: Sequence[PoolerSpec], cell: Cell, n_layers: int) -> PoolerSpec:
    pooler = poolers[cell[0]]
    return lone_cell(pooler, cells_of(pooler, n_layers)[cell[1]])
