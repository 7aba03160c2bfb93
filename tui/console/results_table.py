"""The printed table of results: what varies is a column, what all rows share is the title."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tui.console import output
from tui.plot.axis import short
from tui.plot.metric_choice import chosen_metric, metrics_in
from tui.texts.positive_class import positives_told
from tui.texts.sanitiser import clean

if TYPE_CHECKING:
    from rich.table import Table

KEYS = ("run", "dataset", "model", "site", "pooler", "classifier", "layer", "control")
MAIN = ("accuracy", "auroc", "f1", "r2", "pearson", "mae")
ALWAYS = ("layer", "control")


def results_table(frame: pl.DataFrame, most: int | None = None) -> Table:
    """The main metrics of `frame` with their intervals, as many as fit into the terminal.

    Shows at most `most` rows and counts the others.
    """
    known = metrics_in(frame)
    metrics = sorted(set(MAIN) & set(known), key=(chosen_metric("", known), *MAIN).index)
    shown = frame if most is None else frame.head(most)
    while True:
        table = _table(shown, frame.height, metrics)
        if len(metrics) <= 1 or output.fits(table):
            return table
        metrics.pop()


def columns_table(frame: pl.DataFrame) -> Table:
    """The columns of `frame` as they are, numbers in four digits."""
    numbers = tuple(name for name, kind in frame.schema.items() if kind.is_numeric())
    table = output.plain_table(*frame.columns, right=numbers)
    for row in frame.iter_rows():
        table.add_row(*map(_plain, row))
    return table


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return f"{value:.4g}" if isinstance(value, float) else clean(value)


def _table(frame: pl.DataFrame, n_all: int, metrics: list[str]) -> Table:
    same = [key for key in KEYS if key not in ALWAYS and frame[key].n_unique() == 1]
    keys = [key for key in KEYS if key not in same]
    table = output.plain_table(*keys, *metrics, "n", right=("layer", *metrics, "n"))
    if same:
        table.title = " · ".join(clean(frame[key][0]) for key in same)
        table.title_justify = "left"
    for row in frame.iter_rows(named=True):
        table.add_row(*_cells(row, keys, metrics))
    more = f"{n_all - frame.height:,} more rows; to see all: probe-tui results"
    below = [more] if frame.height < n_all else []
    positives = positives_told(frame.select("dataset", "positive").iter_rows())
    table.caption = "\n".join([positives] * bool(positives) + below) or None
    table.caption_justify = "left"
    return table


def _cells(row: dict[str, Any], keys: list[str], metrics: list[str]) -> list[str]:
    texts = ["" if row[key] is None else clean(row[key]) for key in keys]
    return [*texts, *(_interval(row, metric) for metric in metrics), f"{_n(row):,}"]


def _n(row: dict[str, Any]) -> int:
    """The number of test texts over all folds."""
    return int(row["n_texts"] if "n_texts" in row else row["n_folds"] * row["n_test"])


def _interval(row: dict[str, Any], metric: str) -> str:
    mean, low, high = row[metric], row[f"{metric}_low"], row[f"{metric}_high"]
    if mean is None:
        return ""
    if low is None or high is None:
        return short(mean, 3)
    return f"{short(mean, 3)} [{short(low)}, {short(high)}]"
