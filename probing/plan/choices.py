"""Plan the choices of `select`: which cells are candidates for which chosen cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from probing.layer_choice import cells_of
from probing.plan.cells import Cell
from probing.plan.types import Candidate, NamedModel, PlannedBlock
from probing.spec import CHOSEN, Spec

Candidates = list[Candidate]


def candidates_of(
    spec: Spec, model: NamedModel, blocks: Sequence[PlannedBlock]
) -> Iterator[Candidates]:
    """The candidates of each choice: they differ in what is selected alone."""
    choices: dict[tuple[object, ...], Candidates] = {}
    for block in blocks if spec.select else ():
        cell = block.cells[0]
        layers = cells_of(spec.poolers[block.pooler_at], model.facts.n_layers, model.name)
        depth = max(layer for at in block.layers_at for layer in layers[at])
        choices.setdefault(_kept(spec, cell), []).append(Candidate(cell, block.at, depth))
    yield from choices.values()


def _kept(spec: Spec, cell: Cell) -> tuple[object, ...]:
    """What of a cell is not selected."""
    parts = {"pooler": (cell.site, cell.pooler), "layer": cell.layer, "classifier": cell.classifier}
    return tuple(value for name, value in parts.items() if name not in spec.select)


def chosen_cell(spec: Spec, candidates: Candidates) -> Cell:
    """The cell of a choice: what is selected is named so, and its layer is empty."""
    first = candidates[0].cell
    sites = {one.cell.site for one in candidates}
    return replace(
        first,
        site=first.site if len(sites) == 1 else CHOSEN,
        pooler=_pooler(spec, first.pooler),
        layer=None if "layer" in spec.select else first.layer,
        classifier=CHOSEN if "classifier" in spec.select else first.classifier,
    )


def _pooler(spec: Spec, label: str) -> str:
    """The label of the pooler: one that reads the chosen layer is told from its curve."""
    if "pooler" in spec.select:
        return CHOSEN
    if "layer" not in spec.select:
        return label
    return f"{label[:-1]}, layer={CHOSEN})" if label.endswith(")") else f"{label}(layer={CHOSEN})"
