"""The views of ROC curves: of one class, of each of several classes, of right decisions."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from typing import Any

import polars as pl

from probing.predictions.cell import Predicted
from probing.predictions.roc import Roc, roc, rocs
from tui.plot.axis import short
from tui.plot.decisions.shares_plot import draw_roc, draw_rocs
from tui.plot.marks import LETTERS
from tui.predictions.of_classes import Beside, n_classes, of_all_classes
from tui.predictions.sight import Sight
from tui.predictions.wording import against, bounded, class_name, score, tested
from tui.widgets.column_widths import Column
from tui.widgets.row_table import Row

ONE_KIND = "No fold tested both kinds of texts, so there is no ROC curve."


def roc_sight(predicted: Predicted, beside: Beside) -> Sight:
    """The ROC curve: the mean of the folds; of several classes, that of each against the rest."""
    if predicted.scored_classes and (each := rocs(predicted)):
        return _of_classes(predicted, each, beside)
    found = roc(predicted)
    if found is None:
        return Sight("ROC curve", why=ONE_KIND)
    curve = [part.tolist() for part in (found.rates, found.recalls, found.lowest, found.highest)]

    def paint(width: int, height: int) -> Any:
        rates, recalls, lowest, highest = curve
        return draw_roc(rates, recalls, lowest, highest, width, height)

    kinds = f"{found.n_positive:,} of {found.n_positive + found.n_negative:,}"
    positive = class_name(found.positive)
    shade = f"mean of {found.n_folds} folds, shade: lowest to highest, dots: chance"
    facts: tuple[str, ...]
    if found.is_of_confidence:
        title = "ROC curve of right against wrong decisions, by their confidence"
        area = f"area {bounded(*found.area)} given the probes · chance .50"
        own = score(predicted.row, "auroc")
        facts = (
            f"{area} · {tested(predicted)}",
            f"{of_all_classes(predicted)}; the mean of all classes: {own}",
            f"right {kinds}; {shade}",
        )
    elif predicted.of_class:
        title = f"ROC curve: recall of {positive} against the rest by false-positive rate"
        facts = (
            f"area {bounded(*found.area)} given the probes · chance .50 · {tested(predicted)}",
            f"{positive} {kinds}; {shade}",
        )
    else:
        title = f"ROC curve: recall of {positive} by false-positive rate"
        told = " · ".join(against(predicted.row, beside, "auroc"))
        facts = (f"{told} · {tested(predicted)}", f"{positive} {kinds}; {shade}")
    points = _points(curve)
    return Sight(title, facts, found.frame(), paint, *points, n_classes=n_classes(predicted))


def _of_classes(predicted: Predicted, each: Mapping[str, Roc], beside: Beside) -> Sight:
    """A curve for each class against the rest, with the letter that its row has."""
    curves = [(one.rates.tolist(), one.recalls.tolist()) for one in each.values()]

    def paint(width: int, height: int) -> Any:
        return draw_rocs(curves, LETTERS, width, height)

    named = list(zip(LETTERS, map(class_name, each), each.values(), strict=False))
    areas = " · ".join(f"{letter} {name} {short(one.area[0] or 0)}" for letter, name, one in named)
    told = against(predicted.row, beside, "auroc")
    facts = (
        " · ".join([*told, tested(predicted)]),
        f"areas: {areas}",
        of_all_classes(predicted) + ", with its folds; dots: chance",
    )
    columns = (
        Column("", 1),
        Column("class", 8, middle=True),
        Column("area", 4, right=True),
        Column("interval", 10),
        Column("n", 3, right=True),
    )
    rows = tuple(
        Row((name,), (letter, name, *_area_cells(one), f"{one.n_positive:,}"))
        for letter, name, one in named
    )
    title = "ROC curves: recall of each class against the rest by false-positive rate"
    frames = [
        one.frame().select(pl.lit(name).alias("class"), pl.all()) for name, one in each.items()
    ]
    n = len(predicted.scored_classes)
    return Sight(title, facts, pl.concat(frames), paint, columns, rows, n_classes=n)


def _area_cells(one: Roc) -> tuple[str, str]:
    value, low, high = one.area
    ends = "" if low is None or high is None else f"[{short(low)}, {short(high)}]"
    return "" if value is None else short(value), ends


def _points(curve: list[list[float]]) -> tuple[tuple[Column, ...], tuple[Row, ...]]:
    """The recall at round rates, with that of the lowest and the highest fold."""
    rates = curve[0]
    columns = (
        Column("false-positive rate", 6, right=True),
        Column("recall", 6, right=True),
        Column("folds", 12),
    )
    rows = []
    for rate in (0.01, 0.05, 0.1, 0.2, 0.3, 0.5):
        at = bisect_right(rates, rate) - 1
        recall, low, high = (short(part[at]) for part in curve[1:])
        rows.append(Row((str(rate),), (short(rate), recall, f"{low} to {high}")))
    return columns, tuple(rows)
