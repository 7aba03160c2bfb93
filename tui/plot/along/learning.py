"""Draw learning curves: scores by the number of training texts, on a logarithmic axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from probing.metric_names import METRICS
from tui.plot.along.x_axes import TEXTS, Along
from tui.plot.axis import placed_axis
from tui.plot.curves import draw
from tui.plot.series import OF_SEVERAL, PARTS, Key, Point, Series, is_shared
from tui.texts.sanitiser import clean

MOST_CURVES = 7  # as there are colours
PER_DECADE = 1000  # steps of the logarithmic axis
GROUP = ["run", "dataset", "model", "metric"]
CELL = ["site", "pooler", "classifier", "layer", "control"]


def plots_of(frame: pl.DataFrame) -> list[pl.DataFrame]:
    """What one plot shows each: the curves of a model on a dataset, with what has no model."""
    known = frame.filter(pl.col("value").is_finite())
    models = known.filter(pl.col("model") != "")
    if models.is_empty():
        return known.partition_by(GROUP, maintain_order=True) if known.height else []
    keys = models.select(GROUP).unique(maintain_order=True).rows()
    return [
        known.filter(
            pl.col("run") == run,
            pl.col("dataset") == dataset,
            pl.col("model").is_in([model, ""]),
            pl.col("metric") == metric,
        )
        for run, dataset, model, metric in keys
    ]


def draw_learning(
    frame: pl.DataFrame, width: int, height: int, *, ascii: bool, colour: bool
) -> str:
    """The best curves of one model, one dataset and one metric, with their intervals."""
    metric = frame["metric"][0]
    cells = frame.partition_by(CELL, maintain_order=True)
    sign = 1 if METRICS[metric].higher_is_better else -1
    cells.sort(key=lambda cell: (cell["control"][0] != "", -sign * cell["value"][-1]))
    kept = _spread(cells)
    labels = _labels(kept)
    places = _places(kept)
    series = [_series(*one) for one in zip(kept, labels, places, strict=True)]
    more = f", {len(kept)} of {len(cells)} cells" if len(kept) < len(cells) else ""
    title = f"{METRICS[metric].title} by training texts{more}"
    axis = placed_axis(sorted(set(frame["n_train"])), _place, width)
    return draw(series, metric, width, height, ascii=ascii, colour=colour, title=title, x=axis)


def over_texts(
    frame: pl.DataFrame, drawn: Sequence[Series], layer: int | None
) -> tuple[list[Series], Along] | None:
    """The series `drawn`, each at `layer` by its training texts; None where there are no curves.

    `frame` holds learning curves of one metric. Levels stay as they are.
    """
    at = pl.col("layer").is_null() if layer is None else pl.col("layer").fill_null(layer) == layer
    rows = frame.filter(pl.col("value").is_finite(), at).sort("n_train")
    points: dict[Key, list[Point]] = {}
    for row in rows.iter_rows(named=True):
        key = tuple(str(row[part] or "") for part in PARTS)
        told = Point(_place(row["n_train"]), row["value"], row["low"], row["high"], row["n_tested"])
        points.setdefault(key, []).append(told)
    found = [
        replace(one, points=tuple(points[one.key]), is_joined=True)
        if one.key in points and not is_shared(one.key)
        else one
        for one in drawn
        if one.key in points or is_shared(one.key)
    ]
    if not any(one.is_joined for one in found):
        return None
    sizes = tuple(sorted(float(n) for n in set(rows["n_train"])))
    return found, Along(TEXTS, sizes, layer)


def _spread(cells: Sequence[pl.DataFrame]) -> list[pl.DataFrame]:
    """The best of the cells, and of the controls."""
    tasks = [cell for cell in cells if not cell["control"][0]]
    controls = [cell for cell in cells if cell["control"][0]]
    n_controls = min(len(controls), max(MOST_CURVES - len(tasks), 2))
    return [*tasks[: MOST_CURVES - n_controls], *controls[:n_controls]]


def _places(cells: Sequence[pl.DataFrame]) -> list[int]:
    """The place of each cell's probe among the probes; of a control without one, of several."""
    probes = [tuple(cell[key][0] for key in CELL[:-1]) for cell in cells]
    tasks = [probe for probe, cell in zip(probes, cells, strict=True) if not cell["control"][0]]
    return [tasks.index(probe) if probe in tasks else OF_SEVERAL for probe in probes]


def _labels(cells: Sequence[pl.DataFrame]) -> list[str]:
    """The parts in which cells differ; the legend adds the control."""
    values = {key: {cell[key][0] for cell in cells} - {"", None} for key in CELL[:-1]}
    varying = [key for key in CELL[:-1] if len(values[key]) > 1]
    return [" ".join(filter(None, (_told(cell, key) for key in varying))) for cell in cells]


def _told(cell: pl.DataFrame, key: str) -> str:
    value = cell[key][0]
    if value is None or value == "":
        return ""
    return f"layer {value}" if key == "layer" else clean(str(value).replace("_", " "))


def _series(cell: pl.DataFrame, label: str, at: int) -> Series:
    points = tuple(
        Point(_place(row["n_train"]), row["value"], row["low"], row["high"], row["n_tested"])
        for row in cell.sort("n_train").iter_rows(named=True)
    )
    first = cell.row(0, named=True)
    key = tuple(str(first.get(part) or "") for part in PARTS)
    label = label or clean(first["classifier"])
    return Series(key, label, first["task"], 0, points, at, is_joined=True)


def _place(n_train: int) -> int:
    """Where a number of texts stands on the axis."""
    return round(PER_DECADE * math.log10(max(n_train, 1)))
