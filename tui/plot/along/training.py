"""Draw how a network was trained: losses, gradients and weights by epoch."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from tui.plot.axis import placed_axis, value_axis
from tui.plot.curves import draw
from tui.plot.series import PARTS, Point, Series
from tui.texts.sanitiser import clean

CELL = ["run", "dataset", "model", "site", "pooler", "layer", "classifier", "control"]
MOST_POINTS, MOST_TICKS, MOST_LINES = 60, 8, 8
LOSSES = {"train_loss": "training part", "val_loss": "validation part"}
NORMS = {"gradient_norm": "gradient norm", "weight_norm": "weight norm"}
Curves = Mapping[str, list[tuple[int, float]]]


def trained_cells(frame: pl.DataFrame) -> list[pl.DataFrame]:
    """The epochs of each cell."""
    return frame.partition_by(CELL, maintain_order=True) if frame.height else []


def draw_training(
    cell: pl.DataFrame, width: int, height: int, *, ascii: bool, colour: bool
) -> list[str]:
    """Three plots of a cell: its losses, and the norms of the gradient and of each parameter.

    A point is the mean over the folds that were still trained; of many epochs some are drawn.
    """
    first = cell.row(0, named=True)
    layer = "all layers" if first["layer"] is None else f"layer {first['layer']}"
    by_epoch = cell.unique(["fold", "epoch"])
    losses = {told: _curve(by_epoch, name) for name, told in LOSSES.items()}
    plots = [(f"loss by epoch, {layer}", losses)]
    for column, told in NORMS.items():
        norms = {
            clean(str(part["parameter"][0])): _curve(part, column)
            for part in cell.partition_by("parameter", maintain_order=True)[:MOST_LINES]
        }
        plots.append((f"{told} by epoch, {layer}", norms))
    return [
        _drawn(first, curves, title, width, height, ascii=ascii, colour=colour)
        for title, curves in plots
        if any(curves.values())
    ]


def _curve(rows: pl.DataFrame, column: str) -> list[tuple[int, float]]:
    """Epochs and the means over folds, of at most sixty epochs."""
    means = rows.drop_nulls(column).group_by("epoch").agg(pl.col(column).mean()).sort("epoch")
    if means.is_empty():
        return []
    places = np.unique(np.linspace(0, means.height - 1, MOST_POINTS).round().astype(int))
    return [(row[0], row[1]) for row in means[places.tolist()].rows()]


def _drawn(
    first: Mapping[str, object],
    curves: Curves,
    title: str,
    width: int,
    height: int,
    *,
    ascii: bool,
    colour: bool,
) -> str:
    key = tuple(str(first.get(part) or "") for part in PARTS)
    series = [
        Series(
            key,
            label,
            "",
            0,
            tuple(Point(epoch, value, None, None, 0) for epoch, value in points),
            at,
            is_joined=True,
        )
        for at, (label, points) in enumerate(curves.items())
        if points
    ]
    values = [point.value for one in series for point in one.points]
    epochs = sorted({epoch for one in series for epoch in one.xs})
    ticks = np.unique(np.linspace(0, len(epochs) - 1, MOST_TICKS).round().astype(int))
    return draw(
        series,
        "",
        width,
        height,
        ascii=ascii,
        colour=colour,
        interval="none",
        title=title,
        x=placed_axis([epochs[at] for at in ticks], int, width),
        y=value_axis(values, height),
    )
