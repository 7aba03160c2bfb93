"""The views of decisions between classes: confusion, scores, ROC and calibration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from probing.predictions.cell import Predicted
from probing.predictions.confusion import confusion
from probing.predictions.reliability import reliability
from probing.predictions.roc import roc
from probing.predictions.scores import Threshold, histogram, thresholds
from tui.plot.axis import short
from tui.plot.decisions.confusion_grid import Grid
from tui.plot.decisions.score_bars import draw_score_bars
from tui.plot.decisions.shares_plot import draw_reliability, draw_roc
from tui.predictions.sight import Sight
from tui.predictions.wording import against, bounded, class_name, number, score, tested
from tui.texts.of_runs.plans import counted
from tui.widgets.column_widths import Column
from tui.widgets.row_table import Row

Beside = Mapping[str, Any] | None
N_BINS = 60
NO_PROBABILITIES = (
    "This classifier gives no probabilities, so there is nothing to calibrate. "
    "LogisticRegression and LDA give them."
)
ONE_KIND = "No fold tested both kinds of texts, so there is no ROC curve."


def confusion_sight(predicted: Predicted, beside: Beside) -> Sight:
    """How texts of each class are decided."""
    found = confusion(predicted)
    names = tuple(class_name(name) for name in found.classes)
    grid = Grid(names, tuple(tuple(map(int, row)) for row in found.counts))
    columns = (
        Column("class", 8, middle=True),
        Column("n", 3, right=True),
        Column("recall", 6, right=True),
        Column("interval", 10),
        Column("most often taken for", 12, middle=True, rank=1),
    )
    rows = tuple(_class_row(grid, at, *found.bounds[at]) for at in range(len(names)))
    mistakes = [f"{names[a]} taken for {names[b]} {n:,}" for n, a, b in found.mistakes(2)]
    facts = (
        " · ".join([*against(predicted.row, beside, "accuracy"), tested(predicted)]),
        "most frequent: " + (" · ".join(mistakes) or "none"),
    )
    return Sight("confusion matrix", facts, found.frame(), None, columns, rows, grid=grid)


def _class_row(grid: Grid, at: int, low: float, high: float) -> Row:
    own, size = grid.counts[at], sum(grid.counts[at])
    rest = [count if to != at else 0 for to, count in enumerate(own)]
    most = max(range(len(rest)), key=lambda to: rest[to])
    taken = f"{grid.names[most]} {rest[most]:,}" if rest[most] else ""
    recall = short(own[at] / size) if size else ""
    ends = f"[{short(low)}, {short(high)}]" if size else ""
    return Row((str(at),), (grid.names[at], f"{size:,}", recall, ends, taken))


def scores_sight(predicted: Predicted, beside: Beside) -> Sight:
    """How the scores lie, by class, and what the folds decide by."""
    found, cuts = histogram(predicted, N_BINS), thresholds(predicted)
    is_binary = predicted.task == "binary"
    names = [class_name(kind) for kind in found.kinds]
    values = sorted({round(cut.value, 6) for cut in cuts})

    def paint(width: int, height: int) -> Any:
        counts = found.counts.tolist()
        return draw_score_bars(found.edges.tolist(), counts, names, values, width, height)

    of_what = "log odds" if predicted.has_probabilities else "decision value"
    title = f"scores ({of_what} of {class_name(predicted.positive)}) by class"
    if not is_binary:
        title = f"scores ({of_what} of the class decided for), right and wrong"
    facts = [" · ".join([*against(predicted.row, beside, "accuracy"), tested(predicted)])]
    facts.append(_cuts_told(cuts) if is_binary else ONE_SCORE)
    if found.beyond:
        facts.append(f"{counted(found.beyond, 'text')} beyond the axis: in the bars at its ends")
    columns = (Column("fold", 4, right=True), Column("threshold", 9, right=True), Column("n", 4))
    sizes = predicted.frame["fold"].value_counts()
    of_fold = dict(sizes.iter_rows())
    rows = tuple(
        Row((str(cut.fold),), (str(cut.fold), number(cut.value, 3), f"{of_fold[cut.fold]:,}"))
        for cut in cuts
    )
    return Sight(title, tuple(facts), found.frame(), paint, columns if rows else (), rows)


ONE_SCORE = "of each text only the score of the class decided for is kept"


def _cuts_told(cuts: list[Threshold]) -> str:
    if not cuts:
        return "no threshold: each fold decides alike of all of its texts"
    values = sorted({round(cut.value, 6) for cut in cuts})
    if len(values) == 1:
        return (
            f"┊ threshold {number(values[0], 2)} in every fold; scores compare inside a fold only"
        )
    ends = f"{number(values[0], 3)} to {number(values[-1], 3)}"
    return (
        f"┊ thresholds of {len(cuts)} folds, {ends}: each between its highest score decided "
        "negative and its lowest decided positive"
    )


def roc_sight(predicted: Predicted, beside: Beside) -> Sight:
    """The ROC curve: the mean of the folds."""
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
            f"{ONE_SCORE}; each class against the rest: {own}",
            f"right {kinds}; {shade}",
        )
    else:
        title = f"ROC curve: recall of {positive} by false-positive rate"
        told = " · ".join(against(predicted.row, beside, "auroc"))
        facts = (f"{told} · {tested(predicted)}", f"{positive} {kinds}; {shade}")
    return Sight(title, facts, found.frame(), paint, *_points(curve))


def _points(curve: list[list[float]]) -> tuple[tuple[Column, ...], tuple[Row, ...]]:
    """The recall at round rates, with that of the lowest and the highest fold."""
    from bisect import bisect_right

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


def calibration_sight(predicted: Predicted, beside: Beside) -> Sight:
    """How often decisions of a confidence are right."""
    frame = reliability(predicted)
    if frame.is_empty():
        return Sight("calibration", why=NO_PROBABILITIES)
    xs, ys = frame["confidence"].to_list(), frame["accuracy"].to_list()
    ends = list(frame.select("accuracy_low", "accuracy_high").iter_rows())
    low = 0.4 if predicted.task == "binary" and min(y for y, _ in ends) >= 0.4 else 0.0

    def paint(width: int, height: int) -> Any:
        return draw_reliability(xs, ys, ends, low, width, height)

    parts = [part for name in ("ece", "brier") for part in against(predicted.row, beside, name)]
    facts = (
        " · ".join([*parts, tested(predicted)]),
        "share of right decisions by confidence, with 95 % intervals; on the dots it is as told",
    )
    columns = (
        Column("confidence", 10, right=True),
        Column("right", 5, right=True),
        Column("interval", 10),
        Column("n", 4, right=True),
    )
    rows = tuple(
        Row((str(at),), (short(x), short(y), f"[{short(foot)}, {short(top)}]", f"{n:,}"))
        for at, (x, y, (foot, top), n) in enumerate(zip(xs, ys, ends, frame["n"], strict=True))
    )
    return Sight("calibration", facts, frame, paint, columns, rows)
