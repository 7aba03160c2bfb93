"""The options of `predictions`."""

from __future__ import annotations

from typing import Any

from tui.arguments.parser import ALL_FORMATS, command
from tui.arguments.values import a_count

VIEWS = (
    "confusion", "scores", "roc", "calibration", "predicted", "residuals", "errors", "disagree",
    "activations",
)  # fmt: skip


def add_predictions(commands: Any) -> None:
    """What the probes of a run decided of each text, counted and drawn."""
    meaning = "Print what a probe sees: decisions, scores, ROC, calibration, mistakes, disagreement"
    parser = command(commands, "predictions", "of_results.predictions:predictions", meaning)
    add = parser.add_argument
    add("name", metavar="RUN", help="the name of the run, or how it begins")
    about = "default: confusion, or predicted for numbers"
    add("--view", choices=VIEWS, help=about)
    where = 'which cells, such as "classifier=LDA layer=3"; the controls only if it names them'
    add("--where", metavar="FILTER", default="", help=where)
    against = "with --view disagree: the other cell, such as layer=6"
    add("--against", metavar="FILTER", help=against)
    add("--against-run", metavar="RUN", help="the run of the other cell (default: the same)")
    axes = "with --view activations: discriminant axis, or principal components"
    add("--axes", choices=("discriminant", "principal"), default="discriminant", help=axes)
    meaning = "with --view scores, roc or calibration: one class of several against the rest"
    add("--class", metavar="NAME", dest="of_class", default="", help=meaning)
    fold = "with --view activations: show the held-out texts of this fold, or all (default: 0)"
    add("--fold", metavar="N", default="0", help=fold)
    add("--format", choices=ALL_FORMATS, help="default: the extension of --output, else table")
    add("--limit", metavar="N", type=a_count, help="only the first N rows")
    add("--output", metavar="FILE", help="write the rows to this file")
