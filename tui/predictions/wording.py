"""Scores with their intervals, texts and controls in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from probing.metric_names import METRICS
from probing.predictions.cell import Predicted
from tui.plot.axis import short
from tui.texts.of_runs.plans import texts_and_groups
from tui.texts.sanitiser import clean

LONGEST_CLASS = 24


def score(row: Mapping[str, Any], metric: str) -> str:
    """`AUROC .72 [.69, .76]`; empty where a row has none."""
    value, low, high = (row.get(name) for name in (metric, f"{metric}_low", f"{metric}_high"))
    return "" if value is None else f"{METRICS[metric].title} {bounded(value, low, high)}"


def bounded(value: float | None, low: float | None, high: float | None, digits: int = 2) -> str:
    """`.72 [.69, .76]`, or without its interval where there is none."""
    if value is None:
        return "unknown"
    told = number(value, digits)
    if low is None or high is None:
        return f"{told} (no interval)"
    return f"{told} [{number(low, digits)}, {number(high, digits)}]"


def number(value: float, digits: int = 2) -> str:
    """A number with few digits: `.72`, `13.9`, `1790`."""
    if abs(value) < 10:
        return short(value, digits)
    if abs(value) < 100:
        return short(value, min(digits, 1))
    return f"{value:.0f}" if abs(value) < 10_000 else f"{value:,.0f}"


def against(row: Mapping[str, Any], beside: Mapping[str, Any] | None, metric: str) -> list[str]:
    """A score, and that of the shuffled labels and of chance beside it."""
    told = [score(row, metric)]
    if row.get("control"):
        told = [f"{clean(row['control']).replace('_', ' ')}: {told[0]}"]
    elif beside is not None and beside.get(metric) is not None:
        ends = beside.get(f"{metric}_low"), beside.get(f"{metric}_high")
        told.append(f"shuffled labels {bounded(beside[metric], *ends)}")
    chance = METRICS[metric].chance_of(str(row["task"]))
    if chance is not None:
        told.append(f"chance {short(chance)}")
    return [part for part in told if part]


def tested(predicted: Predicted) -> str:
    """`n 800 in 418 groups, 5 folds`."""
    n_folds = len(set(predicted.folds.tolist()))
    n_groups = predicted.n_groups
    told = f"n {texts_and_groups(len(predicted), n_groups)}"
    groups = " groups" if n_groups < len(predicted) else ""
    folds = f"{n_folds} fold{'s' if n_folds > 1 else ''}"
    first = ", the first permutation" if predicted.row.get("control") == "shuffled_labels" else ""
    return f"{told}{groups}, {folds}{first}"


def class_name(name: str) -> str:
    """The name of a class, as it is shown."""
    return clean(name, LONGEST_CLASS)
