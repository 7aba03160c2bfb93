"""What a filter may become while it is typed."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from probing.query import fits
from tui.texts.completion import candidates, facts_of_rows, inline
from tui.widgets.filter_line import FilterLine

ROWS = [
    {"run": "first try", "classifier": "LogisticRegression", "layer": 3, "accuracy": 0.9},
    {"run": 'a"b', "classifier": "LDA", "layer": 4, "accuracy": 0.8},
    {"run": "[x]\x1b[2J", "classifier": "LDA", "layer": 5, "accuracy": 0.8},
]
FACTS = facts_of_rows(ROWS)


def shown(query: str) -> list[str]:
    return [one.shown for one in candidates(query, FACTS)]


def test_columns_then_comparisons_then_values() -> None:
    assert shown("") == ["run", "classifier", "layer", "accuracy"]
    assert shown("layer>3 cl")[0] == "classifier"
    assert shown("classifier")[:2] == ["classifier=", "classifier!="]
    assert shown("accuracy")[0] == "accuracy>="
    assert shown("layer>3 classifier=") == ["LDA", "LogisticRegression"]
    assert shown("classifier=LDA") == [] and shown("accuracy>") == []


def test_a_word_is_found_among_the_values_too() -> None:
    [one] = candidates("layer>3 logis", FACTS)
    assert one.query == "layer>3 classifier=LogisticRegression"


def test_sql_is_completed_too() -> None:
    assert shown("layer > 3 AND (acc") == ["accuracy"]
    assert shown("classifier != lo") == ["LogisticRegression"]


@pytest.mark.parametrize("query", ["run=", "run=fi", "run='a", 'run="'])
def test_values_are_quoted_as_the_filter_reads_them(query: str) -> None:
    for one in candidates(query, FACTS):
        assert sum(fits(row, one.query) for row in ROWS) == 1
    assert not any("\x1b" in one.query for one in candidates(query, FACTS))


def test_only_what_goes_on_from_what_is_typed_stands_in_the_line() -> None:
    typed = "classifier=lo"
    assert inline(typed, candidates(typed, FACTS)) == "classifier=LogisticRegression"
    assert inline("logis", candidates("logis", FACTS)) == ""
    assert inline("", candidates("", FACTS)) == "" == inline("layer>3 ", candidates("", FACTS))


class Lined(App[None]):
    """A filter line alone."""

    def compose(self) -> ComposeResult:
        yield FilterLine("type")

    def on_mount(self) -> None:
        self.query_one(FilterLine).offer(lambda: FACTS)
        self.query_one(FilterLine).enter()


@pytest.mark.parametrize(("size", "lists"), [((80, 24), False), ((120, 40), True)])
async def test_tab_and_right_take_what_is_offered(size: tuple[int, int], lists: bool) -> None:
    async with Lined().run_test(size=size) as pilot:
        line = pilot.app.query_one(FilterLine)
        await pilot.press(*"cl", "tab")
        assert line.text == "classifier"
        await pilot.press("tab", "l", "right")
        assert line.text == "classifier=LDA"
        assert line.query_one(".candidates").display is lists
        await pilot.press(*" layer", "down", "tab", "3", "enter")
        assert line.text == "classifier=LDA layer<3"
        assert not line.query_one(".candidates").display


async def test_without_colour_what_is_offered_stands_in_brackets() -> None:
    for is_plain, shown in ((True, "cl[assifier]"), (False, "classifier")):
        app = Lined()
        app.no_color = is_plain  # as NO_COLOR sets it
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press(*"cl")
            field = app.query_one(FilterLine).field
            assert field.render_line(0).text.strip() == shown
            await pilot.press("right")
            assert field.value == "classifier"
