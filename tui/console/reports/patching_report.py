"""How much of the twin's answer each layer and token carries, as printed: a heatmap and a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from probing.interventions.patched_rows import Patched
from probing.interventions.patches import OTHER, RANDOM, control_of
from tui.console import output
from tui.console.reports.heatmap import Heatmap
from tui.plot.comparisons.effect_cells import told_mean, told_number, told_range
from tui.texts.of_runs.plans import counted
from tui.texts.sanitiser import clean

if TYPE_CHECKING:
    from tui.texts.tables.text_table import TextTable


def print_patched(found: Patched) -> None:
    """Print the heatmap of the mean over pairs, and what all tokens of a layer carry together."""
    rows = found.rows()
    own = rows.filter(pl.col("position").is_not_null(), control="")
    for line in _heatmap(found, own).lines(output.width(), colour=output.has_colour()):
        output.write_text(line) if not output.has_colour() else print(line)
    output.write_table(_table(found, rows))


def _heatmap(found: Patched, own: pl.DataFrame) -> Heatmap:
    positions = sorted(own["position"].unique().to_list())
    layers = sorted(own["layer"].unique().to_list())
    values = {(row["layer"], row["position"]): row["value"] for row in own.iter_rows(named=True)}
    cells = [[values.get((layer, position)) for position in positions] for layer in layers]
    shades = [[min(max(one or 0.0, -1.0), 1.0) for one in line] for line in cells]
    labels = [_label(found, position) for position in positions]
    return Heatmap(_title(found), labels, layers, cells, shades, digits=2)


def _title(found: Patched) -> str:
    what = "the part along the probe's direction" if found.request.along else "activations"
    probe, model = clean(found.facts["probe"]), clean(found.facts["model"])
    n, left_out = len(found.pairs), len(found.done) - len(found.pairs)
    lines = [
        f"{probe} · {found.facts['site']} of {model} · {counted(n, 'pair')}",
        f"recovered of the twin's answer by layer and token, with {what} of the twin",
    ]
    if left_out:
        lines.append(f"{counted(left_out, 'pair')} left out: the twins do not align")
    if not found.has_one_length:
        lines.append("twins of several lengths: -1 is the last token")
    return "\n".join(lines)


def _table(found: Patched, rows: pl.DataFrame) -> TextTable:
    """A row for each layer: all tokens at once, and the token that carries most."""
    control = control_of(found.request)
    beside = "random" if control == RANDOM else "other texts"
    table = output.plain_table("layer", "all tokens", "most", beside, right=("layer",))
    for layer in rows["layer"].unique(maintain_order=True):
        at = rows.filter(layer=layer)
        whole = at.filter(pl.col("position").is_null(), control="").row(0, named=True)
        single = at.filter(pl.col("position").is_not_null(), control="")
        most = single.sort("value", descending=True, nulls_last=True).row(0, named=True)
        random = at.filter(pl.col("position").is_null(), control=control)["value"].drop_nulls()
        told = _label(found, most["position"])
        if most["value"] is not None:
            told += f"  {told_number(most['value'])}"
        table.add_row(str(layer), told_mean(whole), told, told_range(random.to_list()))
    if control not in rows["control"]:
        table.drop_column(beside)
    table.caption = "\n".join(_caption(found, rows))
    return table


def _caption(found: Patched, rows: pl.DataFrame) -> list[str]:
    lines = ["recovered: 0 is the text's own difference of the two logits, 1 that of its twin"]
    lines.append("[…]: 95 % interval over pairs, those of a group as one")
    lines.append("most: the token that carries most in these pairs, which choose it: no interval")
    if found.request.along and found.request.n_random:
        n = counted(found.request.n_random, "random direction")
        lines.append(f"random: all tokens, least and most of {n}")
    n_draws = rows.filter(control=OTHER)["draw"].n_unique()
    if n_draws:
        lines.append(
            "other texts: all tokens, of a text of another pair that answers as this one does,"
        )
        lines.append(f"least and most of {counted(n_draws, 'draw')}")
    elif not found.request.along and found.request.n_random:
        lines.append("no control: no pair of another group has other texts")
    return lines


def _label(found: Patched, position: int) -> str:
    """The position, with the token of the first pair there where all have one length."""
    if not found.has_one_length:
        return str(position)
    return clean(found.pairs[0][1]["tokens"][position])
