"""The printed table of results: what varies is a column, what all rows share is the title."""

from __future__ import annotations

from typing import Any

import polars as pl

from tui.console import output
from tui.plot.axis import short
from tui.plot.comparisons.transfers import named_transfers
from tui.plot.metric_choice import chosen_metric, metrics_in
from tui.texts.facts.flags import NOT_APPLICABLE, flags_told
from tui.texts.facts.positive_class import positives_told
from tui.texts.of_runs.plans import texts_and_groups
from tui.texts.sanitiser import clean
from tui.texts.tables.text_table import TextTable

KEYS = ("run", "dataset", "trained_on", "model", "site", "pooler", "classifier", "layer", "control")
SERIES = tuple(key for key in KEYS if key != "layer")
MAIN = ("accuracy", "auroc", "f1", "r2", "pearson", "mae")
ALWAYS = ("layer", "control")


def results_table(
    frame: pl.DataFrame, most: int | None = None, *, whole: bool = False
) -> TextTable:
    """The main metrics of `frame` with their intervals, as many as fit into the terminal, or all.

    Shows at most `most` rows and counts the others.
    """
    frame, known = _with_absent_once(frame), metrics_in(frame)
    metrics = sorted(set(MAIN) & set(known), key=(chosen_metric("", known), *MAIN).index)
    table = _table(frame if most is None else frame.head(most), metrics)
    while not whole and len(metrics) > 1 and not output.fits(table):
        table.drop_column(metrics.pop())
    if most is not None and frame.height > most:
        more = f"{frame.height - most:,} more rows; to see all: probe-tui results"
        table.caption = "\n".join(filter(None, [table.caption, more]))
    return table


def _with_absent_once(frame: pl.DataFrame) -> pl.DataFrame:
    """A control that is not applicable to a series has one row, without a layer."""
    absent = pl.col("flags").str.starts_with(NOT_APPLICABLE).fill_null(False)
    first = pl.int_range(pl.len()).over(*SERIES, absent) == 0
    layer = pl.when(absent & pl.col("control").ne("")).then(None).otherwise(pl.col("layer"))
    return frame.filter(~absent | first).with_columns(layer.alias("layer"))


def columns_table(frame: pl.DataFrame) -> TextTable:
    """The columns of `frame` as they are, numbers in four digits."""
    table = TextTable()
    for name, kind in frame.schema.items():
        table.add_column(name, [_plain(value) for value in frame[name]], kind.is_numeric())
    return table


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, pl.Series):
        return ", ".join(map(_plain, value))
    return f"{value:.4g}" if isinstance(value, float) else clean(value)


def _table(frame: pl.DataFrame, metrics: list[str]) -> TextTable:
    values = {key: [one for one in frame[key].unique() if one] for key in KEYS}
    # an empty `trained_on` says something: the probe is trained on what it is tested on
    may_be_same = [key for key in KEYS if key not in (*ALWAYS, "trained_on")]
    same = [key for key in may_be_same if len(values[key]) == 1]
    table = TextTable()
    for key in KEYS:
        if key not in same and (key != "trained_on" or values[key]):
            table.add_column(key, _cleaned(frame[key]), right=key == "layer")
    for metric in metrics:
        columns = frame.select(metric, f"{metric}_low", f"{metric}_high", "flags")
        table.add_column(metric, [_interval(*row) for row in columns.iter_rows()], right=True)
    counts = frame.select("n_texts", "n_groups").iter_rows()
    table.add_column("n", [texts_and_groups(*both) for both in counts], right=True)
    table.title = " · ".join(clean(values[key][0]) for key in same)
    positives = positives_told(frame.select("dataset", "positive").iter_rows())
    named = named_transfers(frame).select("dataset", "flags")
    flags = map(clean, flags_told(named.iter_rows()))
    table.caption = "\n".join([*([positives] if positives else []), *flags])
    return table


def _cleaned(values: pl.Series) -> list[str]:
    shown = {value: "" if value is None else clean(value) for value in values.unique()}
    return [shown[value] for value in values]


def _interval(mean: float | None, low: float | None, high: float | None, flags: str | None) -> str:
    if mean is None:
        return "n/a" if (flags or "").startswith(NOT_APPLICABLE) else ""
    if low is None or high is None:
        return short(mean, 3)
    return f"{short(mean, 3)} [{short(low)}, {short(high)}]"
