"""The view of activations: texts on two axes, marked by class."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from probing.predictions.axes import Kind, Projection, project
from probing.predictions.cell import Predicted
from probing.predictions.features import KeptFeatures
from tui.plot.decisions.class_looks import class_look, rest_look
from tui.plot.decisions.scatter import draw_classes
from tui.predictions.sight import Sight
from tui.predictions.wording import class_name, number
from tui.widgets.column_widths import Column
from tui.widgets.row_table import Row

MOST_MARKED = 6  # classes that are marked by shapes; of more those with most texts, and the rest
N_THIRDS = 3
TITLE = "activations, each cell with the mark of the class with most texts in it"
AXES = {  # of what leaves no second axis that tells, and of what does
    ("discriminant", False): ("discriminant axis", "second one"),
    ("discriminant", True): ("discriminant axis", "most variance beside it"),
    ("principal", False): ("first principal component", "second one"),
    ("principal", True): ("first principal component", "second one"),
}
NUMBER_AXIS = "direction of least squares"


def activations_sight(
    kept: KeptFeatures, predicted: Predicted, kind: Kind, fold: int | None
) -> Sight:
    """The activations of one layer; raises `RunError` where the cache does not hold them."""
    features = kept.of(predicted.row["layer"])
    is_number = predicted.task == "regression"
    texts = predicted.frame["text"].to_numpy().astype(np.int64)
    places, first = np.unique(texts, return_index=True)
    targets = (predicted.numbers if is_number else predicted.targets)[first]
    tested = None
    if fold is not None:
        tested = np.flatnonzero(np.isin(places, texts[predicted.folds == fold]))
    found = project(features.of(places), targets, kind, tested, fold)
    classes, names = _by_mark(targets[found.rows], predicted, is_number)
    looks = [class_look(at, len(names)) for at in range(len(names))]
    if not is_number and len(predicted.classes) > MOST_MARKED:
        looks[-1] = rest_look()

    def paint(width: int, height: int) -> Any:
        points = [(x, y) for x, y in found.points.tolist()]
        return draw_classes(points, classes.tolist(), looks, width, height)

    across, up = AXES[kind, is_number or len(predicted.classes) < 3]
    across = NUMBER_AXIS if is_number and kind == "discriminant" else across
    shares = " and ".join(f"{100 * share:.0f} %" for share in found.shares)
    facts = (
        _told(found, len(places)),
        f"across: {across}, upwards: {up} ({shares} of the variance)",
        "   ".join(f"{look.mark} {name}" for look, name in zip(looks, names, strict=True)),
    )
    sizes = np.bincount(classes, minlength=len(names))
    rows = tuple(
        Row((name,), (look.mark, name, f"{size:,}"))
        for look, name, size in zip(looks, names, sizes.tolist(), strict=True)
    )
    columns = (Column("", 1), Column("class", 8, middle=True), Column("n", 4, right=True))
    return Sight(TITLE, facts, _frame(found, places, names, classes), paint, columns, rows)


def _told(found: Projection, n_texts: int) -> str:
    """Which texts are shown, and what the axes were fitted to."""
    shown = f"{len(found.points):,}"
    if found.fold is None:
        of = "" if len(found.points) == n_texts else f" of {n_texts:,}"
        return f"{shown}{of} texts; axes fitted to the texts shown: a picture, not a result"
    return (
        f"{shown} held-out texts of fold {found.fold}; axes fitted to {found.n_fitted:,} of its "
        "training texts"
    )


def _by_mark(targets: Any, predicted: Predicted, is_number: bool) -> tuple[Any, list[str]]:
    """The mark of each text and what the marks stand for: classes, or thirds of the numbers."""
    if is_number:
        ends = np.quantile(predicted.numbers, [at / N_THIRDS for at in range(N_THIRDS + 1)])
        names = [f"{number(a)} to {number(b)}" for a, b in pairwise(ends)]
        return np.clip(np.searchsorted(ends[1:-1], targets, side="left"), 0, N_THIRDS - 1), names
    if len(predicted.classes) <= MOST_MARKED:
        return targets, [class_name(name) for name in predicted.classes]
    counts = np.bincount(targets, minlength=len(predicted.classes))
    most = np.argsort(-counts, kind="stable")[: MOST_MARKED - 1]
    marks = np.full(len(predicted.classes), MOST_MARKED - 1)
    marks[most] = np.arange(len(most))
    names = [class_name(predicted.classes[at]) for at in most]
    return marks[targets], [*names, f"{len(predicted.classes) - len(most)} other classes"]


def _frame(found: Projection, places: Any, names: list[str], classes: Any) -> Any:
    import polars as pl

    return pl.DataFrame(
        {
            "text": places[found.rows],
            "class": pl.Series([names[at] for at in classes.tolist()], dtype=pl.String),
            "x": found.points[:, 0],
            "y": found.points[:, 1],
        }
    )
