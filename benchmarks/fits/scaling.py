"""How the time of the sweep grows with texts, columns, folds and layers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.fits.contenders import Bench, Pools
from benchmarks.fits.fitted import Fits, agreement
from benchmarks.shapes import GRID_PARTS, Curves, Shape, Work
from benchmarks.sizes import Sizes
from benchmarks.table import Row, against
from benchmarks.targets import OURS
from benchmarks.timing import in_turn

_GOES = 2


def scaling_rows(
    curves: Curves, sizes: Sizes, device: str, pools: Pools, file: Path
) -> Iterator[list[Row]]:
    """A table for each axis: ours and tuned scikit-learn at every point."""
    axes = {"n": curves.n, "d": curves.d, "n_folds": curves.n_folds, "n_layers": curves.n_layers}
    for axis, values in axes.items():
        word = axis.removeprefix("n_")
        title = f"scaling in {word}: the sweep; else {curves.base.label}; scaled beforehand"
        shapes = {value: replace(curves.base, **{axis: value}) for value in values}
        points = {at: _point_rows(one, sizes, device, pools, file) for at, one in shapes.items()}
        yield [
            replace(row, work=title, who=f"{word} {at:,}: {row.who}", note=note)
            for at, rows in points.items()
            for row in rows
            for note in [_growth(row, word, at, points)]
        ]


def _point_rows(shape: Shape, sizes: Sizes, device: str, pools: Pools, file: Path) -> list[Row]:
    work = Work("sweep", shape, GRID_PARTS)
    bench = Bench.of(work, device, file, pools, sizes.limit_s)
    timed = in_turn([*bench.ours(), bench.tuned()], min(_GOES, sizes.repeats), sizes.limit_s)
    reference = timed[0].result or Fits()
    rows = [
        Row("fits", work.title, one.contender.name, tuple(one.seconds), note=one.note,
            agreement="" if one is timed[0] else agreement(reference, one.result or Fits()))
        for one in timed
    ]  # fmt: skip
    return against(rows, OURS)


def _growth(row: Row, word: str, at: int, points: Mapping[int, Sequence[Row]]) -> str:
    """The row's note, and the power of the axis with which its time grew since the point before."""
    before = max((other for other in points if other < at), default=None)
    if before is None:
        return row.note
    seconds = next(one.median for one in points[before] if one.who == row.who)
    if not seconds or not row.median:
        return row.note
    power = math.log(row.median / seconds) / math.log(at / before)
    return "; ".join(filter(None, (f"grows as {word}^{power:.2f}", row.note)))
