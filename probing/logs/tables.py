"""Polars frames over runs, live and past: one row per fold, or one row per cell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from probing.intervals import summarise
from probing.logs.state import CellState, RunView
from probing.metric_names import METRICS

if TYPE_CHECKING:
    import polars as pl

    from probing.events import FoldDone

KEYS = ("dataset", "task", "model", "site", "pooler", "layer", "classifier", "control")
SIZES = ("n_folds", "n_train", "n_test", "n_params")
COUNTED = ("n_texts", "n_truncated")


def folds(views: Iterable[RunView]) -> pl.DataFrame:
    """One row per finished fold of a finished cell: the cell, sizes and every metric."""
    import polars as pl  # 0.2 s, only readers of results pay

    rows = [
        _fold_row(view.run.name, fold)
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
    more |= {"fit_s": number, "chosen": text, "flags": text}
    return {"run": text, **keys, **sizes, **more, **dict.fromkeys(METRICS, number)}


def _types() -> tuple[Any, Any, Any]:
    import polars as pl

    return pl.String, pl.Int64, pl.Float64


def _fold_row(run: str, fold: FoldDone) -> list[Any]:
    keys = [getattr(fold, key) for key in KEYS]
    sizes = [fold.permutation, fold.fold, fold.n_train, fold.n_val, fold.n_test]
    chosen = ", ".join(
        f"{key}={value:g}" for key, value in fold.chosen.items() if value is not None
    )
    more: list[Any] = [fold.n_truncated, fold.n_params, fold.n_probe_params]
    more += [fold.fit_s, chosen, "; ".join(fold.flags)]
    return [run, *keys, *sizes, *more, *(fold.metrics.get(metric) for metric in METRICS)]


def results(views: Iterable[RunView], partial: bool = False) -> pl.DataFrame:
    """One row per finished cell: means over folds with their standard deviation and interval.

    With `partial` also the cells under way, from the folds that have landed.
    """
    import polars as pl

    rows = [
        _cell_row(view.run.name, cell)
        for view in views
        for cell in view.state.cells.values()
        if cell.folds and not cell.failure and (cell.done or partial)
    ]
    frame = pl.DataFrame(rows, schema=result_schema(), orient="row")
    return frame.sort("run", "dataset", "model", "site", "pooler", "classifier", "control", "layer")


def result_schema() -> dict[str, Any]:
    """Columns and types of `results`."""
    text, whole, number = _types()
    keys = {key: whole if key == "layer" else text for key in KEYS}
    sizes = dict.fromkeys((*SIZES, *COUNTED), whole)
    metrics = {name: number for metric in METRICS for name in metric_columns(metric)}
    return {"run": text, **keys, **sizes, "flags": text, **metrics}


def metric_columns(metric: str) -> tuple[str, str, str, str]:
    """The columns of a metric: mean over folds, standard deviation, 95 % interval."""
    return metric, f"{metric}_std", f"{metric}_low", f"{metric}_high"


def _cell_row(run: str, cell: CellState) -> list[Any]:
    first = cell.folds[0]
    sizes = [
        len({fold.fold for fold in cell.folds}),
        _mean([fold.n_train for fold in cell.folds]),
        _mean([fold.n_test for fold in cell.folds]),
        first.n_params,
    ]
    n_texts = _mean([fold.n_train + fold.n_val + fold.n_test for fold in cell.folds])
    flags = "; ".join(dict.fromkeys(flag for fold in cell.folds for flag in fold.flags))
    numbers = [number for metric in METRICS for number in _summary(cell.folds, metric)]
    keys = [getattr(first, key) for key in KEYS]
    return [run, *keys, *sizes, n_texts, first.n_truncated, flags, *numbers]


def _mean(values: Sequence[int]) -> int:
    return round(sum(values) / len(values))


def _summary(cell_folds: Sequence[FoldDone], metric: str) -> tuple[float | None, ...]:
    known = [fold for fold in cell_folds if fold.metrics.get(metric) is not None]
    if not known:
        return None, None, None, None
    if len(known) == 1 and known[0].lows:
        one = known[0]
        return one.metrics[metric], None, one.lows.get(metric), one.highs.get(metric)
    summary = summarise(
        [float(fold.metrics[metric]) for fold in known],  # type: ignore[arg-type]
        n_train=_mean([fold.n_train for fold in known]),
        n_test=_mean([fold.n_test for fold in known]),
        permutations=[fold.permutation for fold in known],
        metric=metric,
    )
    return summary.mean, summary.std, summary.low, summary.high
