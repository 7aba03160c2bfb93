"""The views of predicted numbers: against the true ones, and what is left over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from probing.predictions.cell import Predicted
from probing.predictions.means import mean_bounds
from tui.plot.decisions.scatter import Guide, draw_numbers
from tui.predictions.sight import Sight
from tui.predictions.wording import against, number, tested
from tui.widgets.column_widths import Column
from tui.widgets.row_table import Row

Beside = Mapping[str, Any] | None
MOST_DRAWN = 5000
N_PARTS = 5


def predicted_sight(predicted: Predicted, beside: Beside) -> Sight:
    """Predicted by true numbers."""
    facts = _facts(predicted, beside, ("r2", "pearson"), "on the dashes they are equal")
    title = "predicted (upwards) by true numbers"
    return _sight(title, facts, predicted, predicted.numbers, predicted.scores, "diagonal")


def residuals_sight(predicted: Predicted, beside: Beside) -> Sight:
    """What is left over, by predicted numbers."""
    facts = _facts(predicted, beside, ("mae", "mse"), "above the dashes the number was too low")
    title = "residuals (true less predicted, upwards) by predicted numbers"
    left = predicted.numbers - predicted.scores
    return _sight(title, facts, predicted, predicted.scores, left, "level")


def _facts(
    predicted: Predicted, beside: Beside, metrics: tuple[str, ...], guide: str
) -> tuple[str, ...]:
    first, second = (" · ".join(against(predicted.row, beside, name)) for name in metrics)
    guide = f"darker marks hold more texts; {guide}"
    return f"{first} · {tested(predicted)}", f"{second}; {guide}"


def _sight(
    title: str,
    facts: tuple[str, ...],
    predicted: Predicted,
    xs: Any,
    ys: Any,
    guide: Guide,
) -> Sight:
    kept = np.isfinite(xs) & np.isfinite(ys)
    drawn = np.flatnonzero(kept)
    if len(drawn) > MOST_DRAWN:
        drawn = np.random.default_rng(0).choice(drawn, MOST_DRAWN, replace=False)
        facts = (*facts, f"{MOST_DRAWN:,} of {len(predicted):,} texts are drawn")
    points = xs[drawn].tolist(), ys[drawn].tolist()

    def paint(width: int, height: int) -> Any:
        return draw_numbers(*points, guide, width, height)

    frame = predicted.frame.select("text", "fold", "group").with_columns(
        target=pl.Series(predicted.numbers),
        prediction=pl.Series(predicted.scores),
        residual=pl.Series(predicted.numbers - predicted.scores),
    )
    return Sight(title, facts, frame, paint, *_parts(predicted))


def _parts(predicted: Predicted) -> tuple[tuple[Column, ...], tuple[Row, ...]]:
    """The mean residual in equal parts of the true numbers, with its interval by groups."""
    columns = (
        Column("true numbers", 14),
        Column("residual", 8, right=True),
        Column("interval", 14),
        Column("n", 4, right=True),
    )
    order = np.argsort(predicted.numbers, kind="stable")
    left, rows = predicted.numbers - predicted.scores, []
    for at, part in enumerate(np.array_split(order, min(N_PARTS, len(order)))):
        true = predicted.numbers[part]
        ends = f"{number(float(true[0]))} to {number(float(true[-1]))}"
        mean, low, high = mean_bounds(left[part], predicted.groups[part])
        interval = "" if low is None or high is None else f"[{number(low)}, {number(high)}]"
        rows.append(Row((str(at),), (ends, number(mean), interval, f"{len(part):,}")))
    return columns, tuple(rows)
