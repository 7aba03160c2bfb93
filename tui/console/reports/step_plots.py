"""Scores by training step, or by the size of a probe, as printed: a plot for each series."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

from tui.console import output
from tui.plot.along.sizes import by_size, draw_sizes
from tui.plot.along.steps import draw_steps, trajectories
from tui.plot.comparisons.transfers import named_transfers
from tui.plot.curves import chance_level
from tui.plot.metric_choice import chosen_metric, metrics_in

HEIGHT = 18
MOST_PLOTS = 12


def print_steps(frame: pl.DataFrame) -> int:
    """Print the plots of the checkpoints in a frame of results; returns how many there are."""
    return _print(frame, trajectories(frame), draw_steps)


def print_sizes(frame: pl.DataFrame) -> int:
    """Print the plots of the probes of several sizes in a frame; returns how many there are."""
    return _print(frame, by_size(frame), draw_sizes)


def _print(frame: pl.DataFrame, parts: Sequence[pl.DataFrame], draw: Callable[..., str]) -> int:
    for part in parts[:MOST_PLOTS]:
        metric = chosen_metric("", metrics_in(part))
        if metric:
            width, looks = min(output.width(), 120), (output.is_ascii(), output.has_colour())
            beside = frame.filter(run=part["run"][0], dataset=part["dataset"][0])
            chance = chance_level(beside, metric)
            part = named_transfers(part)
            print(draw(part, metric, width, HEIGHT, ascii=looks[0], colour=looks[1], chance=chance))
            print()
    if len(parts) > MOST_PLOTS:
        print(f"{len(parts) - MOST_PLOTS:,} more plots; choose with --where\n")
    return len(parts)
