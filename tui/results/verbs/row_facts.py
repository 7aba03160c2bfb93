"""`i`: where a row comes from: its run, its spec, the values of its folds, lines of the log."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rich.text import Text
from textual.widget import Widget

from probing.errors import ProbingError
from probing.logs import RunView
from probing.logs.results.tables import folds
from probing.metric_names import METRICS
from tui.dialogs.text_view import TextView, room_in
from tui.plot.axis import short
from tui.plot.series import PARTS
from tui.processes.background import in_background
from tui.processes.tailer import tail
from tui.results.verbs.standing import Standing
from tui.texts.of_runs.plans import texts_and_groups
from tui.texts.sanitiser import clean
from tui.texts.tables.text_table import TextTable

if TYPE_CHECKING:
    import polars as pl

MOST_FOLDS = 10
LOG_LINES = 12


def show_row_facts(owner: Widget, standing: Standing) -> None:
    """Read and show the facts of the highlighted row."""
    view, app = standing.view, owner.app
    if view is None or standing.key is None:
        owner.notify("no row here", timeout=3)
        return
    name = clean(view.run.name)

    def show(value: Text | ProbingError) -> None:
        if isinstance(value, ProbingError):
            owner.notify(clean(value), severity="error", markup=False)
        else:
            title = f"Where this row comes from: {name}"
            app.push_screen(TextView(title, value, f"{name}.txt", is_wide=True))

    width, _ = room_in(app)
    in_background(owner, partial(facts_text, standing, view, width), show, keys_wait=True)


def facts_text(standing: Standing, view: RunView, width: int) -> Text:
    """The facts as lines."""
    key = standing.key or ()
    cells = standing.cells()
    text = Text()
    for name, value in _facts(view, key, cells).items():
        text.append(f"{name:<9}", "bold").append(f"{clean(value)}\n")
    text.append(f"\n{METRICS[standing.metric].title} on each fold\n", "bold")
    table = folds_table(cells, _folds_of(view, cells), standing.metric)
    table.narrow(width)
    for line in list(table.lines(False, "─"))[1:-1]:
        text.append(f"{line}\n")
    text.append("\nThe last lines of runner.log\n", "bold")
    for line in tail(view.run.log, LOG_LINES) or ["it is empty"]:
        text.append(f" {clean(line)}\n", "dim")
    return text


def _facts(view: RunView, key: tuple[str, ...], cells: pl.DataFrame) -> dict[str, str]:
    series = " · ".join(part for part in key[1 : len(PARTS)] if part)
    n_train = list(cells["n_train"].drop_nulls())
    facts = {
        "run": f"{view.run.name} ({view.status()})",
        "folder": str(view.run.path),
        "spec": str(view.run.spec),
        "series": series,
        "texts": _sizes(cells),
        "training": f"{round(sum(n_train) / len(n_train)):,} texts in each fold" if n_train else "",
    }
    facts |= {name: _by_layer(cells, name) for name in ("flags", "beats")}
    return {name: value for name, value in facts.items() if value}


def _by_layer(cells: pl.DataFrame, column: str) -> str:
    """What the cells say; with their layers, where not all say the same."""
    layers: dict[str, list[str]] = {}
    for said, layer in cells.sort("layer").select(column, "layer").iter_rows():
        layers.setdefault(said or "", []).append("all" if layer is None else f"{layer}")
    if len(layers) == 1:
        return next(iter(layers))
    told = ((said, at) for said, at in layers.items() if said)
    return "; ".join(f"layer {', '.join(at)}: {said}" for said, at in told)


def _sizes(cells: pl.DataFrame) -> str:
    sizes = cells.select("n_texts", "n_groups").drop_nulls("n_texts").unique(maintain_order=True)
    told = ", ".join(texts_and_groups(*one) for one in sizes.head(3).iter_rows())
    return f"{told} groups" if " in " in told else told


def _folds_of(view: RunView, cells: pl.DataFrame) -> pl.DataFrame:
    """The folds of these cells: from the table that the run closed with, else from its events."""
    import polars as pl

    keys = [name for name in cells.columns if name in (*PARTS[1:], "trained_on", "layer", "task")]
    try:
        table = pl.scan_parquet(view.run.scores)
        kept = table.join(cells.lazy().select(keys), on=keys, how="semi", nulls_equal=True)
        return kept.collect()
    except (OSError, pl.exceptions.PolarsError):
        whole = RunView(view.run)
        whole.update()
        return folds([whole]).join(cells.select(keys), on=keys, how="semi", nulls_equal=True)


def folds_table(cells: pl.DataFrame, of_folds: pl.DataFrame, metric: str) -> TextTable:
    """A row for each layer: the value with its interval, then the value on each fold.

    Of several labellings the first is shown.
    """
    table = TextTable()
    layers = cells.sort("layer", nulls_last=True).select(
        "layer", metric, f"{metric}_low", f"{metric}_high"
    )
    rows = list(layers.iter_rows())
    first = of_folds.filter(of_folds["permutation"] == of_folds["permutation"].min())
    numbers = first["fold"].unique().sort().to_list()[:MOST_FOLDS]
    values = {(r["layer"], r["fold"]): r[metric] for r in first.iter_rows(named=True)}
    table.add_column("layer", ["all" if row[0] is None else f"{row[0]}" for row in rows], True)
    table.add_column("value", [_told(row[1]) for row in rows], True)
    ends = [f"[{_told(row[2])}, {_told(row[3])}]" if row[2] is not None else "" for row in rows]
    table.add_column("interval", ends)
    for number in numbers:
        told = [_told(values.get((row[0], number))) for row in rows]
        table.add_column(f"fold {number}", told, True)
    return table


def _told(value: float | None) -> str:
    return "" if value is None else short(value, 3)
