"""The line of keys: what it shows, what a click on it does, and what it leaves behind."""

from __future__ import annotations

import gc
from typing import ClassVar

import pytest
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from tui.texts.characters import use_ascii
from tui.widgets.key_footer import KeyFooter


class Keys(App[None]):
    """Some keys, two of which always stay; one key of the action that is not possible."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a,b", "one", "First"),
        Binding("question_mark", "show_keys", "Help", key_display="?"),
        Binding("c", "other", "Second", id="other.key"),
        Binding("q", "quit", "Quit"),
        Binding("d", "hidden", "Hidden", show=False, id="hidden.key"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.done: list[str] = []

    def compose(self) -> ComposeResult:
        """Two fields to move between, and the line."""
        yield Input(id="x")
        yield Input(id="y")
        yield KeyFooter()

    def action_one(self) -> None:
        """Keep it."""
        self.done.append("one")

    def action_other(self) -> None:
        """Keep it."""
        self.done.append("other")


def line(app: App[None]) -> str:
    """What the footer shows."""
    return str(app.query_one(KeyFooter).render())


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (40, "a First c Second           ? Help q Quit"),
        (31, "a First c Second  ? Help q Quit"),
        (29, "a First         ? Help q Quit"),
        (13, "? Help q Quit"),
        (9, "? Help"),
    ],
)
async def test_help_and_quit_stay_where_others_have_no_room(width: int, shown: str) -> None:
    app = Keys()
    async with app.run_test(size=(width, 24)) as pilot:
        app.set_focus(None)
        await pilot.pause()
        assert line(app) == shown


async def test_keys_that_are_wanted_stand_first() -> None:
    app = Keys()
    async with app.run_test(size=(60, 24)) as pilot:
        app.set_focus(None)
        app.wanted_keys = ("hidden.key", "other.key")  # type: ignore[attr-defined]
        await pilot.pause()
        app.query_one(KeyFooter)._changed(app.screen)
        assert line(app).startswith("d Hidden c Second a First")
        assert line(app).endswith("? Help q Quit")


async def test_keys_without_a_mark_in_ascii_are_named() -> None:
    class Opens(Keys):
        BINDINGS: ClassVar[list[BindingType]] = [Binding("f2", "opened", "Open", key_display="⏎")]

    app = Opens()
    async with app.run_test(size=(60, 24)) as pilot:
        app.set_focus(None)
        await pilot.pause()
        assert "⏎ Open" in line(app)
        use_ascii(True)
        try:
            app.set_focus(app.query_one("#x"))
            await pilot.pause()
            app.query_one(KeyFooter)._changed(app.screen)
            assert "enter Open" in line(app)
        finally:
            use_ascii(None)


async def test_a_click_presses_the_key() -> None:
    app = Keys()
    async with app.run_test(size=(40, 24)) as pilot:
        app.set_focus(None)
        await pilot.pause()
        for column in (0, 6, 7, 8, 20):
            await pilot.click(KeyFooter, offset=(column, 0))
        assert app.done == ["one", "one", "other"]
        await pilot.click(KeyFooter, offset=(39, 0))
        await pilot.pause()
    assert app._exit


async def test_moves_of_the_focus_leave_nothing_behind() -> None:
    app = Keys()
    async with app.run_test(size=(40, 24)) as pilot:
        await pilot.pause()
        gc.collect()
        before = sum(isinstance(one, Widget) for one in gc.get_objects())
        for _ in range(10):
            await pilot.press("tab")
        gc.collect()
        assert sum(isinstance(one, Widget) for one in gc.get_objects()) == before
