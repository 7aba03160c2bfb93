"""`probe-tui compare`: the difference of two selections of cells on the same texts."""

from __future__ import annotations

from argparse import Namespace

import polars as pl

from probing.comparison import compare as compared
from probing.logs import logs_folder
from tui.commands.of_results.row_output import kind_of, show_rows
from tui.console import output
from tui.plot.comparisons.comparison_table import comparison_table
from tui.plot.comparisons.differences import draw_differences, groups_of

HEIGHT = 18
MOST_PLOTS = 6


def compare(given: Namespace) -> int:
    """Print or write the differences A - B; exit code 1 where no pair has a number."""
    logs, kind = logs_folder(given.logs), kind_of(given, markup=True)
    frame = compared(logs, given.first, given.second, run=given.name, metric=given.metric)
    show_rows(given, kind, lambda: frame, lambda: _print(frame), lambda: comparison_table(frame))
    return 0 if frame["difference"].is_not_null().any() else 1


def _print(frame: pl.DataFrame) -> None:
    for part in groups_of(frame)[:MOST_PLOTS]:
        width, looks = min(output.width(), 120), (output.is_ascii(), output.has_colour())
        print(draw_differences(part, width, HEIGHT, ascii=looks[0], colour=looks[1]))
        print()
    output.write_table(comparison_table(frame))
