"""Draw differences by layer with the band that covers them all."""

from __future__ import annotations

import polars as pl

from probing.metric_names import METRICS
from tui.plot.axis import difference_axis
from tui.plot.curves import draw
from tui.plot.series import PARTS, Point, Series
from tui.texts.sanitiser import clean

SIDES = ("_a", "_b")


def groups_of(frame: pl.DataFrame) -> list[pl.DataFrame]:
    """The differences that one plot shows: those that share all but their layer, if they differ."""
    if "layer" not in frame.columns:
        return []
    keys = [key for key in PARTS if key in frame.columns]
    known = frame.filter(pl.col("difference").is_not_null() & pl.col("layer").is_not_null())
    parts = known.partition_by(keys, maintain_order=True) if known.height else []
    return [part for part in parts if part["layer"].n_unique() > 1]


def draw_differences(
    frame: pl.DataFrame, width: int, height: int, *, ascii: bool, colour: bool
) -> str:
    """One curve of differences, A - B, with its simultaneous band."""
    first = frame.row(0, named=True)
    points = tuple(
        Point(
            row["layer"],
            row["difference"],
            row["low"],
            row["high"],
            row["n_texts"],
            row["band_low"],
            row["band_high"],
            n_groups=row["n_groups"],
        )
        for row in frame.sort("layer").iter_rows(named=True)
    )
    key = tuple(str(first.get(part) or "") for part in PARTS[:-1])
    label = " less ".join(_side(first, side) for side in SIDES)
    one = Series((*key, ""), label, first["task"], 0, points, 0)
    ends = [end for point in points for end in point.bounds(together=True) if end is not None]
    title = f"difference in {METRICS[first['metric']].title} by layer"
    axis = difference_axis(ends, height)
    return draw(
        [one],
        first["metric"],
        width,
        height,
        interval="band",
        ascii=ascii,
        colour=colour,
        title=title,
        y=axis,
    )


def _side(row: dict[str, object], side: str) -> str:
    parts = [key.removesuffix(side) for key in row if key.endswith(side)]
    return " ".join(clean(row[part + side] or f"no {part}") for part in parts)
