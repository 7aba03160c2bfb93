"""What erasing left, as printed: how right a new probe still is, and what else changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import polars as pl

from probing.interventions.erased_rows import Erased
from tui.console import output
from tui.console.effect_cells import told_mean, told_range
from tui.plot.axis import short
from tui.plot.effects import draw_erased
from tui.texts.plans import counted, texts_and_groups
from tui.texts.sanitiser import clean

if TYPE_CHECKING:
    from tui.console.text_table import TextTable

HEIGHT = 18
NAMES = {"none": "as it is", "leace": "LEACE", "mean": "mean projection", "random": "random"}


def print_erased(found: Erased) -> None:
    """Print a plot by layer where several are read, and the table."""
    rows = found.rows()
    if rows["read_layer"].n_unique() > 3:
        width, looks = min(output.width(), 120), (output.is_ascii(), output.has_colour())
        for place in _places(rows):
            part = rows.filter(_at(place) | (pl.col("edit") == "none"), measure="accuracy")
            told = f"accuracy of a new probe by layer, erased at {_named(place)}"
            size = width, HEIGHT
            looked = {"ascii": looks[0], "colour": looks[1]}
            print(draw_erased(part, told, NAMES, *size, chance=found.majority, **looked))
            print()
    output.write_table(_table(rows, found))


def _table(rows: pl.DataFrame, found: Erased) -> TextTable:
    """A row for each place and eraser: the accuracy there, at the last layer, and the changes."""
    has_choices, has_loss = "log_odds" in rows["measure"], "loss" in rows["measure"]
    extra = ["loss", "its change"] * has_loss + ["change of log odds"] * has_choices
    table = output.plain_table("erased at", "eraser", "accuracy there", "at the last layer", *extra)
    for place, edit in _lines(rows):
        part = rows.filter(_at(place), edit=edit) if edit != "none" else rows.filter(edit=edit)
        layers = part["read_layer"].drop_nulls()
        first = found.request.places[0][0] if edit == "none" else layers.min()
        cells = [_cell(part, "accuracy", layer) for layer in (first, layers.max())]
        cells += [_cell(part, name, None) for name in ("loss", "loss_change") if has_loss]
        cells += [_cell(part, "log_odds_change", None)] * has_choices
        table.add_row("" if edit == "none" else _named(place), NAMES[edit], *cells)
    first_row = rows.row(0, named=True)
    n = texts_and_groups(first_row["n"], first_row["n_groups"])
    probe, model = clean(first_row["probe"]), clean(first_row["model"])
    table.title = f"{probe} · {first_row['site']} of {model} · n {n}"
    table.caption = "\n".join(_caption(found, has_loss))
    return table


def _caption(found: Erased, has_loss: bool) -> Iterator[str]:
    if found.majority is not None:
        yield f"majority class: accuracy {short(found.majority, 3)}"
    yield "a new logistic regression is fitted under each eraser, on the training part of each fold"
    if found.request.n_random:
        n = counted(found.request.n_random, "random subspace")
        yield f"random: least and most of {n} of the same rank"
    if has_loss:
        yield "loss: of the language model on held-out texts, nats a token"


def _lines(rows: pl.DataFrame) -> Iterator[tuple[int | None, str]]:
    yield None, "none"
    known = rows.filter(pl.col("edit") != "none").unique(["layer", "edit"], maintain_order=True)
    for row in known.iter_rows(named=True):
        yield row["layer"], row["edit"]


def _places(rows: pl.DataFrame) -> list[int | None]:
    edited = rows.filter(pl.col("edit") != "none")
    return edited["layer"].unique(maintain_order=True).to_list()[:6]


def _at(layer: int | None) -> Any:
    return pl.col("layer").eq_missing(layer) & (pl.col("edit") != "none")


def _named(layer: int | None) -> str:
    return "all layers" if layer is None else f"layer {layer}"


def _cell(part: pl.DataFrame, measure: str, layer: Any) -> str:
    rows = part.filter(pl.col("read_layer").eq_missing(layer), measure=measure)
    if rows.height > 1:
        return told_range(rows["value"].drop_nulls().to_list(), 3)
    return told_mean(rows.row(0, named=True), 3) if rows.height else ""
