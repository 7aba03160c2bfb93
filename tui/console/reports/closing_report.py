"""What `--batch` prints when a run ends: its layer-wise curves and its table of results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from probing.logs import RunView
from probing.logs.results.tables import results
from tui.console import output
from tui.console.reports.results_table import results_table
from tui.console.reports.step_plots import print_sizes, print_steps
from tui.console.reports.transfer_matrix import transfer_matrices
from tui.console.reports.verdict_counts import verdict_counts
from tui.plot.comparisons.transfers import is_transferred, named_transfers
from tui.plot.curves import chance_level, draw, series_of
from tui.plot.metric_choice import chosen_metric, metrics_in
from tui.texts.facts.verdicts import verdicts
from tui.texts.of_runs.stored_plans import whole_plan

HEIGHT = 20
MOST_SERIES = 12
MOST_PLOTS = 12
MOST_ROWS = 500
FEW_VERDICTS, MOST_VERDICTS = 12, 40
PARTS = ("dataset", "model", "site", "pooler", "classifier")


def report(view: RunView) -> None:
    """Print the curves of a run, one plot for each dataset and model, then the tables."""
    frame = results([view])
    own = frame.filter(~is_transferred())
    parts = plots(own)
    for part in parts[:MOST_PLOTS]:
        print(plot(part))
        print()
    if len(parts) > MOST_PLOTS:
        print(f"{len(parts) - MOST_PLOTS:,} more plots in the app\n")
    print_steps(own)
    print_sizes(own)
    output.write_table(results_table(frame, MOST_ROWS))
    told = whole_plan(view).get("transfers")
    sources: Mapping[str, Sequence[str]] = told if isinstance(told, dict) else {}
    for matrix in transfer_matrices(frame, sources)[:MOST_PLOTS]:
        print()
        output.write_table(matrix)
    _print_verdicts(frame, sources)


def _print_verdicts(frame: pl.DataFrame, sources: Mapping[str, Sequence[str]]) -> None:
    """What was found: p values are of the best layer of each series, adjusted.

    Those of the datasets themselves, then those of transfers; many are counted.
    """
    is_counted = False
    for part in (frame.filter(~is_transferred()), frame.filter(is_transferred())):
        named = named_transfers(part)
        lines = verdicts(named)
        if len(lines) > FEW_VERDICTS:
            counted = verdict_counts(named, frame, sources)
            if len(counted) <= len(lines) // 2 or len(lines) > MOST_VERDICTS:
                lines, is_counted = counted, True
        if lines:
            print()
        for line in lines:
            output.write_text(line)
    if is_counted:
        columns = "dataset,trained_on,model,pooler,classifier,layer,beats"
        print(f"\neach of them: probe-tui results --where control= --columns {columns}")


def plots(frame: pl.DataFrame, parts: Sequence[str] = PARTS) -> list[pl.DataFrame]:
    """`frame` split into plots: by dataset and model, and further if one would be crowded.

    Controls that are for every model stand in each of their plots.
    """
    shared = pl.any_horizontal(pl.col(*PARTS) == "") & (pl.col("control") != "")
    tasks = frame.filter(~shared)
    pieces = _pieces(tasks, parts) if tasks.height else []
    return [_with_controls(piece, frame.filter(shared)) for piece in pieces]


def _with_controls(piece: pl.DataFrame, shared: pl.DataFrame) -> pl.DataFrame:
    """A piece with those of the `shared` controls that are its own."""
    own = [
        (pl.col(part) == "") | pl.col(part).is_in(piece[part].unique().to_list()) for part in PARTS
    ]
    return pl.concat([piece, shared.filter(pl.all_horizontal(own))])


def _pieces(frame: pl.DataFrame, parts: Sequence[str]) -> list[pl.DataFrame]:
    keys = [part for part in (*PARTS, "control") if part in frame.columns]
    is_whole = len(parts) <= len(PARTS) - 2 and frame.select(keys).n_unique() <= MOST_SERIES
    if is_whole or not parts:
        return [frame]
    pieces = frame.partition_by(parts[0], maintain_order=True)
    return [part for piece in pieces for part in _pieces(piece, parts[1:])]


def plot(frame: pl.DataFrame) -> str:
    """The layer-wise plot of one piece, for the default metric of its task."""
    metric = chosen_metric("", metrics_in(frame))
    if not metric:
        return "these cells have no metric to plot"
    return draw(
        series_of(frame, metric),
        metric,
        min(output.width(), 120),
        HEIGHT,
        chance=chance_level(frame, metric),
        colour=output.has_colour(),
        ascii=output.is_ascii(),
    )
