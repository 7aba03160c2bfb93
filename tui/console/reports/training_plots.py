"""How networks were trained, as printed: the plots of some cells, and a row for each."""

from __future__ import annotations

import polars as pl

from tui.console import output
from tui.console.reports.results_table import columns_table
from tui.plot.along.training import CELL, draw_training, trained_cells

HEIGHT = 16
MOST_CELLS = 3


def print_training(frame: pl.DataFrame) -> None:
    """Print plots of the first cells, and a row for each cell with where its training ended."""
    cells = trained_cells(frame)
    for cell in cells[:MOST_CELLS]:
        width, looks = min(output.width(), 120), (output.is_ascii(), output.has_colour())
        for plot in draw_training(cell, width, HEIGHT, ascii=looks[0], colour=looks[1]):
            print(plot)
            print()
    if len(cells) > MOST_CELLS:
        print(f"{len(cells) - MOST_CELLS:,} more cells; choose with --where, or write --output\n")
    if cells:
        output.write_table(columns_table(pl.concat(map(_ended, cells))))


def _ended(cell: pl.DataFrame) -> pl.DataFrame:
    """The mean over folds of the last epoch, and of the lowest validation loss."""
    by_epoch = cell.unique(["fold", "epoch"]).sort("epoch")
    folds = by_epoch.group_by(*CELL, "fold", maintain_order=True).agg(
        pl.col("epoch").max().alias("epochs"),
        pl.col("train_loss").last(),
        pl.col("val_loss").min().alias("least_val_loss"),
    )
    means = [pl.col(name).mean() for name in ("epochs", "train_loss", "least_val_loss")]
    return folds.group_by(*CELL, maintain_order=True).agg(*means)
