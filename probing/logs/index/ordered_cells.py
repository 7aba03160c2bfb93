"""Cells in the order in which they are told, where the index has them in another."""

from __future__ import annotations

from pathlib import Path

from probing.logs.index.cells import Cells, Rows
from probing.logs.index.part_files import PartFile, RunRows, write_part


def in_order(cells: Cells, folder: Path) -> Cells:
    """The same cells in a file of their own, whose pieces are read without the rest.

    A column at a time is in memory. They are as they were where they are in order, or nothing
    can be written.
    """
    if not cells.is_scattered:
        return cells
    told = [RunRows(one.run, (), 0.0, one.n_rows) for one in cells.runs]
    there = [name for name in cells.schema if name != "run" and cells.has(name)]
    path = write_part(folder, told, map(cells.passing, there), cells.schema)
    if path is None:
        return cells
    part, starts = PartFile(path, cells.schema), cells.run_starts
    rows = (Rows(one.run, part, at, one.n_rows) for one, at in zip(told, starts, strict=True))
    return Cells(list(rows))
