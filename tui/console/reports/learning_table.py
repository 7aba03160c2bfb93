"""Learning curves as printed: a plot of the scores by training texts, and a row for each cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from probing.metric_names import default_metric
from tui.console import output
from tui.plot.along.learning import draw_learning, plots_of
from tui.plot.axis import short
from tui.texts.sanitiser import clean

if TYPE_CHECKING:
    from tui.texts.tables.text_table import TextTable

KEYS = ("run", "dataset", "model", "site", "pooler", "classifier", "layer", "control", "metric")
CELL = [*KEYS, "task"]
ALWAYS = ("layer", "control")
HEIGHT = 18
MOST_PLOTS = 6


def first_metrics(frame: pl.DataFrame, where: str) -> pl.DataFrame:
    """The rows of each task's first metric, unless `where` names metrics."""
    if "metric" in where:
        return frame
    names = {task: default_metric(task) for task in frame["task"].unique()}
    return frame.filter(pl.col("metric") == pl.col("task").replace_strict(names))


def print_curves(frame: pl.DataFrame, within: float, reach: float | None) -> None:
    """Print a plot for each model and dataset, then the table of all cells."""
    for part in plots_of(frame)[:MOST_PLOTS]:
        width, looks = min(output.width(), 120), (output.is_ascii(), output.has_colour())
        print(draw_learning(part, width, HEIGHT, ascii=looks[0], colour=looks[1]))
        print()
    output.write_table(learning_table(frame, within, reach))


def learning_table(frame: pl.DataFrame, within: float, reach: float | None) -> TextTable:
    """A row for each cell: its scores by size, and what its power law says."""
    cells = [part for part in frame.partition_by(CELL, maintain_order=True) if part.height]
    values = {key: [one for one in frame[key].unique() if one] for key in KEYS}
    same = [key for key in KEYS if key not in ALWAYS and len(values[key]) == 1]
    shown = [key for key in KEYS if key not in same]
    fractions = sorted(frame["fraction"].unique())
    needed = ["asymptote", f"n within {within:g}"]
    needed += [] if reach is None else [f"n for {reach:g}"]
    headers = [*(_header(frame, one) for one in fractions), *needed, f"n test ±{within:g}"]
    table = output.plain_table(*shown, *headers, right=("layer", *headers))
    table.title = " · ".join(clean(values[key][0]) for key in same)
    for part in cells:
        rows = {row["fraction"]: row for row in part.iter_rows(named=True)}
        keys = ["" if part[key][0] is None else clean(part[key][0]) for key in shown]
        scores = [_score(rows[one]) if one in rows else "" for one in fractions]
        table.add_row(*keys, *scores, *_law(rows.get(1.0, {}), reach))
    table.caption = "\n".join(_reasons(frame))
    return table


def _header(frame: pl.DataFrame, fraction: float) -> str:
    """The training texts at a fraction, or the fraction where cells differ in them."""
    sizes = frame.filter(pl.col("fraction") == fraction)["n_train"].unique()
    return f"n {sizes[0]:,}" if len(sizes) == 1 else f"{fraction:.3g} of n"


def _score(row: dict[str, Any]) -> str:
    return _interval(row, "value", lambda value: short(value, 3), short)


def _law(row: dict[str, Any], reach: float | None) -> list[str]:
    def texts(name: str) -> str:
        return _interval(row, name, lambda n: f"{n:,}", lambda n: f"{n:,}")

    asymptote = _interval(row, "asymptote", lambda value: short(value, 3), short)
    needed = [texts("n_within"), *([] if reach is None else [texts("n_reaching")])]
    n_test = row.get("n_test")
    return [asymptote, *needed, "" if n_test is None else f"{n_test:,}"]


def _interval(row: dict[str, Any], name: str, told: Any, of_end: Any) -> str:
    """A number with its interval; an end that cannot be told is open."""
    value, low, high = (row.get(f"{name}{end}") for end in ("", "_low", "_high"))
    if name == "value":
        low, high = row.get("low"), row.get("high")
    if value is None:
        return "" if low is None else f"> {of_end(low)}"
    if low is None and high is None:
        return str(told(value))
    ends = ["?" if end is None else of_end(end) for end in (low, high)]
    return f"{told(value)} [{ends[0]}, {ends[1]}]"


def _reasons(frame: pl.DataFrame) -> list[str]:
    """Why numbers are missing, with how many cells share a reason."""
    counts: dict[str, int] = {}
    for reason in frame["reason"].to_list():
        if reason:
            counts[reason] = counts.get(reason, 0) + 1
    return [clean(why) if n == 1 else f"{clean(why)} ({n:,} rows)" for why, n in counts.items()]
