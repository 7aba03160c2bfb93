"""Columns that a table shows only where they are asked for: other metrics, sizes, flags.

They tell of the cell that a row shows: of a series, the one at the layer in its row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from probing.metric_names import METRICS
from tui.plot.axis import short
from tui.texts.sanitiser import clean
from tui.widgets.column_widths import Column

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tui.results.lines import Lines

TEXTS = ("task", "flags", "beats")
NUMBERS = ("step", "size", "position", "n_folds", "n_train", "n_test", "n_texts", "n_groups")
MORE_NUMBERS = ("n_params", "selectivity")
LONGEST = 40
WITH_INTERVAL = 17  # an interval that is cut says nothing


def offered(lines: Lines) -> list[Column]:
    """The columns that these lines could show too."""
    cells, metric = lines.listing.table.cells, lines.listing.metric
    known = set(cells.schema)
    metrics = [name for name in METRICS if name in known and name != metric and cells.has(name)]
    others = [name for name in (*NUMBERS, *MORE_NUMBERS, *TEXTS) if name in known]
    return [
        *(Column(name, WITH_INTERVAL, rank=1) for name in metrics),
        *(Column(name, 4, right=name not in TEXTS, middle=name in TEXTS, rank=1)
          for name in others if cells.has(name)),
    ]  # fmt: skip


def texts(lines: Lines, at: int, names: Sequence[str]) -> tuple[str, ...]:
    """What these columns show in the line at a place."""
    row = int(lines.shown_rows[at])
    return tuple(_text(lines, row, name) for name in names)


def _text(lines: Lines, row: int, name: str) -> str:
    cells = lines.listing.table.cells

    def told(column: str) -> Any:
        return cells.column(column)[row] if column in cells.schema else None

    value = told(name)
    if value is None:
        return ""
    if name not in METRICS:
        if isinstance(value, float):
            return short(value, 3)
        return f"{value:,}" if isinstance(value, int) else clean(value, LONGEST)
    low, high = told(f"{name}_low"), told(f"{name}_high")
    ends = "" if low is None or high is None else f" [{short(low, 3)}, {short(high, 3)}]"
    return f"{short(value, 3)}{ends}"


def value(lines: Lines, at: int, name: str) -> Any:
    """The value of a column in the line at a place."""
    return lines.listing.table.cells.column(name)[int(lines.shown_rows[at])]


def sorted_by(lines: Lines, name: str, descending: bool) -> Lines:
    """The lines by a column; those without a value come last."""
    import numpy as np
    import polars as pl

    rows = pl.Series(lines.shown_rows, dtype=pl.UInt32)
    column = lines.listing.table.cells.column(name).gather(rows)
    if not column.dtype.is_numeric():
        column = column.cast(pl.String).rank("dense")
    values: NDArray[np.float64] = column.cast(pl.Float64).fill_null(np.nan).to_numpy()
    values = -values if descending else values
    return lines.taken(np.argsort(np.where(np.isnan(values), np.inf, values), kind="stable"))
