"""The view of the texts on which two cells disagree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from probing.logs import RunView
from probing.predictions.cell import Predicted
from probing.predictions.disagreement import Disagreement, disagreement
from probing.predictions.texts import marked, texts_of
from tui.plot.axis import short
from tui.predictions.of_texts import LEAST_TEXT, MOST_LISTED, Cells, listed_rows, listed_texts
from tui.predictions.sight import Sight
from tui.predictions.wording import bounded, class_name, number
from tui.texts.of_runs.plans import counted, texts_and_groups
from tui.texts.sanitiser import clean
from tui.widgets.column_widths import Column

NONE_APART = "A and B decided alike of every text."


def apart_sight(
    views: Mapping[str, RunView], first: Predicted, second: Predicted, names: tuple[str, str]
) -> Sight:
    """The texts on which two cells disagree, A and B."""
    found = disagreement(views, first, second)
    is_number = first.task == "regression"
    size = f"n {texts_and_groups(found.n_texts, found.n_groups)}"
    size += " groups" if found.n_groups < found.n_texts else ""
    facts = [
        f"A {names[0]}   B {names[1]}",
        " · ".join([*(f"{kind} {n:,}" for kind, n in found.counts.items()), size]),
        _test_told(found),
    ]
    title = (
        "texts on which A and B are farthest apart"
        if is_number
        else "texts on which A and B disagree"
    )
    if found.frame.is_empty():
        return Sight(title, tuple(facts), found.frame, why=NONE_APART)
    listed = found.frame.head(MOST_LISTED)
    texts = texts_of(views[str(first.row["run"])], str(first.row["dataset"]), listed["text"])
    more = f", the first {MOST_LISTED} are listed" if found.frame.height > MOST_LISTED else ""
    facts.append(
        f"{counted(found.frame.height, 'text')}{more}; {texts.problem or 'texts ' + texts.source}"
    )
    columns, cells = _apart_cells(is_number, first.has_probabilities and second.has_probabilities)
    whole = listed_texts(listed, texts, marked(first.frame), columns, cells)
    rows = listed_rows(listed, whole, cells)
    return Sight(title, tuple(facts), found.frame, None, columns, rows, whole, of_texts=True)


def _apart_cells(is_number: bool, has_chance: bool) -> tuple[tuple[Column, ...], Cells]:
    titles = [("right", 5, 0), ("label", 8, 0), ("A", 8, 0), ("B", 8, 0)]
    if is_number:
        titles = [("closer", 6, 0), ("true", 6, 0), ("A", 6, 0), ("B", 6, 0)]
    elif has_chance:
        titles += [("A sure", 6, 3), ("B sure", 6, 3)]
    titles += [("fold", 4, 4), ("group", 5, 5)]
    columns = (
        *(Column(title, least, middle=True, rank=rank) for title, least, rank in titles),
        Column("text", LEAST_TEXT),
    )
    short_of = {"only A right": "A", "only B right": "B", "both wrong": "none", "A closer": "A"}

    def cells(row: dict[str, Any]) -> tuple[str, ...]:
        kind = short_of.get(row["kind"], "B" if row["kind"] == "B closer" else row["kind"])
        places = str(row["fold"]), str(row["group"])
        if is_number:
            numbers = number(row["score_a"]), number(row["score_b"])
            return (kind, number(float(row["target"])), *numbers, *places)
        sure = [short(row[f"confidence_{side}"] or 0.0) for side in "ab"] if has_chance else []
        names = (row["target"], row["prediction_a"], row["prediction_b"])
        return (kind, *map(class_name, names), *sure, *places)

    return columns, cells


def _test_told(found: Disagreement) -> str:
    """`A less B in accuracy .03 [-.01, .07], p .10 (t)`, or why there is no number."""
    test = found.test
    if test["difference"] is None:
        return f"no difference with an interval: {clean(test['reason'])}"
    told = bounded(test["difference"], test["low"], test["high"], 3)
    p = "" if test["p"] is None else f", {_p_told(test['p'])} ({test['test']})"
    means = "" if found.metric == "accuracy" else " (below 0: A is closer)"
    return f"A less B in {found.metric} {told}{p}, by groups{means}"


def _p_told(p: float) -> str:
    return "p < .0001" if p < 0.0001 else f"p {short(p, 3 if p >= 0.001 else 4)}"
