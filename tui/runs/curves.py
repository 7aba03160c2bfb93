"""The layer-wise curves of one run so far, with the cells that are not finished yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from probing.logs import RunView
from probing.spec import is_of
from tui.plot.metric_choice import chosen_metric, metrics_in
from tui.plot.series import OF_SEVERAL, Series, chance_level, series_of
from tui.texts.plans import counted
from tui.texts.run_progress import plan_of
from tui.texts.sanitiser import clean

MOST_PROBES = 6
Group = tuple[str, str]


@dataclass(frozen=True)
class RunCurves:
    """The series of one model and dataset of a run, ready to draw."""

    series: tuple[Series, ...]
    metric: str
    metrics: tuple[str, ...]
    chance: float | None
    note: str = ""
    span: tuple[int, int] | None = None


NO_CURVES = RunCurves((), "", (), None)


def groups_of(view: RunView) -> list[Group]:
    """Every pair of model and dataset with finished folds, in order of appearance."""
    return list(
        dict.fromkeys(
            (cell.folds[0].model, cell.folds[0].dataset)
            for cell in view.state.cells.values()
            if cell.folds and cell.folds[0].model
        )
    )


def copy_of(view: RunView, group: Group) -> RunView:
    """A copy of the cells of a group, safe to read in a thread while events come in.

    Controls that are for every model are among them.
    """
    copy = RunView(view.run)
    copy.state.cells = {
        name: replace(cell, folds=list(cell.folds))
        for name, cell in view.state.cells.items()
        if cell.folds and is_of((cell.folds[0].model, cell.folds[0].dataset), group)
    }
    return copy


def curves_of(copy: RunView, group: Group, metric: str, place: str) -> RunCurves:
    """The curves of a copied group; `place` is its position among the groups, in words."""
    from probing.logs.tables import results

    frame = results([copy], partial=True)
    metrics = metrics_in(frame)
    metric = chosen_metric(metric, metrics)
    if not metric:
        return NO_CURVES
    series, left_out = first_probes(series_of(frame, metric))
    more = f"  {counted(left_out, 'more probe')} in Results" if left_out else ""
    note = f"{place}{more}"
    chance = chance_level(frame, metric)
    span = planned_span(copy, group)
    return RunCurves(tuple(series), metric, tuple(metrics), chance, note, span)


def planned_span(view: RunView, group: Group) -> tuple[int, int] | None:
    """The first and the last layer of a group in the plan."""
    cells = plan_of(view).get("cells", [])
    layers = [
        cell["layer"]
        for cell in (cells if isinstance(cells, list) else [])
        if (cell.get("model"), cell.get("dataset")) == group and cell.get("layer") is not None
    ]
    return (min(layers), max(layers)) if layers else None


def first_probes(series: Sequence[Series]) -> tuple[list[Series], int]:
    """The first probes with their controls, and how many are left out; more would overlap."""
    kept = [one for one in series if one.index < MOST_PROBES]
    n_probes = len({one.index for one in series} - {OF_SEVERAL})
    return kept, max(n_probes - MOST_PROBES, 0)


def place_of(group: Group, groups: Sequence[Group]) -> str:
    """The position of a group among the others; empty if there is only one."""
    if len(groups) < 2:
        return ""
    model, dataset = group
    return clean(
        f"{groups.index(group) + 1} of {len(groups)}: {model} · {dataset}  ([ ] for others)"
    )
