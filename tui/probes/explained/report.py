"""What a direction is near to, part by part: class means by layer, then tokens and texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import polars as pl

from probing.interventions.explained_rows import SIDES, TEXTS, Explained
from tui.plot.axis import short
from tui.plot.comparisons.effect_cells import told_number, told_range
from tui.plot.comparisons.effects import draw_class_means
from tui.texts.of_runs.plans import counted
from tui.texts.sanitiser import clean
from tui.texts.tables.text_table import TextTable

HEIGHT = 18
WIDEST = 160  # characters of a text that is shown


@dataclass(frozen=True)
class Plot:
    """A plot, with its colours as a terminal takes them."""

    drawn: str


Part = Plot | TextTable | str


def parts_of(found: Explained, width: int, *, ascii: bool, colour: bool) -> Iterator[Part]:
    """The plot of class means, the classes, the vocabulary, the texts and the tokens."""
    rows, near = found.rows(), found.near()
    means = rows.filter(measure="class_mean")
    yield Plot(_plot(means, min(width, 120), ascii, colour))
    yield f"texts of the curves: {TEXTS[found.fitted]}"
    if found.request.n_random:
        n = counted(found.request.n_random, "random direction")
        yield f"along {n} no class mean is further out than {_furthest(means)} at any layer"
    yield from _classes(means)
    yield ""
    yield _separation(rows.filter(measure="separation"))
    yield from _vocabulary(found, near.filter(what="vocabulary"))
    for what in ("text", "token"):
        yield from _near(near.filter(what=what), what)


def _plot(means: pl.DataFrame, width: int, ascii: bool, colour: bool) -> str:
    title = "mean projection of each class by layer, in standard deviations of the texts"
    return draw_class_means(means, title, width, HEIGHT, ascii=ascii, colour=colour)


def _classes(means: pl.DataFrame) -> Iterator[str]:
    """How many texts each class has, and how many groups these come in."""
    counts = means.filter(control="").unique("class", keep="first", maintain_order=True)
    for row in counts.select("class", "n", "n_groups").iter_rows(named=True):
        n, n_groups = row["n"], row["n_groups"]
        groups = f" in {counted(n_groups, 'group')}" if n_groups and n_groups < n else ""
        yield f"n of {clean(row['class'])}: {n:,}{groups}"


def _separation(rows: pl.DataFrame) -> TextTable:
    """The layer at which each class lies furthest from the others, beside random directions.

    The texts choose the layer, so its interval would say too much; they choose one for each random
    direction too.
    """
    table = TextTable(("class", "layer", "apart", "random"), right=("layer", "apart"))
    known = rows.filter(pl.col("value").is_not_null())
    furthest = known.sort("value", descending=True, maintain_order=True).unique(
        ["class", "control", "draw"], keep="first", maintain_order=True
    )
    for name in known.filter(control="")["class"].unique(maintain_order=True):
        part = furthest.filter(pl.col("class") == name)
        own = part.filter(control="").row(0, named=True)
        values = part.filter(pl.col("control") != "")["value"].to_list()
        apart = told_number(own["value"])
        table.add_row(clean(name), str(own["read_layer"]), apart, told_range(values))
    table.title = "where each class lies furthest from the others along the direction"
    table.caption = (
        "apart: difference of means in standard deviations inside the classes\n"
        "the layer is the one of all that is furthest here, for each random direction too"
    )
    return table


def _furthest(rows: pl.DataFrame) -> str:
    values = rows.filter(control="random")["value"].drop_nulls().to_list()
    return short(max(map(abs, values), default=0.0))


def _vocabulary(found: Explained, near: pl.DataFrame) -> Iterator[Part]:
    if found.no_vocabulary:
        yield ""
        yield f"no tokens of the vocabulary: {clean(found.no_vocabulary)}"
    if near.is_empty():
        return
    table = TextTable(("raised", "z", "lowered", "z "), right=("z", "z "))
    sides = [near.filter(side=side).iter_rows(named=True) for side in SIDES]
    for raised, lowered in zip_longest(*sides):
        table.add_row(*_token(raised), *_token(lowered))
    by_input = found.request.input_embeddings
    what = "embeddings lie furthest along it" if by_input else "logits it raises and lowers most"
    table.title = f"the direction in the vocabulary: tokens whose {what}"
    ends = found.random_vocabulary
    through = "by the input embeddings" if by_input else "through final norm and unembedding"
    table.caption = f"z: standard deviations over the vocabulary, {through}"
    if ends is not None:
        low, high = map(short, ends)
        n = counted(found.request.n_random, "random direction")
        table.caption += f"\nrandom: from {low} to {high} over {n}"
    yield ""
    yield table


def _near(near: pl.DataFrame, what: str) -> Iterator[str]:
    for side in SIDES:
        source = "" if near.is_empty() else f" ({near['source'][0]})"
        yield ""
        yield f"{what}s of the {side} score{source}"
        for row in near.filter(side=side).iter_rows(named=True):
            shown = clean(" ".join((row["context"] or row["text"]).split()), WIDEST)
            yield f"{told_number(row['value']):>8}  {shown}"


def _token(row: dict[str, Any] | None) -> tuple[str, str]:
    """A token in quotes, so that its spaces are seen, and its standing."""
    return ("", "") if row is None else (clean(repr(row["text"])), told_number(row["value"]))
