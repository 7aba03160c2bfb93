"""`probe-tui results`: one row per finished cell, as a table or as data."""

from __future__ import annotations

import io
import sys
from argparse import Namespace
from pathlib import Path

import polars as pl

from probing.errors import SpecError
from probing.logs import RunFolder, RunView, find_run, list_runs, logs_folder
from probing.logs.closing_tables import changed_tables
from probing.logs.tables import KEYS, SIZES, metric_columns
from probing.logs.tables import results as frame_of
from probing.metric_names import METRICS
from probing.query import matches, terms_of
from tui.arguments import FORMATS
from tui.commands.batch import narrate
from tui.commands.row_choice import chosen
from tui.console import output
from tui.console.results_table import columns_table, results_table
from tui.console.watch import damaged
from tui.texts.csv_cells import without_formulas
from tui.texts.plans import counted

BY_SUFFIX = {f".{name}": name for name in FORMATS if name != "table"}


def results(given: Namespace) -> int:
    """Print or write the results of one run, or of all runs."""
    kind = given.format or _kind(given.output)
    if kind == "parquet" and given.output is None and output.is_terminal():
        hint = "add --output FILE"
        raise SpecError("Parquet cannot be printed to a terminal", hint=hint)
    frame = _frame(given)
    frame = chosen(frame, given.sort, given.columns, given.limit)
    if given.output is None:
        _print(frame, kind, has_columns=bool(given.columns))
    else:
        _write(frame, kind, Path(given.output).expanduser())
    return 0


def _kind(file: str | None) -> str:
    return BY_SUFFIX.get(Path(file).suffix.lower(), "table") if file else "table"


def _frame(given: Namespace) -> pl.DataFrame:
    logs = logs_folder(given.logs)
    runs = [find_run(logs, given.name)] if given.name is not None else list_runs(logs)
    runs.sort(key=lambda run: run.name)
    # whether a row matches terms depends on nothing else; in SQL it may depend on all rows
    by_run = given.where if terms_of(given.where) is not None else ""
    frames = [matches(_frame_of(run, given), by_run) for run in runs]
    return matches(ordered(pl.concat(frames) if frames else frame_of([])), given.where)


def _frame_of(run: RunFolder, given: Namespace) -> pl.DataFrame:
    """The results of one run; warns of a damaged log, and of tables that changed."""
    view, lines = RunView(run), list[str]()
    view.skim()
    frame = frame_of([view], given.partial, lines.append)
    if given.name is not None:
        lines += [line for line in changed_tables(view) if not line.startswith(f"{run.results}:")]
    if view.damage and not run.is_alive():
        lines.insert(0, damaged(view))
    for line in lines:
        narrate(f"warning: {line}")
    return frame


def ordered(frame: pl.DataFrame) -> pl.DataFrame:
    """The columns in the documented order: the cell, its sizes, its metrics, then the others."""
    metrics = [column for metric in METRICS for column in metric_columns(metric)]
    first = ["run", *KEYS, *SIZES, *metrics]
    return frame.select(*first, *(name for name in frame.columns if name not in first))


def _print(frame: pl.DataFrame, kind: str, has_columns: bool) -> None:
    if kind == "table":
        output.write_table(columns_table(frame) if has_columns else results_table(frame))
    elif kind == "parquet":
        sys.stdout.buffer.write(_bytes(frame, kind))
    elif kind == "json":
        output.write_json(frame.to_dicts())
    else:
        output.write_data(_bytes(frame, kind))


def _write(frame: pl.DataFrame, kind: str, path: Path) -> None:
    if kind == "table":
        raise SpecError("a file cannot hold a table", hint="add --format csv, json or parquet")
    try:
        path.write_bytes(_bytes(frame, kind))
    except OSError as error:
        raise SpecError(f"cannot be written ({error.strerror})", where=str(path)) from None
    print(f"wrote {counted(frame.height, 'row')} to {path}", file=sys.stderr)


def _bytes(frame: pl.DataFrame, kind: str) -> bytes:
    if kind == "csv":
        return without_formulas(frame).write_csv().encode()
    if kind == "json":
        import json

        return json.dumps(frame.to_dicts(), ensure_ascii=False, indent=1).encode() + b"\n"
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()
