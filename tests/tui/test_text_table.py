"""A printed table, against the one that Rich lays out."""

from __future__ import annotations

import io
import random

import pytest
from rich import box
from rich.console import Console
from rich.table import Table

from tui.console import output
from tui.texts.tables.text_table import TextTable

CHARACTERS = "abc 1.·…é日本🙂"


def by_rich(names: list[str], right: set[str], rows: list[list[str]], most: dict[str, int]) -> str:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name in names:
        justify = "right" if name in right else "left"
        table.add_column(name, justify=justify, no_wrap=True, max_width=most.get(name))  # type: ignore[arg-type]
    for row in rows:
        table.add_row(*row)
    text = io.StringIO()
    Console(file=text, width=10_000, highlight=False, markup=False, emoji=False).print(table)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines())


@pytest.mark.parametrize("seed", range(20))
def test_it_is_laid_out_as_by_rich(seed: int) -> None:
    draw = random.Random(seed)
    names = [f"column {at}" if at else "a" for at in range(draw.randint(1, 5))]
    right = {name for name in names if draw.random() < 0.4}
    rows = [
        ["".join(draw.choices(CHARACTERS, k=draw.randint(1, 20))).strip() for _ in names]
        for _ in range(draw.randint(0, 6))
    ]
    table = TextTable(names, right)
    for row in rows:
        table.add_row(*row)
    assert "\n".join(table.lines(False, "─")) == by_rich(names, right, rows, {})
    whole = table.width
    table.narrow(max(whole - 5, 1))
    most = {name: table._widths[name] for name in names if name not in right}
    assert table.width == whole - 5 or max(most.values(), default=6) <= 6
    assert "\n".join(table.lines(False, "─")) == by_rich(names, right, rows, most)


def test_columns_can_be_added_and_dropped() -> None:
    table = TextTable()
    table.add_column("a", ["x", "y"])
    table.add_column("n", ["1", "20"], right=True)
    table.add_column("z", ["0", "0"])
    table.drop_column("z")
    assert list(table.lines(False, "-"))[1:] == [" a   n", " -----", " x   1", " y  20", ""]
    assert table.width == len(" a   n ")


def test_a_title_and_a_caption_are_styled_where_there_are_colours() -> None:
    table = TextTable(["a"])
    table.title, table.caption = "what", "more\nand more"
    plain, coloured = (list(table.lines(colour, "-")) for colour in (False, True))
    assert plain == ["what", "", " a", " -", "", " more", " and more"]
    assert coloured[0] == "\x1b[3mwhat\x1b[0m" and coloured[-1].startswith("\x1b[2m")


def test_no_more_than_ascii_where_that_is_all(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "is_ascii", lambda: True)
    table = output.plain_table("run")
    table.add_row("日本 ✓")
    output.write_table(table)
    assert capsys.readouterr().out.split("\n") == ["", " run", " ------", " 日本 +", "", ""]
