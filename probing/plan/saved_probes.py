"""Which cells of a run have their probes saved, and under which names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from probing.plan.cells import Cell
from probing.plan.types import PlannedPass
from probing.query import fits
from probing.spec import Spec

NONE, CHOSEN, ALL = "none", "chosen", "all"
_COLUMNS = ("dataset", "task", "model", "site", "pooler", "layer", "classifier")
_LONGEST = 120  # characters of a file name


def saves(spec: Spec, cell: Cell) -> bool:
    """Whether the probe of a cell is saved for what the cell is, chosen or not.

    Raises `SpecError` where `save_probes` is no filter.
    """
    if cell.control or cell.trained_on or spec.save_probes in (NONE, CHOSEN):
        return False
    if spec.save_probes == ALL:
        return True
    return fits({key: getattr(cell, key) for key in _COLUMNS}, spec.save_probes)


def savable(passes: Iterable[PlannedPass]) -> list[Cell]:
    """The cells of trained probes: those of the task, one for each block and each ensemble."""
    cells = (block.cells[0] for one in passes for block in (*one.blocks, *one.ensembles))
    return [cell for cell in cells if not cell.control]


def save_notes(spec: Spec, passes: Sequence[PlannedPass]) -> list[str]:
    """What a reader of the plan should know; raises `SpecError` for a filter that is none."""
    kept = [cell for cell in savable(passes) if saves(spec, cell)]
    if spec.save_probes in (NONE, CHOSEN, ALL) or kept:
        return []
    return [f"save_probes = {spec.save_probes!r} matches no cell: no probe is saved"]


def probe_names(passes: Iterable[PlannedPass]) -> dict[str, str]:
    """The names of all probes of a run, by cell: what each is, in characters of file names."""
    cells = savable(passes)
    names = {cell.id: _name(cell) for cell in cells}
    counts = Counter(name.lower() for name in names.values())
    return {
        cell: name if counts[name.lower()] == 1 else f"{name}-{cell[:6]}"
        for cell, name in names.items()
    }


def fold_name(name: str, fold: int | None) -> str:
    """The name of the probe of a fold, of that of all rows."""
    return name if fold is None else f"{name}-fold-{fold}"


def _name(cell: Cell) -> str:
    site = "" if cell.site == "resid" else cell.site
    layer = "" if cell.layer is None else f"L{cell.layer}"
    model = cell.model.removeprefix("package:")
    parts = (cell.dataset, model, cell.pooler, site, layer, cell.classifier)
    slugs = (re.sub(r"[^A-Za-z0-9_.=]+", "-", part).strip("-.") for part in parts)
    return "-".join(slug for slug in slugs if slug)[:_LONGEST]
