"""Which metrics a plot or a table can show, and which it shows first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from probing.metric_names import METRICS, default_metric
from tui.config.reading import read_config

if TYPE_CHECKING:
    import polars as pl

FIRST = tuple(default_metric(task) for task in ("binary", "regression"))


def metrics_in(results: pl.DataFrame) -> list[str]:
    """Metrics with a value in any row, in the order of the table's columns."""
    known = [metric for metric in METRICS if metric in results.columns]
    if results.is_empty():
        return []
    counts = results.select(known).count().row(0)
    return [metric for metric, count in zip(known, counts, strict=True) if count]


def chosen_metric(wanted: str, known: list[str]) -> str:
    """`wanted` if it applies, else that of the config file or the default; empty without any."""
    first = (wanted, read_config().config.metric, *FIRST)
    return next((metric for metric in first if metric in known), known[0] if known else "")


def next_metric(current: str, known: list[str], by: int) -> str:
    """The metric `by` places further, wrapping around."""
    if not known:
        return current
    at = known.index(current) if current in known else 0
    return known[(at + by) % len(known)]
