"""The pen says no more than it must, and says the same."""

from __future__ import annotations

from rich.color import Color, ColorSystem
from rich.console import Console
from rich.style import Style
from rich.text import Text

from tui.processes.pen import RESET, Pen

PIECES = [
    ("a", Style.parse("red on blue")),
    ("b", Style.parse("green on blue")),
    ("  ", Style.parse("yellow on blue")),
    ("c", Style.parse("bold green on blue")),
    ("d", None),
    ("  ", Style.parse("reverse")),
    ("e", Style.parse("#102030")),
]


def test_what_is_said_is_what_was_meant() -> None:
    pen = Pen(ColorSystem.TRUECOLOR)
    said = "".join(pen.write(text, style) for text, style in PIECES) + pen.lift()
    read = Text.from_ansi(said)
    for at, char in enumerate(read.plain):
        meant = dict(PIECES)[char] if char != " " else None
        shown = read.get_style_at_offset(Console(), at)
        if char != " ":
            assert looks(shown) == looks(meant or Style.null())
    blank = read.get_style_at_offset(Console(), read.plain.index(" "))
    assert looks(blank)[1] == ("44",)


def looks(style: Style) -> tuple[object, ...]:
    """What sets the colours, and whether it is bold."""
    front, back = style.color or Color.default(), style.bgcolor or Color.default()
    return front.get_ansi_codes(), back.get_ansi_codes(foreground=False), bool(style.bold)


def test_what_stays_is_not_said_again() -> None:
    pen = Pen(ColorSystem.STANDARD)
    said = [pen.write(text, style) for text, style in PIECES[:3]]
    assert said == ["\x1b[31;44ma", "\x1b[32mb", "  "]
    assert pen.lift() == RESET and pen.write("x", None) == "x"
