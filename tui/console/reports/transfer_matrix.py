"""The matrix of transfers: a row for what is trained on, a column for what is tested on.

The layer of a row is the best of the datasets that are trained on, by their own folds. What the
other datasets score has no part in the choice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from probing.metric_names import METRICS, default_metric
from tui.console import output
from tui.plot.axis import short
from tui.plot.comparisons.transfers import is_transferred, source_layer
from tui.texts.names import shown_name
from tui.texts.sanitiser import clean
from tui.texts.tables.text_table import TextTable

PLACE = ("model", "site", "pooler", "classifier")
RANKS = "auroc"  # what a threshold of another dataset cannot spoil
Sources = Mapping[str, Sequence[str]]


def transfer_matrices(frame: pl.DataFrame, sources: Sources) -> list[TextTable]:
    """A matrix for each model, pooler, classifier and set of classes that has transfers.

    With intervals where these fit into the terminal.

    `sources` are the datasets of each name that is trained on.
    """
    tasks = frame.filter(pl.col("control") == "")
    found = []
    for place in tasks.filter(is_transferred()).select(PLACE).unique(maintain_order=True).rows():
        own = tasks.filter(**dict(zip(PLACE, place, strict=True)))
        for part in _alike(own, sources):
            table = _matrix(part, place, sources, bounds=True)
            fits = output.fits(table)
            found.append(table if fits else _matrix(part, place, sources, bounds=False))
    return found


def _alike(frame: pl.DataFrame, sources: Sources) -> list[pl.DataFrame]:
    """The rows of datasets that transfers link, whose classes are the same."""
    links: list[set[str]] = []
    for trained, tested in frame.filter(is_transferred()).select("trained_on", "dataset").rows():
        names = {tested, *sources.get(trained, [trained])}
        apart = [one for one in links if not one & names]
        links = [*apart, names.union(*(one for one in links if one & names))]
    return [frame.filter(pl.col("dataset").is_in(list(names))) for names in links]


def _matrix(
    frame: pl.DataFrame, place: Sequence[str], sources: Sources, *, bounds: bool
) -> TextTable:
    metric = default_metric(frame["task"][0])
    metric = RANKS if frame[RANKS].is_not_null().any() else metric
    rows = frame.filter(pl.col(metric).is_not_null()).to_dicts()
    tested = list(dict.fromkeys(row["dataset"] for row in rows if row["trained_on"]))
    trained = list(dict.fromkeys([*tested, *(row["trained_on"] or row["dataset"] for row in rows)]))
    trained = [name for name in trained if any(row["trained_on"] == name for row in rows)]
    layers = {name: source_layer(rows, sources.get(name, [name]), metric) for name in trained}
    table = TextTable()
    table.add_column("trained on", [clean(name) for name in trained])
    if any(layer is not None for layer in layers.values()):
        table.add_column("layer", [_told(layers[name]) for name in trained], right=True)
    for name in tested:
        cells = [_cell(rows, one, name, layers[one], metric, bounds) for one in trained]
        table.add_column(clean(name), cells, right=True)
    names = " · ".join(map(shown_name, place))
    table.title = f"{METRICS[metric].title} on each dataset: {names}"
    table.caption = _caption(any(layer is not None for layer in layers.values()))
    return table


def _caption(has_layers: bool) -> str:
    """How the layer was chosen; all layers are in the results."""
    if not has_layers:
        return "* tested by folds of the same dataset"
    return (
        "layer: the best by the folds of what is trained on alone; * is the score that it was "
        "chosen by\nall layers: probe-tui results --where 'trained_on!='"
    )


def _cell(
    rows: Sequence[Mapping[str, Any]],
    trained: str,
    tested: str,
    layer: int | None,
    metric: str,
    bounds: bool,
) -> str:
    trained_on = "" if trained == tested else trained
    for row in rows:
        if (row["dataset"], row["trained_on"] or "", row["layer"]) == (tested, trained_on, layer):
            mark = "" if trained_on else "*"
            low, high = row[f"{metric}_low"], row[f"{metric}_high"]
            is_known = bounds and low is not None and high is not None
            told = f" [{short(low)}, {short(high)}]" if is_known else ""
            return f"{short(row[metric], 3)}{told}{mark}"
    return ""


def _told(layer: int | None) -> str:
    return "" if layer is None else str(layer)
