"""The list of what can be picked: filled anew, it stands where it stood."""

from __future__ import annotations

from textual.app import App, ComposeResult

from tui.widgets.pick_list import PickList, PickRow

ROWS = [PickRow(f"entry {at}", "", False) for at in range(40)]


class Listed(App[None]):
    """A list alone, of 10 rows in sight."""

    CSS = "PickList { height: 10; }"

    def compose(self) -> ComposeResult:
        yield PickList()


async def test_the_rows_above_the_cursor_stay_in_sight() -> None:
    app = Listed()
    async with app.run_test(size=(40, 12)) as pilot:
        found = app.query_one(PickList)
        found.fill(ROWS, 0)
        await pilot.press("G", "k", "k", "k")
        assert (found.highlighted, found.n_above) == (36, 6)
        found.fill(ROWS[1:], 35)
        await pilot.pause()
        assert (found.highlighted, found.n_above) == (35, 6)
        found.fill(ROWS, 20, 4)  # as it was when the app was left
        await pilot.pause()
        assert (found.highlighted, round(found.scroll_y)) == (20, 16)
