"""Results of live and past runs as Polars frames: one row per fold, or one per cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from probing.logs.results.axes import AXES, with_axes
from probing.logs.results.fold_values import (
    defined_folds,
    mean,
    metric_summary,
    n_tested,
    pooled_part,
)
from probing.logs.results.kept_results import kept_results
from probing.logs.results.selectivity import COLUMN, with_selectivity
from probing.logs.states.cell_state import CellState
from probing.logs.states.run_view import RunView
from probing.metric_names import METRICS, POOLED, STABILITY, default_metric

if TYPE_CHECKING:
    import polars as pl

    from probing.events import FoldDone
    from probing.intervals import Summary

KEYS = (
    "dataset",
    "trained_on",
    "task",
    "model",
    "site",
    "pooler",
    "layer",
    "classifier",
    "control",
)
SIZES = ("n_folds", "n_train", "n_test", "n_params")
COUNTED = ("n_texts", "n_truncated")
NOT_APPLICABLE = "not applicable"


def folds(views: Iterable[RunView]) -> pl.DataFrame:
    """One row per finished fold of a finished cell: the cell, sizes and every metric.

    The mean of `m_pooled` over the folds of a permutation is the pooled metric `m`. A run that
    was skimmed has none: update its view first.
    """
    import polars as pl  # 0.2 s, only readers of results pay

    rows = [
        _fold_row(view.run.column_name, cell, fold)
        for view in views
        for cell in view.state.cells.values()
        if cell.done
        for fold in cell.folds
    ]
    return pl.DataFrame(rows, schema=fold_schema(), orient="row")


def fold_schema() -> dict[str, Any]:
    """Columns and types of `folds` and `scores.parquet`."""
    text, whole, number = _types()
    keys = {key: whole if key == "layer" else text for key in KEYS}
    sizes = dict.fromkeys(("permutation", "fold", "n_train", "n_val", "n_test"), whole)
    more = dict.fromkeys(("n_truncated", "n_params", "n_probe_params"), whole)
    more |= {"fit_s": number, "chosen": text, "flags": text, "positive": text}
    parts = {f"{metric}_pooled": number for metric in POOLED}
    return {"run": text, **keys, **sizes, **more, **dict.fromkeys(METRICS, number), **parts}


def _types() -> tuple[Any, Any, Any]:
    import polars as pl

    return pl.String, pl.Int64, pl.Float64


def _fold_row(run: str, cell: CellState, fold: FoldDone) -> list[Any]:
    keys = [getattr(fold, key) for key in KEYS]
    sizes = [fold.permutation, fold.fold, fold.n_train, fold.n_val, fold.n_test]
    names = {key: name for key, name in fold.selected.items() if key != "cell"}
    values = {key: f"{value:g}" for key, value in fold.chosen.items() if value is not None}
    chosen = ", ".join(f"{key}={value}" for key, value in {**names, **values}.items())
    more: list[Any] = [fold.n_truncated, fold.n_params, fold.n_probe_params]
    more += [fold.fit_s, chosen, "; ".join(fold.flags), fold.positive]
    numbers = [fold.metrics.get(metric) for metric in METRICS]
    return [run, *keys, *sizes, *more, *numbers, *(pooled_part(cell, fold, m) for m in POOLED)]


def results(
    views: Iterable[RunView], partial: bool = False, warn: Callable[[str], object] | None = None
) -> pl.DataFrame:
    """One row per finished cell: every metric with its standard deviation over folds and interval.

    Metrics are means over folds, or of all folds pooled (`Metric.is_pooled`). `n_folds` counts
    the folds on which every mean is defined.
    `partial` adds the cells that are still running, from their finished folds. A run that was
    skimmed is read from its closing table; where that is not as it was written, `warn` is told,
    and the whole log is read into its view.
    """
    import polars as pl

    ordered = sorted(views, key=lambda view: view.run.column_name)
    frames = [_results_of(view, partial, warn) for view in ordered]
    return with_axes(pl.concat(frames)) if frames else pl.DataFrame(schema=result_schema())


def _results_of(view: RunView, partial: bool, warn: Callable[[str], object] | None) -> pl.DataFrame:
    if not view.has_folds:
        kept = kept_results(view, result_schema(), warn)
        if kept is not None:
            return kept
        view.update()
    return _from_cells(view, partial)


def _from_cells(view: RunView, partial: bool) -> pl.DataFrame:
    import polars as pl

    rows = [
        _cell_row(view.run.column_name, name, view)
        for name, cell in view.state.cells.items()
        if cell.folds and not cell.failure and (cell.done or partial)
    ]
    frame = pl.DataFrame(rows, schema=result_schema(), orient="row")
    without = [
        {"run": view.run.column_name, **{key: getattr(why, key) for key in KEYS}, "flags": told}
        for cell in view.state.cells.values()
        if (why := cell.not_applicable) is not None
        for told in [f"{NOT_APPLICABLE}: {why.reason}"]
    ]
    frame = pl.concat([frame, pl.DataFrame(without, schema=result_schema())])
    frame = with_selectivity(frame.drop(COLUMN, *AXES)).with_columns(
        pl.lit(None, kind).alias(name) for name, kind in _axis_types().items()
    )
    keys = ("dataset", "trained_on", "model", "site", "pooler", "classifier", "control", "layer")
    return frame.sort(keys, maintain_order=True)


def result_schema() -> dict[str, Any]:
    """Columns and types of `results`."""
    text, whole, number = _types()
    keys = {key: whole if key == "layer" else text for key in KEYS}
    sizes = dict.fromkeys((*SIZES, *COUNTED), whole)
    metrics = {name: number for metric in METRICS for name in metric_columns(metric)}
    known = {"run": text, **keys, **sizes, "flags": text, "positive": text, **metrics}
    together = {name: number for metric in METRICS for name in series_columns(metric)}
    stable = dict.fromkeys(STABILITY, number)
    more = {"n_groups": whole, "beats": text}
    return known | more | together | stable | {COLUMN: number} | _axis_types()


def _axis_types() -> dict[str, Any]:
    _, whole, number = _types()
    return {name: whole if axis.is_whole else number for name, axis in AXES.items()}


def metric_columns(metric: str) -> tuple[str, str, str, str]:
    """The columns of a metric: its value, deviation over folds, 95 % interval."""
    return metric, f"{metric}_std", f"{metric}_low", f"{metric}_high"


def series_columns(metric: str) -> tuple[str, ...]:
    """What a series comes to: its band, whether a cell may be the best, and two p values.

    `_best` is 1 for a layer that cannot be told from the best one. The p values are those of the
    best cell of the series, adjusted for all series of its model and dataset: against chance
    (`accuracy`, where chance is no constant: against the majority class) and against
    permutations of the labels.
    """
    ends = "band_low", "band_high", "best", "p_chance", "p_shuffled"
    return tuple(f"{metric}_{end}" for end in ends)


def _cell_row(run: str, name: str, view: RunView) -> list[Any]:
    cell = view.state.cells[name]
    first = cell.folds[0]
    defined = defined_folds(cell)
    sizes = [
        min(defined.values(), default=len({fold.fold for fold in cell.folds})),
        mean([fold.n_train for fold in cell.folds]),
        mean([fold.n_test for fold in cell.folds]),
        first.n_params,
    ]
    compared = view.state.stability.get(name)
    lacks = compared.reasons.get(name, "") if compared else ""
    flags = "; ".join(filter(None, [_flags(cell, defined), lacks]))
    summaries = (metric_summary(cell, metric) for metric in METRICS)
    numbers = [number for summary in summaries for number in _columns(summary)]
    keys = [getattr(first, key) for key in KEYS]
    more = [n_tested(cell), first.n_truncated, flags, first.positive]
    n_groups = cell.measured.n_groups if cell.measured else None
    beats = _beats(view, name, first.task)
    joint = [*_together(view, name), *_stability(view, name)]
    later = [None] * len((COLUMN, *AXES))  # told once all cells are there
    return [run, *keys, *sizes, *more, *numbers, n_groups, beats, *joint, *later]


def _stability(view: RunView, cell: str) -> list[float | None]:
    compared = view.state.stability.get(cell)
    if compared is None or not view.state.is_done(cell):
        return [None] * len(STABILITY)
    at = compared.cells.index(cell)
    return [compared.values[name][at] if name in compared.values else None for name in STABILITY]


def _beats(view: RunView, cell: str, task: str) -> str:
    """What the series was compared with, by the first metric of the task, with the p values."""
    series = view.state.series.get(cell)
    if series is None:
        return ""
    metric = default_metric(task)
    told = {name: values[metric] for name, values in series.p_values.items() if metric in values}
    least = {"shuffled_labels": f" of at least {1 / (series.n_permutations + 1):.2g}"}
    return "; ".join(
        f"{name} p={p:.2g}{least.get(name, '')}" for name, p in told.items() if p is not None
    )


def _together(view: RunView, cell: str) -> list[float | None]:
    series = view.state.series.get(cell)
    if series is None or not view.state.is_done(cell):
        return [None] * sum(len(series_columns(metric)) for metric in METRICS)
    at = series.cells.index(cell)
    numbers: list[float | None] = []
    for metric in METRICS:
        for told in (series.band_lows, series.band_highs, series.best):
            numbers.append(told[metric][at] if metric in told else None)
        chance = series.p_values.get("chance", {}).get(metric)
        majority = series.p_values.get("majority", {}).get(metric)
        numbers.append(majority if chance is None else chance)
        numbers.append(series.p_values.get("shuffled_labels", {}).get(metric))
    return numbers


def _columns(summary: Summary | None) -> tuple[float | None, ...]:
    if summary is None:
        return None, None, None, None
    return summary.mean, summary.std, summary.low, summary.high


_EVIDENT = (
    "the classifier gives no probabilities",
    "the classifier makes no decisions",
    "operating points are for binary tasks",
    "too few test samples to set a threshold on",
    "one test sample sets its threshold",
)


def _flags(cell: CellState, defined: Mapping[str, int]) -> str:
    """What a reader must know of the cell, with the metrics that not all folds have."""
    chosen = cell.choice.flags if cell.choice else ()
    flags = dict.fromkeys((*chosen, *(flag for fold in cell.folds for flag in fold.flags)))
    n_folds = len({fold.fold for fold in cell.folds})
    for count in sorted({count for count in defined.values() if count < n_folds}):
        names = ", ".join(metric for metric, known in defined.items() if known == count)
        flags[f"only {count} of {n_folds} folds have {names}"] = None
    reasons = cell.measured.reasons if cell.measured else {}
    for why in dict.fromkeys(reasons.values()):
        names = ", ".join(metric for metric in reasons if reasons[metric] == why)
        if why not in _EVIDENT:
            flags[f"no interval of {names}: {why}"] = None
    return "; ".join(flags)
