"""`probe-tui results`: one row per finished cell, as a table or as data."""

from __future__ import annotations

from argparse import Namespace
from itertools import chain

import polars as pl

from probing.logs import RunFolder, RunView, find_run, list_runs, logs_folder
from probing.logs.details.generated_texts import generated_texts
from probing.logs.details.learning_curves import learning_curves
from probing.logs.details.neurons import neurons
from probing.logs.details.reliability import reliability
from probing.logs.details.tested_texts import texts_tested
from probing.logs.details.training_logs import training_logs
from probing.logs.folders.tagged_runs import by_tags
from probing.logs.index.all_cells import AllCells
from probing.logs.index.listed_runs import listed_runs
from probing.logs.results.closing_tables import changed_tables
from probing.logs.results.tables import KEYS, SIZES, metric_columns, result_schema
from probing.logs.results.tables import results as frame_of
from probing.metric_names import METRICS
from probing.query import matches, terms_of
from tui.commands.of_results.row_choice import chosen
from tui.commands.of_results.row_output import AS_DATA, kind_of, show_pieces, show_rows
from tui.commands.of_runs.batch import narrate
from tui.console import output
from tui.console.reports.learning_table import first_metrics, print_curves
from tui.console.reports.results_table import columns_table, results_table
from tui.console.reports.step_plots import print_sizes, print_steps
from tui.console.reports.training_plots import print_training
from tui.console.watch import damaged
from tui.plot.along.sizes import by_size
from tui.plot.along.steps import trajectories
from tui.texts.tables.text_table import TextTable

ASKING = "learning_curve = [0.1, 0.2, 0.5]"
NO_ROWS = {
    None: "no rows: no finished cell fulfils this",
    "reliability": "no rows: no finished cell that fulfils this gives probabilities",
    "steps": "no rows: no finished cell of checkpoints at two steps or more fulfils this",
    "sizes": "no rows: no finished cell of a probe with two sizes or more fulfils this",
    "neurons": "no rows: no finished cell that fulfils this chose features; KSparse does",
    "training": "no rows: no network that fulfils this was logged; a spec asks for it with "
    "training_log = true",
    "generated": "no rows: no text that fulfils this was continued; generate = 32 of a dataset "
    "asks for it, and a run has them once it is done",
    "texts": "no rows: no text that was tested in a finished run fulfils this",
    "learning": f"no rows: no learning curve fulfils this; a spec asks for them with {ASKING}",
}


def results(given: Namespace) -> int:
    """Print or write the results of one run, or of all runs."""
    kind = kind_of(given, markup=True)
    for rows in ("training", "generated", "texts"):
        if (run := getattr(given, rows)) is not None:
            given.rows, given.name = rows, run or given.name
    if kind in AS_DATA and given.rows is None and not given.sort and _is_of_all(given):
        return _streamed(given, kind)
    frame = READERS[given.rows](given)
    if frame.is_empty():
        narrate(NO_ROWS[given.rows])
    if given.rows == "learning" and kind == "table" and given.output is None:
        frame = first_metrics(frame, given.where)
    frame = chosen(frame, given.sort, given.columns, given.limit)
    show_rows(
        given, kind, lambda: frame, lambda: _print(frame, given), lambda: _whole(frame, given)
    )
    return 0


def _runs(given: Namespace) -> list[RunFolder]:
    logs = logs_folder(given.logs)
    runs = [find_run(logs, given.name)] if given.name is not None else list_runs(logs)
    marked, given.where = by_tags(runs, given.where)
    return sorted(marked, key=lambda run: run.column_name)


def _reliability(given: Namespace) -> pl.DataFrame:
    """The reliability tables of the runs; of one that was named, why it has none is told."""
    views = [_skimmed(run) for run in _runs(given)]
    lacks = narrate if given.name is not None else None
    frames = [matches(reliability([view], _warn, lacks), given.where) for view in views]
    return pl.concat(frames) if frames else reliability([])


def _learning(given: Namespace) -> pl.DataFrame:
    """The learning curves of the runs; of one that was named, why it has none is told."""
    frames = []
    for view in map(_skimmed, _runs(given)):
        frame = learning_curves([view], given.within, given.reach)
        if given.name is not None and frame.is_empty():
            narrate(f"{view.run.name}: has no learning curves; a spec asks for them with {ASKING}")
        frames.append(matches(frame, given.where))
    return pl.concat(frames) if frames else learning_curves([])


def _steps(given: Namespace) -> pl.DataFrame:
    """The rows of models of which several training steps are there."""
    parts = trajectories(_frame(given))
    return pl.concat(parts).drop("trajectory") if parts else frame_of([])


def _sizes(given: Namespace) -> pl.DataFrame:
    """The rows of probes of which several sizes are there."""
    parts = by_size(_frame(given))
    return pl.concat(parts).drop("trajectory", "family") if parts else frame_of([])


def _neurons(given: Namespace) -> pl.DataFrame:
    return matches(neurons(map(_skimmed, _runs(given)), _warn), given.where)


def _training(given: Namespace) -> pl.DataFrame:
    return matches(training_logs(map(_skimmed, _runs(given)), _warn), given.where)


