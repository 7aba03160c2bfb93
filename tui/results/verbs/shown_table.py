"""The table that is shown, as data and as a table for a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.texts.tables.markup_tables import PICTURES
from tui.texts.tables.text_table import TextTable

if TYPE_CHECKING:
    import polars as pl

BAND = "the band covers all layers of the series at once (95 %)"
PICKED = "picked after looking at all layers"
NOTES = {
    "highest": f"highest: the layer with the highest score, {PICKED}",
    "lowest": f"lowest: the layer with the lowest score, {PICKED}",
    "band": BAND,
    "interval": "intervals are of 95 %",
}


@dataclass(frozen=True)
class ShownTable:
    """What is shown: a title, the names of the columns, and the texts and values of each row."""

    title: str
    columns: tuple[str, ...]
    texts: Sequence[tuple[str, ...]]
    values: Sequence[tuple[object, ...]]
    right: tuple[str, ...] = ()

    def text_table(self) -> TextTable:
        """The table for a text, with what its columns mean below it."""
        table = TextTable(self.columns, self.right)
        for row in self.texts:
            table.add_row(*row)
        table.title = self.title
        table.caption = "\n".join(NOTES[name] for name in self.columns if name in NOTES)
        return table

    def frame(self) -> pl.DataFrame:
        """Numbers as numbers where a cell shows no more than one, else the texts."""
        import polars as pl

        known = {name: at for at, name in enumerate(self.columns) if name not in PICTURES}
        return pl.DataFrame({name: self._column(at) for name, at in known.items()})

    def _column(self, at: int) -> list[object]:
        texts = [row[at] for row in self.texts]
        values = [row[at] if at < len(row) else None for row in self.values]
        is_plain = all(isinstance(one, (int, float)) for one in values)
        if is_plain and values and all(map(_is_number, texts)):
            return [value if text else None for value, text in zip(values, texts, strict=True)]
        return list(texts)


def _is_number(text: str) -> bool:
    digits = text.translate({ord(char): None for char in ",.−-"})
    return not text or digits.isdigit()
