"""Draw how a score grows in training: by the training step of a series of checkpoints."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from probing.metric_names import METRICS
from probing.spec import CHOSEN, trajectory_of
from tui.plot.along.x_axes import Place, placing
from tui.plot.axis import placed_axis
from tui.plot.curves import draw
from tui.plot.series import PARTS, Point, Series

MOST_LAYERS = 5
OF_PLOT = ["run", "dataset", "trained_on", "site", "pooler", "classifier"]


def trajectories(frame: pl.DataFrame) -> list[pl.DataFrame]:
    """The rows of results that one plot shows each: a series of checkpoints on a dataset.

    Of models without a training step, or with a single one, there is none.
    """
    stepped = frame.filter(pl.col("step").is_not_null(), pl.col("site").fill_null("") != "")
    names = {name: trajectory_of(name) for name in stepped["model"].unique()}
    named = stepped.with_columns(trajectory=pl.col("model").replace_strict(names, default=""))
    if named.is_empty():
        return []
    parts = named.partition_by([*OF_PLOT, "trajectory"], maintain_order=True)
    return [part for part in parts if part["step"].n_unique() > 1]


def draw_steps(
    rows: pl.DataFrame,
    metric: str,
    width: int,
    height: int,
    *,
    ascii: bool,
    colour: bool,
    by: str = "training step",
    chance: float | None = None,
) -> str:
    """The score by training step, or by what else the column `step` holds.

    Of a single layer it is drawn beside its controls, else of several layers: of many some,
    evenly spaced.
    """
    known = rows.filter(pl.col(metric).is_finite())
    tasks = known.filter(control="")
    layers = sorted(tasks["layer"].unique(), key=lambda layer: -1 if layer is None else layer)
    kept = spaced(layers, MOST_LAYERS)
    shown = known if len(layers) == 1 else tasks
    steps = sorted(set(shown["step"]))
    place = placing(steps)
    curves = [
        _series(part.sort("step"), metric, _label(part, len(layers) == 1), at, place)
        for at, part in enumerate(
            shown.filter(pl.col("layer").is_in(kept, nulls_equal=True)).partition_by(
                ["layer", "control"], maintain_order=True
            )
        )
    ]
    return draw(
        curves,
        metric,
        width,
        height,
        chance=chance,
        ascii=ascii,
        colour=colour,
        title=f"{METRICS[metric].title} by {by}{_told(kept, layers)}",
        x=placed_axis(steps, place, width),
    )


def spaced(layers: Sequence[int | None], most: int) -> list[int | None]:
    """At most so many of the layers, evenly spaced, the first and the last among them."""
    if len(layers) <= most:
        return list(layers)
    return [layers[round(at * (len(layers) - 1) / (most - 1))] for at in range(most)]


def _label(part: pl.DataFrame, is_alone: bool) -> str:
    row = part.row(0, named=True)
    if is_alone:
        return str(row["control"] or row["classifier"])
    if row["layer"] is not None:
        return f"layer {row['layer']}"
    return "chosen layer" if CHOSEN in row["pooler"] else "all layers"


def _told(kept: Sequence[int | None], layers: Sequence[int | None]) -> str:
    if len(kept) < len(layers):
        return f", {len(kept)} of {len(layers)} layers"
    return f", layer {layers[0]}" if len(layers) == 1 and layers[0] is not None else ""


def _series(rows: pl.DataFrame, metric: str, label: str, at: int, place: Place) -> Series:
    points = tuple(
        Point(
            place(row["step"]),
            row[metric],
            row[f"{metric}_low"],
            row[f"{metric}_high"],
            row["n_texts"] or 0,
            n_groups=row["n_groups"],
        )
        for row in rows.iter_rows(named=True)
    )
    first = rows.row(0, named=True) | {"model": rows["trajectory"][0]}
    key = tuple(str(first.get(part) or "") for part in PARTS)
    return Series(
        key,
        label,
        first["task"],
        first["n_folds"] or 0,
        points,
        at,
        first["positive"] or "",
        is_joined=True,
    )
