"""What a direction is near to, as printed: class means by layer, then tokens and texts."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

import polars as pl

from probing.interventions.explained_rows import SIDES, TEXTS, Explained
from tui.console import output
from tui.console.effect_cells import told_number, told_range
from tui.plot.axis import short
from tui.plot.effects import draw_class_means
from tui.texts.plans import counted, texts_and_groups
from tui.texts.sanitiser import clean

HEIGHT = 18
WIDEST = 160  # characters of a text that is shown


def print_explained(found: Explained) -> None:
    """Print the plot of class means, the vocabulary, the texts and the tokens."""
    rows = found.rows()
    looks = {"ascii": output.is_ascii(), "colour": output.has_colour()}
    title = "mean projection of each class by layer, in standard deviations of the texts"
    means = rows.filter(measure="class_mean")
    print(draw_class_means(means, title, min(output.width(), 120), HEIGHT, **looks))
    print(f"texts of the curves: {TEXTS[found.fitted]}")
    if found.request.n_random:
        n = counted(found.request.n_random, "random direction")
        print(f"along {n} no class mean is further out than {_furthest(means)} at any layer")
    _print_classes(means)
    _print_separation(rows.filter(measure="separation"))
    near = found.near()
    _print_vocabulary(found, near.filter(what="vocabulary"))
    for what in ("text", "token"):
        _print_near(near.filter(what=what), what)


def _print_classes(means: pl.DataFrame) -> None:
    """How many texts each class has, and how many groups these come in."""
    counts = means.filter(control="").unique("class", keep="first", maintain_order=True)
    for row in counts.select("class", "n", "n_groups").iter_rows(named=True):
        told = texts_and_groups(row["n"], row["n_groups"])
        output.write_text(f"n of {clean(row['class'])}: {told}{' groups' * (' in ' in told)}")


def _print_separation(rows: pl.DataFrame) -> None:
    """The layer at which each class lies furthest from the others, beside random directions.

    The texts choose the layer, so its interval would say too much; they choose one for each random
    direction too.
    """
    table = output.plain_table("class", "layer", "apart", "random", right=("layer", "apart"))
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
    print()
    output.write_table(table)


def _furthest(rows: pl.DataFrame) -> str:
    values = rows.filter(control="random")["value"].drop_nulls().to_list()
    return short(max(map(abs, values), default=0.0))


def _print_vocabulary(found: Explained, near: pl.DataFrame) -> None:
    if found.no_vocabulary:
        output.write_text(f"\nno tokens of the vocabulary: {clean(found.no_vocabulary)}")
    if near.is_empty():
        return
    table = output.plain_table("raised", "z", "lowered", "z ", right=("z", "z "))
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
    print()
    output.write_table(table)


def _print_near(near: pl.DataFrame, what: str) -> None:
    for side in SIDES:
        source = "" if near.is_empty() else f" ({near['source'][0]})"
        print(f"\n{what}s of the {side} score{source}")
        for row in near.filter(side=side).iter_rows(named=True):
            shown = clean(" ".join((row["context"] or row["text"]).split()), WIDEST)
            output.write_text(f"{told_number(row['value']):>8}  {shown}")


def _token(row: dict[str, Any] | None) -> tuple[str, str]:
    """A token in quotes, so that its spaces are seen, and its standing."""
    return ("", "") if row is None else (clean(repr(row["text"])), told_number(row["value"]))
