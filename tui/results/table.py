"""The table of Results: Enter opens what the probe of a row sees."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from tui.widgets.row_table import RowTable


class ResultsTable(RowTable):
    """A table whose Enter is among the keys that are shown."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "choose",
            "Sees",
            id="results.sees",
            tooltip="What the probe sees: decisions, mistakes, activations",
        ),
    ]
