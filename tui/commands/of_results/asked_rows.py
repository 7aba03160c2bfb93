"""The rows that a figure is asked of: all of the runs, and those that fulfil the filter."""

from __future__ import annotations

import sys
from argparse import Namespace

import polars as pl

from probing.logs import RunFolder, RunView, find_run, list_runs, logs_folder
from probing.logs.details.learning_curves import kept_curves, learning_curves
from probing.logs.folders.tagged_runs import tagged_matches
from tui.commands.of_results.results import READERS
from tui.texts.sanitiser import clean


def result_rows(given: Namespace) -> tuple[pl.DataFrame, pl.DataFrame]:
    """All rows of the runs, whose controls a figure needs, and those that `--where` keeps."""
    every = Namespace(**vars(given))
    every.where, every.partial, every.rows = "", False, None
    every.sort, every.columns, every.limit = "", "", None
    frame = READERS[None](every)
    return frame, tagged_matches(frame, given.where, _runs(given))


def learned_rows(given: Namespace, metric: str) -> pl.DataFrame:
    """The learning curves of one metric."""
    views = [RunView(run) for run in _runs(given)]
    for view in views:
        view.skim()
    kept = kept_curves(views, lambda line: print(f"warning: {clean(line)}", file=sys.stderr))
    rows = kept.filter(pl.col("metric") == metric)
    return learning_curves(views, metrics=[metric]) if rows.is_empty() else rows


def _runs(given: Namespace) -> list[RunFolder]:
    logs = logs_folder(given.logs)
    return [find_run(logs, given.name)] if given.name is not None else list_runs(logs)
