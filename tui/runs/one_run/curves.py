"""The layer-wise curves of one run so far, with the cells that are not finished yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from probing.logs import CellState, RunView
from probing.spec import is_of
from tui.plot.comparisons.transfers import is_transferred
from tui.plot.metric_choice import chosen_metric, metrics_in
from tui.plot.series import OF_SEVERAL, Series, chance_level, series_of
from tui.texts.names import shown_name
from tui.texts.of_runs.stored_plans import Group, plan_brief

if TYPE_CHECKING:
    import polars as pl

MOST_PROBES = 6


@dataclass(frozen=True)
class RunCurves:
    """The series of one model and dataset of a run, ready to draw.

    `frame` holds the results of a run that is over, for the next curves.
    """

    series: tuple[Series, ...]
    metric: str
    metrics: tuple[str, ...]
    chance: float | None
    note: str = ""
    span: tuple[int, int] | None = None
    groups: tuple[Group, ...] = ()
    frame: pl.DataFrame | None = None


@dataclass(frozen=True)
class CurveWish:
    """What the user asked to see of a run, and its results if they were read before."""

    group: Group | None = None
    metric: str = ""
    frame: pl.DataFrame | None = None


NO_CURVES = RunCurves((), "", (), None)


def groups_of(view: RunView) -> list[Group]:
    """Every pair of model and dataset with finished folds, in order of appearance.

    Of a run whose folds were not read, the pairs that it passed.
    """
    if not view.has_folds:
        return list(dict.fromkeys((one.model, one.dataset) for one in view.state.passes))
    first = (cell.folds[0] for cell in view.state.cells.values() if cell.folds)
    own = (fold for fold in first if fold.model and not fold.trained_on)
    return list(dict.fromkeys((fold.model, fold.dataset) for fold in own))


def copy_of(view: RunView, group: Group | None) -> RunView:
    """A copy of the cells of a group, safe to read in a thread while events come in.

    Controls that are for every model are among them.
    """

    def is_in_group(cell: CellState) -> bool:
        if not cell.folds or group is None or cell.folds[0].trained_on:
            return False
        return is_of((cell.folds[0].model, cell.folds[0].dataset), group)

    return view.copy(is_in_group)


def curves_of(copy: RunView, groups: Sequence[Group], wish: CurveWish) -> RunCurves:
    """The curves of a group of a copied run: of the one that is wanted, or of the last."""
    from probing.logs.results.tables import results

    is_whole = not copy.has_folds
    frame = results([copy], partial=True) if wish.frame is None else wish.frame
    frame = frame.filter(~is_transferred())
    if is_whole:
        pairs = frame.select("model", "dataset").unique().iter_rows()
        known = {(model, dataset) for model, dataset in pairs if model}
        groups = [group for group in groups if group in known] or sorted(known)
    if not groups:
        return NO_CURVES
    group = wish.group if wish.group is not None and wish.group in groups else groups[-1]
    kept, frame = frame, frame.filter(_is_of_group(group))
    metrics = metrics_in(frame)
    metric = chosen_metric(wish.metric, metrics)
    if not metric:
        return NO_CURVES
    series, left_out = first_probes(series_of(frame, metric))
    more = f"  {left_out} more: Enter" if left_out else ""
    return RunCurves(
        tuple(series),
        metric,
        tuple(metrics),
        chance_level(frame, metric),
        f"{place_of(group, groups)}{more}",
        plan_brief(copy).spans.get(group),
        tuple(groups),
        kept if is_whole else None,
    )


def _is_of_group(group: Group) -> pl.Expr:
    """Whether a row is of a group, or a control of every model."""
    import polars as pl

    model, dataset = group
    own = {"model": [model, ""], "dataset": [dataset, ""]}
    return pl.all_horizontal(pl.col(name).fill_null("").is_in(some) for name, some in own.items())


def first_probes(series: Sequence[Series]) -> tuple[list[Series], int]:
    """The first probes with their controls, and how many are left out; more would overlap."""
    kept = [one for one in series if one.index < MOST_PROBES]
    n_probes = len({one.index for one in series} - {OF_SEVERAL})
    return kept, max(n_probes - MOST_PROBES, 0)


def place_of(group: Group, groups: Sequence[Group]) -> str:
    """The position of a group among the others; empty if there is only one."""
    if len(groups) < 2:
        return ""
    model, dataset = map(shown_name, group)
    return f"{groups.index(group) + 1} of {len(groups)}: {model} · {dataset}  ([ ] for others)"
