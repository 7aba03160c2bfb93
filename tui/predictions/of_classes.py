"""The views of decisions between classes: confusion, scores and calibration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from probing.logs.details.prediction_rows import MOST_CLASSES
from probing.predictions.cell import Predicted
from probing.predictions.confusion import confusion
from probing.predictions.reliability import reliability
from probing.predictions.scores import Threshold, histogram, thresholds
from tui.plot.axis import short
from tui.plot.decisions.confusion_grid import Grid
from tui.plot.decisions.score_bars import draw_score_bars
from tui.plot.decisions.shares_plot import draw_reliability
from tui.predictions.sight import Sight
from tui.predictions.wording import against, class_name, number, tested
from tui.texts.of_runs.plans import counted
from tui.widgets.column_widths import Column
from tui.widgets.row_table import Row

Beside = Mapping[str, Any] | None
N_BINS = 60
NO_PROBABILITIES = (
    "This classifier gives no probabilities, so there is nothing to calibrate. "
    "LogisticRegression and LDA give them."
)


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
    if predicted.of_class:
        facts.append(HIGHEST_DECIDES)
    else:
        facts.append(_cuts_told(cuts) if is_binary else of_all_classes(predicted))
    if found.beyond:
        facts.append(f"{counted(found.beyond, 'text')} beyond the axis: in the bars at its ends")
    columns = (Column("fold", 4, right=True), Column("threshold", 9, right=True), Column("n", 4))
    sizes = predicted.frame["fold"].value_counts()
    of_fold = dict(sizes.iter_rows())
    rows = tuple(
        Row((str(cut.fold),), (str(cut.fold), number(cut.value, 3), f"{of_fold[cut.fold]:,}"))
        for cut in cuts
    )
    return Sight(
        title, tuple(facts), found.frame(), paint, columns if rows else (), rows,
        n_classes=n_classes(predicted),
    )  # fmt: skip


HIGHEST_DECIDES = "no threshold: the class of the highest score is decided for"
ONE_SCORE = "of each text only the score of the class decided for is kept"
KEEPS_NONE = {
    "older": "run it again with this version for those of each class",
    "control": "a control keeps no others",
    "many": "a run keeps those of each class for up to 20 classes",
}


def n_classes(predicted: Predicted) -> int:
    """How many classes may be seen against the rest, one after another."""
    if predicted.of_class:
        return int(predicted.row.get("n_classes") or 0)
    return len(predicted.scored_classes)


def of_all_classes(predicted: Predicted) -> str:
    """That one class may be seen by itself, or why not."""
    if predicted.scored_classes:
        return f"n: each of the {len(predicted.scored_classes)} classes against the rest"
    why = "older"
    if predicted.row.get("control"):
        why = "control"
    elif len(predicted.classes) > MOST_CLASSES:
        why = "many"
    return f"{ONE_SCORE}: {KEEPS_NONE[why]}"


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
    told = "share of right decisions by confidence, with 95 % intervals; on the dots it is as told"
    title = "calibration"
    if predicted.of_class:
        title = f"calibration of {class_name(predicted.of_class)} against the rest"
        told = "share of the class by its probability, with 95 % intervals; dots: as it is told"
    facts = [" · ".join([*parts, tested(predicted)]), told]
    facts += [of_all_classes(predicted)] * (predicted.task == "multiclass")
    columns = (
        Column("probability" if predicted.of_class else "confidence", 10, right=True),
        Column("share" if predicted.of_class else "right", 5, right=True),
        Column("interval", 10),
        Column("n", 4, right=True),
    )
    rows = tuple(
        Row((str(at),), (short(x), short(y), f"[{short(foot)}, {short(top)}]", f"{n:,}"))
        for at, (x, y, (foot, top), n) in enumerate(zip(xs, ys, ends, frame["n"], strict=True))
    )
    return Sight(title, tuple(facts), frame, paint, columns, rows, n_classes=n_classes(predicted))
