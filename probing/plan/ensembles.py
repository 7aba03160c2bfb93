"""Plan the ensembles over layers: which cells are members of which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from probing.plan.cells import Cell
from probing.plan.types import Candidate, PlannedBlock

Members = list[Candidate]


def members_of(blocks: Sequence[PlannedBlock]) -> Iterator[Members]:
    """The layers of each series of several, in the order of the blocks."""
    found: dict[tuple[str, str, str], Members] = {}
    for block in blocks:
        cell = block.cells[0]
        if cell.layer is not None:
            key = cell.site, cell.pooler, cell.classifier
            found.setdefault(key, []).append(Candidate(cell, block.at, cell.layer))
    yield from (members for members in found.values() if len(members) > 1)


def ensemble_cell(members: Members, how: str) -> Cell:
    """The cell of an ensemble: its layer is empty, and its pooler says what it is."""
    first = members[0].cell
    said = f"layers={how}"
    label = first.pooler
    pooler = f"{label[:-1]}, {said})" if label.endswith(")") else f"{label}({said})"
    return replace(first, pooler=pooler, layer=None)
