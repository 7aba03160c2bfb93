"""Keys from the terminal: Esc before another key, Alt with it, and what is neither."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import ClassVar

import pytest
from textual import constants, events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from tests.support.pane_app import settled
from tui.processes.terminal import EscapedKey, KeyParser
from tui.processes.typed_ahead import TypedAhead


def parsed(*reads: str) -> list[events.Key | str]:
    """What a parser makes of what was read; other events by their name."""
    parser, found = KeyParser(debug=False), []
    for data in reads:
        found += parser.feed(data)
    time.sleep(constants.ESCAPE_DELAY + 0.01)
    found += parser.tick()
    return [one if isinstance(one, events.Key) else type(one).__name__ for one in found]


def told(keys: list[events.Key | str]) -> Iterator[str]:
    """Keys by name, Esc and what follows it apart."""
    for key in keys:
        parts = key.apart if isinstance(key, EscapedKey) else (key,)
        yield from (part if isinstance(part, str) else part.key for part in parts)


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        ("\x1b", ["escape"]),
        ("\x1b2", ["escape", "2"]),
        ("\x1bj", ["escape", "j"]),
        ("?\x1bjk", ["question_mark", "escape", "j", "k"]),
        ("\x1bG", ["escape", "G"]),
        ("\x1b?", ["escape", "question_mark"]),
        ("\x1b/x", ["escape", "slash", "x"]),
        ("\x1b\r", ["escape", "enter"]),
        ("x\n", ["x", "enter"]),
        ("\x1b\n", ["escape", "enter"]),
        ("\x1b\t", ["escape", "tab"]),
        ("\x1b \x1b ", ["escape", "space", "escape", "space"]),
        ("\x1b\x12", ["escape", "ctrl+r"]),
        ("\x1b\x7f", ["escape", "backspace"]),
        ("\x1b]", ["escape", "right_square_bracket"]),
        ("\x1b[", ["escape", "left_square_bracket"]),
        ("\x1b\x1b", ["escape", "escape"]),
        ("\x1b\x1bq", ["escape", "escape", "q"]),
        ("\x1b[x\x1b[A", ["escape", "left_square_bracket", "x", "up"]),
        ("\x1b[A", ["up"]),
        ("\x1b\x1b[A", ["escape", "up"]),
        ("\x1bOB\x1b[Z", ["down", "shift+tab"]),
        ("\x1b[1;5C", ["ctrl+right"]),
        ("\x1b[<0;3;4M", ["MouseDown"]),
        ("\x1b[200~one two\x1b[201~j", ["Paste", "j"]),
    ],
)
def test_esc_and_the_key_after_it_are_two(data: str, keys: list[str]) -> None:
    assert list(told(parsed(data))) == keys


def test_a_sequence_may_come_in_pieces() -> None:
    assert list(told(parsed("\x1b", "[A"))) == ["up"]
    assert list(told(parsed("\x1b", "b"))) == ["escape", "b"]


class Field(App[None]):
    """A field, and a key that leaves it; keys come one at a time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave"),
        Binding("b", "note", "Note"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.noted = 0
        self.typed = TypedAhead(self, super().on_event, lambda: True)

    def compose(self) -> ComposeResult:
        """The field."""
        yield Input("one two")

    async def on_event(self, event: events.Event) -> None:
        """Take keys in turn."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            await self.typed.take(event)
        else:
            await super().on_event(event)

    def action_leave(self) -> None:
        """Leave the field."""
        self.set_focus(None)

    def action_note(self) -> None:
        """Keep that the key was pressed."""
        self.noted += 1


@pytest.mark.parametrize(
    ("reads", "noted", "cursor"),
    [
        (["\x1bb"], 0, 4),  # Alt+b: one word back
        (["x\x1bb"], 1, 8),
        (["\x1bbb"], 2, 7),
        (["\x1b", "b"], 1, 7),
        (["\x1bb", "\x1bb"], 0, 0),
    ],
)
async def test_alt_is_meant_where_it_comes_alone_to_who_knows_it(
    reads: list[str], noted: int, cursor: int
) -> None:
    app = Field()
    async with app.run_test() as pilot:
        field = app.query_one(Input)
        field.cursor_position = 7
        await pilot.pause()
        for key in parsed(*reads):
            assert isinstance(key, events.Key)
            app.post_message(key)
        await pilot.pause(0.2)
        await settled(pilot, lambda: (app.noted, field.cursor_position) == (noted, cursor))
        assert app.focused is (None if noted else field)
