"""`probe-tui predictions`: what the probes of a run decided of each text."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import dataclass
from typing import Any

import polars as pl

from probing.errors import SpecError, nearest
from probing.logs import RunFolder, RunView, find_run, logs_folder
from probing.logs.folders.tagged_runs import tagged_matches
from probing.logs.results.tables import results
from probing.predictions.texts import marked, texts_of
from tui.commands.of_results.row_output import kind_of, show_rows
from tui.commands.of_runs.batch import narrate
from tui.console import output
from tui.console.reports.pictures import print_picture
from tui.console.reports.results_table import columns_table
from tui.plot.series import PARTS
from tui.predictions.looked import REFERENCE, Looked
from tui.predictions.sight import MarkedText, Sight
from tui.predictions.views import OF_TEXTS, Asked, Maker, Name, views_of

NO_CELL = "no rows: no finished cell of this run fulfils this"
HEIGHT = 20
LISTED = 20  # rows of a table that are printed unless more are asked for
CELL = ("dataset", "trained_on", "model", "site", "pooler", "layer", "classifier", "control")


@dataclass(frozen=True)
class Made:
    """A cell, what is seen of it, and its rows."""

    row: dict[str, Any]
    sight: Sight
    frame: pl.DataFrame


def predictions(given: Namespace) -> int:
    """Print or write what is seen of one cell, or the rows of several."""
    kind, logs = kind_of(given), logs_folder(given.logs)
    run = find_run(logs, given.name)
    looked = _selected(run, given.where)
    other = _other(given, run, looked)
    made = [_made(run, one, given, other) for one in looked]
    if not looked:
        narrate(NO_CELL)
    for one in made:
        if one.sight.why:
            narrate(f"{_name(one.row)}: {one.sight.why}")
    frame = _together(made)
    frame = frame if given.limit is None else frame.head(given.limit)
    show_rows(given, kind, lambda: frame, lambda: _print(made, frame, given))
    return 0


def _selected(run: RunFolder, where: str) -> list[Looked]:
    """The cells that a filter selects, each with the shuffled labels of its layer."""
    view = RunView(run)
    view.skim()
    every = results([view]).filter(pl.col("n_folds").is_not_null())
    found = tagged_matches(every, where, [run])
    if not any(word in where for word in ("control", "majority", "shuffled")):
        found = found.filter(pl.col("control").fill_null("") == "")
    controls = every.filter(control=REFERENCE).to_dicts()
    return [_looked(row, controls) for row in found.to_dicts()]


def _looked(row: dict[str, Any], controls: list[dict[str, Any]]) -> Looked:
    key = tuple(str(row[part] or "") for part in PARTS)
    same = [name for name in CELL if name not in ("control", "layer")]
    beside = [one for one in controls if all(one[name] == row[name] for name in same)]
    return Looked(key, (row,), tuple(beside))


def _other(given: Namespace, run: RunFolder, looked: list[Looked]) -> Looked | None:
    """The cell that is compared with; raises `SpecError` where it is not one."""
    if given.view != "disagree":
        return None
    if given.against is None:
        hint = 'such as --against "layer=6"'
        raise SpecError("--view disagree needs another cell", where="--against", hint=hint)
    where = run if given.against_run is None else find_run(run.path.parent, given.against_run)
    found = _selected(where, given.against)
    for option, some in (("--where", looked), ("--against", found)):
        if len(some) != 1:
            what = f"selects {len(some)} cells, not one"
            raise SpecError(what, where=option, hint=_tell_apart(some))
    return found[0]


def _tell_apart(some: list[Looked]) -> str:
    rows = [one.rows[0] for one in some]
    differ = [name for name in CELL if len({row[name] for row in rows}) > 1]
    return f"say which {', '.join(differ)}" if differ else "see: probe-tui results"


def _made(run: RunFolder, one: Looked, given: Namespace, other: Looked | None) -> Made:
    row = dict(one.rows[0])
    runs = {run.column_name: run}
    if other is not None:
        logs = run.path.parent
        runs[other.run] = find_run(logs, given.against_run) if given.against_run else run
    view: Name = given.view or views_of(one.task)[0]
    if view not in views_of(one.task):
        return Made(row, Sight(view, why=f"{one.task} has no view {view!r}"), pl.DataFrame())
    maker = Maker(one, runs)
    other_cell = None if other is None else (other, 0)
    of_class = _of_class(maker, given.of_class) if given.of_class else None
    asked = Asked(view, 0, other_cell, given.axes, _fold(given.fold), of_class)
    sight = maker.sight(asked)
    frame = pl.DataFrame() if sight.frame is None else sight.frame
    if view in OF_TEXTS and not frame.is_empty():
        frame = _with_texts(maker, run, row, frame.head(given.limit or frame.height))
    return Made(row, sight, frame)


def _of_class(maker: Maker, name: str) -> int:
    """The place of a class; raises `SpecError` where its scores are not kept."""
    known = maker.predicted(maker.looked, 0).scored_classes
    if name not in known:
        hint = nearest(name, known) if known else "a run keeps them of 3 to 20 classes"
        raise SpecError(f"no scores of a class {name!r}", where="--class", hint=hint)
    return known.index(name)


def _fold(given: str) -> int | None:
    if given == "all":
        return None
    if not given.isdecimal():
        raise SpecError(f"{given!r} is no fold", where="--fold", hint="a number from 0, or all")
    return int(given)


def _with_texts(
    maker: Maker, run: RunFolder, row: dict[str, Any], frame: pl.DataFrame
) -> pl.DataFrame:
    """The rows with `shown`, the text of each with brackets around what it marks."""
    view = RunView(run)
    view.skim()
    found = texts_of(view, str(row["dataset"]), frame["text"])
    if found.problem:
        narrate(f"warning: {found.problem}")
    marks = marked(maker.predicted(maker.looked, 0).frame)
    shown = [
        MarkedText(found.of_rows[at], tuple(marks.get(at, ()))).bracketed
        if at in found.of_rows
        else None
        for at in frame["text"]
    ]
    return frame.with_columns(pl.Series("shown", shown, pl.String))


def _together(made: list[Made]) -> pl.DataFrame:
    """The rows of all cells, each with the columns that name its cell."""
    kinds = {name: pl.Int64 if name == "layer" else pl.String for name in CELL}
    frames = [
        one.frame.select(
            *(pl.lit(one.row[name], kinds[name]).alias(name) for name in CELL), pl.all()
        )
        for one in made
        if not one.frame.is_empty()
    ]
    return pl.concat(frames, how="diagonal_relaxed") if frames else pl.DataFrame(schema=kinds)


def _print(made: list[Made], frame: pl.DataFrame, given: Namespace) -> None:
    """One cell with its picture, or the rows of several."""
    if len(made) == 1 and not made[0].sight.why:
        own, sight = made[0], made[0].sight
        output.write_text("\n".join([_name(own.row), sight.title, *sight.facts, ""]))
        print_picture(sight, HEIGHT)
        if given.view not in OF_TEXTS and not given.limit:
            return
        frame = own.frame
    if frame.is_empty():
        return
    most = given.limit or LISTED
    told = [name for name in frame.columns if frame[name].null_count() < frame.height]
    output.write_table(columns_table(frame.select(told).head(most)))
    if frame.height > most and given.limit is None:
        narrate(f"{frame.height - most:,} rows more: --limit {frame.height}, or --format csv")


def _name(row: dict[str, Any]) -> str:
    layer = None if row["layer"] is None else f"layer {row['layer']}"
    parts = (row["dataset"], row["model"], row["site"], row["pooler"], layer, row["classifier"])
    return " · ".join(str(part) for part in (*parts, row["control"]) if part)
