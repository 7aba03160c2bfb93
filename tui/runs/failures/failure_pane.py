"""The failures of a run by their causes, and its warnings; Enter leads to the log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static

from tui.runs.failures.causes import Cause, n_cells
from tui.texts.of_runs.plans import counted
from tui.texts.sanitiser import clean
from tui.widgets.column_widths import Column
from tui.widgets.row_table import Row, RowTable

COLUMNS = (Column("cells", 5, right=True), Column("cause, or cell", 20))
NONE = "No failures or warnings."


class FailurePane(Vertical):
    """Causes with their counts, the cells of those that are open, and warnings."""

    DEFAULT_CSS = """
    FailurePane {
        height: 1fr; width: 1fr;
        & > .failures-title { height: 1; padding: 0 1; text-style: bold; }
        & > .why { height: auto; max-height: 6; padding: 0 1; color: $text-muted; }
    }
    """

    class ToLog(Message):
        """The user wants the line of the log where a cell failed."""

        def __init__(self, cell: str) -> None:
            super().__init__()
            self.cell = cell

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._causes: Sequence[Cause] = ()
        self._warnings: Sequence[str] = ()
        self._run = ""
        self._open: set[str] = set()

    def compose(self) -> ComposeResult:
        """Title, table, and the whole text of the row that is highlighted."""
        yield Static("", classes="failures-title", markup=False)
        yield RowTable(id="causes", empty=NONE)
        yield Static("", classes="why", markup=False)

    @property
    def table(self) -> RowTable:
        """The rows."""
        return self.query_one(RowTable)

    def show(self, run: str, causes: Sequence[Cause], warnings: Sequence[str]) -> None:
        """Show what is known of a run; the only cause is open at once."""
        if run != self._run:
            self._run, self._open = run, {one.told for one in causes if len(causes) == 1}
        self._causes, self._warnings = causes, warnings
        failed = counted(n_cells(causes), "failed cell")
        title = f"{failed}, {counted(len(causes), 'cause')}" if causes else "no failed cells"
        warned = f"; {counted(len(warnings), 'warning')}" if warnings else ""
        retry = "   s retry them" if causes else ""
        told = Text(f"{title}{warned}").append(f"{retry}   Enter opens", "dim")
        self.query_one(".failures-title", Static).update(told)
        self._fill()

    def _fill(self) -> None:
        self.table.show(COLUMNS, list(self._rows()))
        self._tell_why()

    def _rows(self) -> Iterator[Row]:
        for cause in self._causes:
            is_open = cause.told in self._open
            head = f"{'▾' if is_open else '▸'} {clean(cause.told)}"
            yield Row(("cause", cause.told), (f"{len(cause.cells):,}", head), "bad")
            for cell in cause.cells if is_open else ():
                yield Row(("cell", cell.cell, cell.reason), ("", f"    {clean(cell.name)}"))
        for warning in self._warnings:
            yield Row(("warning", warning), ("", f"! {clean(warning)}"), "quiet")

    def _tell_why(self) -> None:
        row = self.table.row
        self.query_one(".why", Static).update(clean(row.key[-1]) if row else "")

    @on(RowTable.Highlighted)
    def _highlighted(self, event: RowTable.Highlighted) -> None:
        event.stop()
        self._tell_why()

    @on(RowTable.Chosen)
    def _chosen(self, event: RowTable.Chosen) -> None:
        event.stop()
        kind, told = event.row.key[:2] if event.row else ("", "")
        if kind == "cause":
            self._open ^= {told}
            self._fill()
        elif kind == "cell":
            self.post_message(self.ToLog(told))
