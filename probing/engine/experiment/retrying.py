"""Which cells of a finished run are computed again when its failed cells are retried."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from probing.plan import Plan, PlannedCells, PlannedPass


def cells_to_retry(plan: Plan, failed: Collection[str]) -> tuple[str, ...]:
    """The cells that failed, those of their blocks, and those chosen or averaged among them."""
    again: dict[str, None] = {}
    for one in plan.texts:
        again |= _of([one], failed)
    for read in plan.passes:
        again |= _of_pass(read, failed)
    for transfer in plan.transfers:
        again |= _of_pass(transfer.joined, failed)
        for text in transfer.texts:
            again |= _of([text], failed)
    return tuple(again)


def _of_pass(one: PlannedPass, failed: Collection[str]) -> dict[str, None]:
    lost = _of(one.blocks, failed)
    made = (*one.choices, *one.ensembles)
    # what is made of all of them is another once one of them is
    return lost | (_of(made, [cell.id for each in made for cell in each.cells]) if lost else {})


def _of(blocks: Iterable[PlannedCells], failed: Collection[str]) -> dict[str, None]:
    """The cells of the blocks in which one failed."""
    known = set(failed)
    return {
        cell.id: None
        for block in blocks
        if any(cell.id in known for cell in block.cells)
        for cell in block.cells
    }
