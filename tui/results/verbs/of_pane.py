"""What each verb of Results does with what its pane shows and highlights."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from probing.errors import ProbingError
from probing.metric_names import METRICS
from tui.processes.background import in_background
from tui.results.arranged.board import Board, more_offered
from tui.results.arranged.saved_views import View, views_path
from tui.results.pivot import PivotWish, needed
from tui.results.rows import ResultRows
from tui.results.verbs.columns import ask_for_columns
from tui.results.verbs.comparing import ask_for_comparison
from tui.results.verbs.copying import ask_what_to_copy
from tui.results.verbs.exporting import Exported, Shot, ask_what_to_export
from tui.results.verbs.pivoting import PivotScreen
from tui.results.verbs.row_facts import show_row_facts
from tui.results.verbs.shown_table import ShownTable
from tui.results.verbs.spec_diff import ask_for_spec_diff
from tui.results.verbs.standing import Standing
from tui.results.verbs.views import ViewsScreen
from tui.texts.sanitiser import clean
from tui.widgets.screen_text import screen_as_text

if TYPE_CHECKING:
    import polars as pl

    from tui.results.screen import ResultsPane


def do(pane: ResultsPane, verb: str) -> None:
    """Do what a key asks for; tells where there are no cells to do it with."""
    shown, row = pane.shown, pane.table.row
    if verb in OF_TABLE:
        OF_TABLE[verb](pane)
    elif shown is None or not shown.n_cells:
        pane.notify("no cells here", timeout=3)
    else:
        logs, views = pane.tailer.logs, pane.tailer.views
        key = row.key if row else None
        OF_CELLS[verb](pane, Standing(logs, views, shown, pane.wish.query, key))


def _columns(pane: ResultsPane) -> None:
    if pane.shown and pane.shown.rows.columns:
        rows = pane.shown.rows
        more = more_offered(rows)
        ask_for_columns(pane, pane.arrangement, rows.columns, more, pane.order_by)


def _views(pane: ResultsPane) -> None:
    now = View(pane.wish, pane.arrangement, pane.pivot)
    pane.app.push_screen(ViewsScreen(views_path(), now), pane.show_view)


def _pivot(pane: ResultsPane, standing: Standing) -> None:
    shown, metric = standing.shown, standing.metric
    if not metric:
        pane.notify("no cells with a score here", timeout=3)
        return

    def keep(wish: PivotWish | None) -> None:
        pane.pivot = wish

    def show(frame: pl.DataFrame | ProbingError) -> None:
        if not isinstance(frame, ProbingError):
            pane.app.push_screen(PivotScreen(frame, metric, pane.pivot), keep)

    in_background(pane, lambda: shown.chosen(needed(metric)), show, keys_wait=True)


def _compare(pane: ResultsPane, standing: Standing) -> None:
    ask_for_comparison(pane, standing, pane.pinned)


def _spec_diff(pane: ResultsPane, standing: Standing) -> None:
    ask_for_spec_diff(pane, standing, pane.pinned)


def _rerun(pane: ResultsPane, standing: Standing) -> None:
    if standing.run is None:
        return
    try:
        pane.post_message(pane.Rerun(standing.run.read_spec()))
    except ProbingError as error:
        pane.notify(clean(error), severity="error", markup=False)


def _export(pane: ResultsPane, standing: Standing) -> None:
    figure, shown = pane.figure, standing.shown
    table = partial(_table, pane)
    plot = str(figure.view.render()), figure.picture
    exported = Exported(table, shown.chosen, shown.n_cells, *plot, partial(_shot, pane))
    ask_what_to_export(pane, exported)


def _shot(pane: ResultsPane) -> Shot:
    return Shot(screen_as_text(pane.app), pane.app.export_screenshot())


def _table(pane: ResultsPane) -> ShownTable:
    """The table as it is shown."""
    rows = pane.shown.rows if pane.shown else ResultRows()
    metric = METRICS[pane.shown.metric].title if pane.shown and pane.shown.metric else ""
    return Board(rows, pane.arrangement).table(" · ".join([metric, *rows.shared]))


OF_TABLE: dict[str, Callable[[ResultsPane], None]] = {"columns": _columns, "views": _views}
OF_CELLS: dict[str, Callable[[ResultsPane, Standing], None]] = {
    "copy": ask_what_to_copy,
    "export": _export,
    "compare": _compare,
    "spec_diff": _spec_diff,
    "facts": show_row_facts,
    "pivot": _pivot,
    "rerun": _rerun,
}