def _generated(given: Namespace) -> pl.DataFrame:
    return matches(generated_texts(map(_skimmed, _runs(given)), _warn), given.where)


def _texts(given: Namespace) -> pl.DataFrame:
    def choose(frame: pl.DataFrame) -> pl.DataFrame:
        return matches(frame, given.where)

    return texts_tested(map(_skimmed, _runs(given)), _warn, choose)


def _skimmed(run: RunFolder) -> RunView:
    """A run as its end tells it; warns of a damaged log."""
    view = RunView(run)
    view.skim()
    if view.damage and not run.is_alive():
        _warn(damaged(view))
    return view


def _warn(line: str) -> None:
    narrate(f"warning: {line}")


def _is_of_all(given: Namespace) -> bool:
    """Whether the index has the rows: those of the finished cells of all runs."""
    return given.name is None and not given.partial


def _streamed(given: Namespace, kind: str) -> int:
    """Write the results of all runs as data, a piece at a time."""
    cells, columns = _cells(given, _runs(given)), _columns(given)
    frames = cells.pieces(given.where, columns, given.limit)
    told = (frame if columns else ordered(frame) for frame in frames)
    pieces = (chosen(frame, "", given.columns, None) for frame in told)
    first = next(pieces)  # what is wrong is told before a file is opened
    if first.is_empty():
        narrate(NO_ROWS[None])
    show_pieces(given, kind, chain([first], pieces))
    cells.tidy()
    return 0


def _frame(given: Namespace) -> pl.DataFrame:
    runs = _runs(given)
    if _is_of_all(given):
        return _from_index(given, runs)
    # whether a row matches terms depends on nothing else; in SQL it may depend on all rows
    by_run = given.where if terms_of(given.where) is not None else ""
    frames = [matches(_frame_of(run, given), by_run) for run in runs]
    return matches(ordered(pl.concat(frames) if frames else frame_of([])), given.where)


def _from_index(given: Namespace, runs: list[RunFolder]) -> pl.DataFrame:
    """The results of all runs, in as few columns and rows as are asked for."""
    cells = _cells(given, runs)
    columns = _columns(given) if given.rows is None else ()
    frame = cells.rows(given.where, columns, None if given.sort or given.rows else given.limit)
    cells.tidy()
    return frame if columns else ordered(frame)


def _cells(given: Namespace, runs: list[RunFolder]) -> AllCells:
    """The cells of all runs; warns of damaged logs."""
    logs = logs_folder(given.logs)
    views = listed_runs(logs, runs)
    for view in views:
        if view.damage and not view.run.is_alive():
            _warn(damaged(view))
    return AllCells(logs, views, _warn)


def _columns(given: Namespace) -> list[str]:
    """The columns that are asked for or sorted by; none where one of them is none."""
    if not given.columns:
        return []
    keys = [key.strip().removeprefix("-") for key in given.sort.split(",")]
    named = dict.fromkeys(key for key in (*_names(given.columns), *keys) if key)
    return list(named) if all(name in result_schema() for name in named) else []


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",")]


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
        _warn(line)
    return frame


def ordered(frame: pl.DataFrame) -> pl.DataFrame:
    """The columns in the documented order: the cell, its sizes, its metrics, then the others."""
    metrics = [column for metric in METRICS for column in metric_columns(metric)]
    first = ["run", *(key for key in KEYS if key != "trained_on"), *SIZES, *metrics]
    return frame.select(*first, *(name for name in frame.columns if name not in first))


def _print(frame: pl.DataFrame, given: Namespace) -> None:
    if given.rows == "generated" and not given.columns:
        output.write_table(columns_table(frame.drop("token_ids")))
    elif given.rows == "texts" and not given.columns:
        output.write_table(columns_table(_differing(frame)))
    elif given.columns or given.rows in ("reliability", "neurons", "generated"):
        output.write_table(columns_table(frame))
    elif given.rows == "steps":
        print_steps(frame)
        output.write_table(results_table(frame))
    elif given.rows == "training":
        print_training(frame)
    elif given.rows == "sizes":
        print_sizes(frame)
        output.write_table(results_table(frame))
    elif given.rows == "learning":
        print_curves(frame, given.within, given.reach)
    else:
        output.write_table(results_table(frame))


def _whole(frame: pl.DataFrame, given: Namespace) -> TextTable:
    """The table for a text: results with all their main metrics, or the columns as they are."""
    if given.columns or given.rows not in (None, "steps", "sizes"):
        return columns_table(frame)
    table = results_table(frame, whole=True)
    table.caption = "\n".join(filter(None, ["[ ]: intervals of 95 %", table.caption]))
    if not any(table.columns["control"]):
        table.drop_column("control")
    return table


def _differing(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame without the columns of a cell that are the same, or empty, in all rows."""
    same = [name for name in ("run", *KEYS) if name in frame.columns]
    same += [name for name in ("correct", "probability") if not frame[name].count()]
    return frame.drop(name for name in same if frame.height > 1 and frame[name].n_unique() == 1)


READERS = {
    None: _frame,
    "reliability": _reliability,
    "learning": _learning,
    "steps": _steps,
    "sizes": _sizes,
    "neurons": _neurons,
    "training": _training,
    "generated": _generated,
    "texts": _texts,
}
