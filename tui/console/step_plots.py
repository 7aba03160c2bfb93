"""Scores by training step, as printed: a plot for each series of checkpoints."""

from __future__ import annotations

import polars as pl

from tui.console import output
from tui.plot.metric_choice import chosen_metric, metrics_in
from tui.plot.steps import draw_steps, trajectories

HEIGHT = 18
MOST_PLOTS = 12


def print_steps(frame: pl.DataFrame) -> int:
    """Print the plots of the checkpoints in a frame of results; returns how many there are."""
    parts = trajectories(frame)
    for part in parts[:MOST_PLOTS]:
        metric = chosen_metric("", metrics_in(part))
        if metric:
            width, looks = min(output.width(), 120), (output.is_ascii(), output.has_colour())
            print(draw_steps(part, metric, width, HEIGHT, ascii=looks[0], colour=looks[1]))
            print()
    if len(parts) > MOST_PLOTS:
        print(f"{len(parts) - MOST_PLOTS:,} more plots; choose with --where\n")
    return len(parts)
