"""What a direction is near to, as printed."""

from __future__ import annotations

from probing.interventions.explained_rows import Explained
from tui.console import output
from tui.probes.explained.report import Plot, parts_of
from tui.texts.tables.text_table import TextTable


def print_explained(found: Explained) -> None:
    """Print the plot of class means, the vocabulary, the texts and the tokens."""
    looks = {"ascii": output.is_ascii(), "colour": output.has_colour()}
    for part in parts_of(found, output.width(), **looks):
        if isinstance(part, Plot):
            print(part.drawn)
        elif isinstance(part, TextTable):
            output.write_table(part)
        else:
            output.write_text(part or "\n")
