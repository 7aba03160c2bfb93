"""The stored plans of runs; of those that were read only what is shown is kept.

A plan may have a million cells, so the app reads one beside its screen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from probing.logs import RunView

Group = tuple[str, str]
PlannedCell = dict[str, object]


@dataclass(frozen=True)
class PlanBrief:
    """What a plan says its run costs, and the first and last layer of each model and dataset."""

    cost: dict[str, object] = field(default_factory=dict)
    spans: dict[Group, tuple[int, int]] = field(default_factory=dict)


def plan_brief(view: RunView) -> PlanBrief:
    """The stored plan of a run in brief; empty if there is none yet."""
    file = _file(view)
    return _brief(*file) if file else PlanBrief()


def planned_cells(view: RunView, names: Iterable[str]) -> dict[str, PlannedCell]:
    """The cells of these ids, as far as the stored plan has them."""
    file = _file(view)
    return _cells(*file, frozenset(names)) if file else {}


def whole_plan(view: RunView) -> dict[str, object]:
    """The stored plan of a run; empty if there is none yet. Kept until another is read."""
    file = _file(view)
    return _whole(*file) if file else {}


def _file(view: RunView) -> tuple[Path, int] | None:
    try:
        return view.run.plan.absolute(), view.run.plan.stat().st_mtime_ns
    except OSError:
        return None


@lru_cache(maxsize=256)
def _brief(path: Path, changed: int) -> PlanBrief:
    plan = _read(path)
    cost = plan.get("cost")
    layers: dict[Group, set[int]] = {}
    for cell in _listed(plan):
        if isinstance(layer := cell.get("layer"), int):
            group = (str(cell.get("model")), str(cell.get("dataset")))
            layers.setdefault(group, set()).add(layer)
    spans = {group: (min(found), max(found)) for group, found in layers.items()}
    return PlanBrief(cost if isinstance(cost, dict) else {}, spans)


@lru_cache(maxsize=256)
def _cells(path: Path, changed: int, names: frozenset[str]) -> dict[str, PlannedCell]:
    cells = _listed(_read(path))
    return {str(cell["id"]): cell for cell in cells if str(cell.get("id")) in names}


@lru_cache(maxsize=1)
def _whole(path: Path, changed: int) -> dict[str, object]:
    return _read(path)


def _read(path: Path) -> dict[str, object]:
    from probing.plan import from_json  # 0.1 s, which the first screen does not wait for

    return from_json(path) or {}


def _listed(plan: dict[str, object]) -> list[PlannedCell]:
    cells = plan.get("cells")
    return [cell for cell in (cells if isinstance(cells, list) else ()) if isinstance(cell, dict)]
