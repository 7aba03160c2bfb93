"""Tables in Markdown and LaTeX."""

from __future__ import annotations

import pytest

from tui.texts.tables.markup_tables import latex, markdown
from tui.texts.tables.text_table import TextTable


@pytest.fixture
def table() -> TextTable:
    """A table with letters that both would obey, and a column of bars."""
    table = TextTable(["classifier", "accuracy", "interval", "curve"], ["accuracy"])
    table.add_row("L1_probe & co|x", ".912", "[.90, .92]", "▁▂▃")
    table.add_row("[opt]", ".5", "", "▁▁▁")
    table.title, table.caption = "n 500 · 5 %", "chance is .5."
    return table


def test_markdown(table: TextTable) -> None:
    assert markdown(table) == (
        "n 500 · 5 %\n\n"
        "| classifier | accuracy | interval |\n"
        "| --- | ---: | --- |\n"
        "| L1\\_probe & co\\|x | .912 | \\[.90, .92\\] |\n"
        "| \\[opt\\] | .5 |  |\n\n"
        "chance is .5.\n"
    )


def test_latex(table: TextTable) -> None:
    lines = latex(table).splitlines()
    assert "  \\caption{n 500 $\\cdot$ 5 \\%. chance is .5.}" in lines
    assert "  \\begin{tabular}{lrl}" in lines
    assert "    L1\\_probe \\& co\\textbar{}x & .912 & {[.90, .92]} \\\\" in lines
    assert "    {[opt]} & .5 &  \\\\" in lines
