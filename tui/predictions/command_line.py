"""The command that prints a view."""

from __future__ import annotations

import shlex
from pathlib import Path

from tui.plot.series import PARTS
from tui.predictions.looked import Looked
from tui.predictions.views import Asked


def command_of(looked: Looked, asked: Asked, logs: Path | None = None, of_class: str = "") -> str:
    """`probe-tui predictions RUN --view … --where …` of what is shown, whatever the folder."""
    parts = ["probe-tui", "predictions", looked.run, "--view", asked.view]
    parts += ["--where", _filter(looked, asked.at)]
    if asked.other is not None:
        other, at = asked.other
        parts += ["--against", _filter(other, at)]
        parts += ["--against-run", other.run] if other.run != looked.run else []
    if asked.view == "activations":
        fold = "all" if asked.fold is None else str(asked.fold)
        parts += ["--axes", asked.axes, "--fold", fold]
    if of_class:
        parts += ["--class", of_class]
    parts += ["--logs", str(logs)] if logs else []
    return shlex.join(parts) + "\n"


def _filter(looked: Looked, at: int) -> str:
    """The filter that selects one cell of a run."""
    row = looked.rows[at]
    values = {name: row.get(name) for name in ("dataset", "trained_on", *PARTS[2:], "layer")}
    told = {name: "" if value is None else str(value) for name, value in values.items()}
    return " ".join(
        f"{name}={_quoted(value)}" for name, value in told.items() if value or name == "control"
    )


def _quoted(value: str) -> str:
    return f'"{value}"' if set(value) & set(" ()'") else value
