"""Losses and norms of a network by epoch, drawn below or beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.widget import Widget

from tui.plot import charset
from tui.plot.along.training import draw_training
from tui.runs.networks.training import NONE, Training

if TYPE_CHECKING:
    import polars as pl

LOW = 9


class TrainingPane(Widget, can_focus=True):
    """Draws the training of one cell in its own size; what has no room is left out."""

    DEFAULT_CSS = """
    TrainingPane { height: 1fr; width: 1fr; padding: 0 1; text-wrap: nowrap; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.shown = Training()
        self._drawn: tuple[tuple[int, int], Text] | None = None

    def show(self, training: Training) -> None:
        """Draw this training."""
        self.shown, self._drawn = training, None
        self.refresh()

    def render(self) -> Text:
        """The title and the plots."""
        size = self.content_size.width, self.content_size.height
        if self._drawn is None or self._drawn[0] != size:
            self._drawn = size, self._text(*size)
        return self._drawn[1]

    def _text(self, width: int, height: int) -> Text:
        shown = self.shown
        if shown.epochs is None:
            return Text(NONE, style="dim", no_wrap=False)
        place = f"{shown.at + 1} of {shown.n_cells} [ ]" if shown.n_cells > 1 else ""
        head = Text(f"{shown.name}  {place}".rstrip()[:width], style="bold", no_wrap=True)
        plots = self._plots(shown.epochs, width, height - 1)
        return Text("\n", no_wrap=True).join([head, *plots])

    def _plots(self, epochs: pl.DataFrame, width: int, height: int) -> list[Text]:
        """As many of the three plots as there is room for, the losses first."""
        most = min(max(height // LOW, 1), 3)
        drawn = draw_training(
            epochs,
            width,
            max(height // most, LOW) + 1,
            ascii=charset.is_ascii(),
            colour=True,
        )
        return [Text.from_ansi(_without_caption(plot), no_wrap=True) for plot in drawn[:most]]


def _without_caption(plot: str) -> str:
    """A plot without its last line, which names the cell: the title does."""
    return plot.rstrip("\n").rpartition("\n")[0]
