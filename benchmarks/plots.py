"""`python -m benchmarks.plots`: what a redraw of a plot takes of the app's event loop.

Curves with each kind of interval, a heat map and small multiples, drawn as text and turned into
what Textual shows, in CPU milliseconds.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable
from functools import partial

from rich.text import Text

from tui.plot.curves import Interval, draw
from tui.plot.grids.around import grid_of
from tui.plot.grids.grid_text import draw_grid
from tui.plot.panels.multiples import panels_of
from tui.plot.panels.panels_text import draw_panels
from tui.plot.pictures.picture import Picture
from tui.plot.series import Point, Series

METRIC = "auroc"
INTERVALS: tuple[Interval, ...] = ("none", "whiskers", "band")


def main(arguments: list[str] | None = None) -> None:
    """Print the milliseconds of each kind."""
    parser = argparse.ArgumentParser(prog="benchmarks.plots")
    for name, value in (("series", 12), ("layers", 33), ("width", 200), ("height", 50)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--repeats", type=int, default=10)
    given = parser.parse_args(arguments)
    made = _series(given.series, given.layers)
    size = given.width, given.height
    for kind in INTERVALS:
        told = _ms(partial(draw, made, METRIC, *size, interval=kind), given.repeats)
        print(f"curves, intervals {kind}: {told:.0f} ms")
    grid = grid_of(made, made[0].key, ("layer", "pooler"), METRIC)
    lines = _ms(lambda: "\n".join(draw_grid(grid, METRIC, *size, colour=True)), given.repeats)
    print(f"heat map: {lines:.0f} ms")
    panels, n_columns = panels_of(made, ("pooler", ""), METRIC)
    picture = Picture(METRIC, tuple(panels), None, n_columns or 4)
    lines = _ms(lambda: "\n".join(draw_panels(picture, *size, colour=True)), given.repeats)
    print(f"{len(panels)} panels: {lines:.0f} ms")


def _series(n: int, n_layers: int) -> list[Series]:
    """Curves that overlap, each of a pooler of its own."""
    random_ = random.Random(0)
    return [
        Series(
            ("run", "dataset", "model", "resid", f"pooler {at}", "LDA", ""),
            f"pooler {at}",
            "binary",
            5,
            tuple(_point(one, 0.6 + at / 100 + random_.random() / 20) for one in range(n_layers)),
            at,
        )
        for at in range(n)
    ]


def _point(layer: int, value: float) -> Point:
    ends = value - 0.05, value + 0.05, 2000, value - 0.1, value + 0.1
    return Point(layer, value, *ends)


def _ms(work: Callable[[], str], repeats: int) -> float:
    Text.from_ansi(work())
    start = time.process_time()
    for _ in range(repeats):
        Text.from_ansi(work())
    return (time.process_time() - start) / repeats * 1000


if __name__ == "__main__":
    main()
