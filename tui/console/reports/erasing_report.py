"""What erasing left, as printed: how right a new probe still is, and what else changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import polars as pl

from probing.interventions.erased_rows import Erased
from tui.console import output
from tui.plot.axis import short
from tui.plot.comparisons.effect_cells import told_mean, told_range
from tui.plot.comparisons.effects import draw_changes, draw_erased
from tui.texts.of_runs.plans import counted, texts_and_groups
from tui.texts.sanitiser import clean

if TYPE_CHECKING:
    from tui.texts.tables.text_table import TextTable

HEIGHT = 18
SCORES = {"accuracy": "accuracy", "r2": "R²"}
FEW = 3  # layers that are read: more are drawn
NAMES = {"none": "as it is", "leace": "LEACE", "mean": "mean projection", "random": "random"}


def print_erased(found: Erased) -> None:
    """Print plots by layer where there are several, and the table."""
    rows = found.rows()
    places = _places(rows)
    if len(places) > 1:
        _print_by_place(rows, found.score)
    elif rows["read_layer"].n_unique() > FEW:
        scores = rows.filter(measure=found.score)
        title = f"{SCORES[found.score]} of a new probe by layer, erased at {_named(places[0])}"
        metric, at = found.score, (_width(), HEIGHT)
        shown = draw_erased(
            scores, title, NAMES, *at, metric=metric, chance=found.majority, **_looks()
        )
        print(f"{shown}\n")
    output.write_table(_table(rows, found))


def _print_by_place(rows: pl.DataFrame, score: str) -> None:
    """What each eraser changes, by the layer where it erases: the last layer's probe, the loss."""
    edited = rows.filter(pl.col("edit") != "none")
    last = edited.filter(measure=f"{score}_change", read_layer=rows["read_layer"].max())
    loss = edited.filter(measure="loss_change")
    titles = f"{SCORES[score]} of a new probe at the last layer", "loss of the language model"
    for part, what in zip((last, loss), titles, strict=True):
        if part.height:
            title = f"change of the {what}, by the layer where it is erased"
            print(f"{draw_changes(part, title, NAMES, _width(), HEIGHT, **_looks())}\n")


def _width() -> int:
    return min(output.width(), 120)


def _looks() -> dict[str, bool]:
    return {"ascii": output.is_ascii(), "colour": output.has_colour()}


def _table(rows: pl.DataFrame, found: Erased) -> TextTable:
    """A row for each place and eraser: the accuracy there, at the last layer, and the changes."""
    has_choices, has_loss = "log_odds" in rows["measure"], "loss" in rows["measure"]
    extra = ["loss", "its change"] * has_loss + ["change of log odds"] * has_choices
    there = f"{SCORES[found.score]} there"
    table = output.plain_table("erased at", "eraser", there, "at the last layer", *extra)
    last = rows["read_layer"].max()
    for place, edit in _lines(rows):
        part = rows.filter(_at(place), edit=edit) if edit != "none" else rows.filter(edit=edit)
        first = part["read_layer"].min() if place is None else place
        cells = [_cell(part, found.score, layer) for layer in (first, last)]
        cells += [_cell(part, name, None) for name in ("loss", "loss_change") if has_loss]
        cells += [_cell(part, "log_odds_change", None)] * has_choices
        table.add_row(_named(place), NAMES[edit], *cells)
    first_row = rows.row(0, named=True)
    n = texts_and_groups(first_row["n"], first_row["n_groups"])
    probe, model = clean(first_row["probe"]), clean(first_row["model"])
    on = f" on {clean(found.dataset)}" if found.request.data else ""
    table.title = f"{probe} · {first_row['site']} of {model}{on} · n {n}"
    table.caption = "\n".join(_caption(found, has_loss))
    return table


def _caption(found: Erased, has_loss: bool) -> Iterator[str]:
    if found.majority is not None:
        yield f"majority class: accuracy {short(found.majority, 3)}"
    yield "[…]: 95 % interval over held-out texts by their groups and over training texts"
    new = "ridge" if found.targets else "logistic"
    yield f"a new {new} regression is fitted under each eraser, on the training part of each fold"
    if found.request.n_random:
        n = counted(found.request.n_random, "random subspace")
        yield f"random: least and most of {n} of the same rank"
    if has_loss:
        yield "loss: of the language model on held-out texts, nats a token"


def _lines(rows: pl.DataFrame) -> Iterator[tuple[int | None, str]]:
    """Each place with the model as it is, then with each eraser."""
    edits = rows["edit"].unique(maintain_order=True).to_list()
    yield from ((place, edit) for place in _places(rows) for edit in edits)


def _places(rows: pl.DataFrame) -> list[int | None]:
    edited = rows.filter(pl.col("edit") != "none")
    return edited["layer"].unique(maintain_order=True).to_list()


def _at(layer: int | None) -> Any:
    return pl.col("layer").eq_missing(layer) & (pl.col("edit") != "none")


def _named(layer: int | None) -> str:
    return "all layers" if layer is None else f"layer {layer}"


def _cell(part: pl.DataFrame, measure: str, layer: Any) -> str:
    rows = part.filter(pl.col("read_layer").eq_missing(layer), measure=measure)
    if rows.height > 1:
        return told_range(rows["value"].drop_nulls().to_list(), 3)
    return told_mean(rows.row(0, named=True), 3) if rows.height else ""
