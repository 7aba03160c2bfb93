"""Cosines between the directions of several probes, as a heatmap."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from probing.errors import ProbingError
from tui.plot.axis import short
from tui.plot.grids.heat import Heat
from tui.plot.grids.heat_grid import HeatGrid
from tui.probes.cosines.matrix import Matrix, control_of, matrix_of, title_of
from tui.processes.background import Latest
from tui.texts.sanitiser import clean

READING = "Reading the directions …"
ONE = "one direction has nothing to be compared with: mark several with Space"


class CosineView(Vertical):
    """The matrix, what random directions do, and the two probes under the cursor."""

    DEFAULT_CSS = """
    CosineView {
        height: 1fr; width: 1fr;
        & > Static { height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
        & > .of { color: $text-muted; }
        & > .random { color: $text-muted; }
    }
    """
    help_line = "How alike the directions of probes are: arrows read a pair."

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.matrix: Matrix | None = None
        self._reading: Latest[Matrix] = Latest(self)

    def compose(self) -> ComposeResult:
        """Whose directions, what random ones do, the pair that is read, and the heatmap."""
        yield Static("", classes="of", markup=False)
        yield Static("", classes="random", markup=False)
        yield Static("", classes="read", markup=False)
        yield HeatGrid(empty=READING)

    @property
    def grid(self) -> HeatGrid:
        """The heatmap."""
        return self.query_one(HeatGrid)

    @property
    def is_settled(self) -> bool:
        """Whether what was asked for is shown."""
        return self._reading.is_over

    def open(self, paths: Sequence[Path]) -> None:
        """Compare the probes of some cards."""
        self.matrix = None
        self.grid.show(Heat(), READING)
        self._tell("", "")
        self.grid.focus()
        own = list(paths)
        self._reading.ask(lambda: matrix_of(own), self._take)

    def _take(self, found: Matrix | ProbingError) -> None:
        if not self.is_mounted:
            return
        if isinstance(found, ProbingError):
            self.grid.show(Heat(), str(found))
            return
        kept, left_out = found.kept, found.left_out
        why = f" · {len(left_out):,} left out: {left_out[0][1]}" if left_out else ""
        if len(kept) < 2:
            self.grid.show(Heat(), f"{ONE}{why}")
            return
        self.matrix = found
        self.grid.show(found.heat)
        self._tell(title_of(kept) + clean(why), control_of(kept[0].card.place.width))
        self._describe()

    def _tell(self, title: str, random: str) -> None:
        self.query_one(".of", Static).update(title)
        self.query_one(".random", Static).update(random)
        self.query_one(".read", Static).update("")

    @on(HeatGrid.Moved)
    def _describe(self) -> None:
        if self.matrix is None:
            return
        grid, kept = self.grid, self.matrix.kept
        a, b = kept[grid.row], kept[grid.column]
        value = grid.heat.values[grid.row][grid.column]
        told = f"{clean(a.label)} and {clean(b.label)}"
        seen = f" · columns {grid.told_range}" if grid.told_range else ""
        line = Text.assemble((short(value or 0.0, 3), "bold"), f"  {told}", (seen, "dim"))
        self.query_one(".read", Static).update(line)
