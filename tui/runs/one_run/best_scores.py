"""The best score of a finished run, with its interval and the control that comes closest to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from probing.logs import RunView
from probing.logs.results.closing_tables import has_table
from probing.metric_names import METRICS, default_metric
from tui.plot.axis import short
from tui.texts.names import shown_name

if TYPE_CHECKING:
    import polars as pl

SAME = ("dataset", "trained_on", "model", "site", "pooler", "layer", "classifier")


@dataclass(frozen=True)
class BestScore:
    """The highest of the scores of `n_cells` cells, as texts: choosing among them favours it."""

    score: str
    interval: str
    control: str
    cell: str
    n_cells: int
    beats: str


def best_of_run(view: RunView) -> BestScore | None:
    """That of a run that is over, from its closing table; None where it has no scores."""
    from probing.logs.results.kept_results import kept_results
    from probing.logs.results.tables import result_schema

    if not has_table(view, view.run.results):
        return None
    frame = kept_results(view, result_schema())
    return None if frame is None else best_of(frame)


def best_of(frame: pl.DataFrame) -> BestScore | None:
    """The best cell of a frame of results, by the first metric of its first task."""
    import polars as pl

    own = frame.filter(pl.col("control") == "")
    if own.is_empty():
        return None
    metric = default_metric(own["task"][0])
    scored = own.filter(pl.col(metric).is_not_null()).sort(metric, descending=True)
    if scored.is_empty():
        return None
    row = scored.row(0, named=True)
    low, high = row[f"{metric}_low"], row[f"{metric}_high"]
    interval = "" if low is None or high is None else f"[{short(low)}, {short(high)}]"
    told = f"{METRICS[metric].title} {short(row[metric])}"
    control = _control(frame, row, metric)
    return BestScore(told, interval, control, _name(row), scored.height, row["beats"] or "")


def _control(frame: pl.DataFrame, row: Mapping[str, object], metric: str) -> str:
    """The highest score of a control of the same cell, or of one that is the same for all."""
    import polars as pl

    beside = frame.filter(pl.col("control") != "", pl.col(metric).is_not_null())
    for key in SAME:
        own = pl.col(key).eq_missing(pl.lit(row[key]))
        anyone = pl.col(key).is_null() | (pl.col(key).cast(pl.String) == "")
        beside = beside.filter(own if key in ("dataset", "classifier") else own | anyone)
    if beside.is_empty():
        return ""
    best = beside.sort(metric, descending=True).row(0, named=True)
    return f"{short(best[metric])} {best['control']}"


def _name(row: Mapping[str, object]) -> str:
    layer = "" if row["layer"] is None else f"layer {row['layer']}"
    parts = (row["model"], row["dataset"], layer, row["pooler"], row["classifier"])
    return " · ".join(shown_name(part) for part in parts if part)
