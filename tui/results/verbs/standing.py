"""What is shown and highlighted when a key is pressed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from probing.logs import RunFolder, RunView

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Standing:
    """The filtered cells, the filter and metric that they are shown with, and the highlighted row.

    `key` has the parts of the row's series and, where it is a cell, its layer. `names` are the
    runs that were looked at, `is_part` where older ones were left out.
    """

    logs: Path
    views: Mapping[str, RunView]
    names: tuple[str, ...]
    is_part: bool
    frame: pl.DataFrame
    query: str
    metric: str
    key: tuple[str, ...] | None

    @property
    def view(self) -> RunView | None:
        """The run of the highlighted row."""
        return self.view_of(self.key[0]) if self.key else None

    @property
    def run(self) -> RunFolder | None:
        """The folder of that run."""
        return self.view.run if self.view else None

    def view_of(self, name: str) -> RunView | None:
        """The run of a name in the table."""
        known = self.views.get(name)
        others = (view for view in self.views.values() if view.run.column_name == name)
        return known or next(others, None)
