"""The place Probes: the list, the details, removal with its undo, and layers × tokens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from rich.text import Text
from textual.pilot import Pilot

from probing.errors import ProbeError
from probing.interventions.explained_rows import Explained
from probing.interventions.requests import Explain
from probing.probes import Card, saved_probes
from probing.probes.of_series import kin_of_series
from tests.support.compose_base import screen_text
from tests.support.pane_app import PaneApp, settled
from tests.support.probe_cards import a_card
from tests.support.saved_probes import save_probes
from tests.support.stand_in_scorer import StandInScorer
from tui.plot.axis import short
from tui.probes.commands import ITEMS, copied_text
from tui.probes.cosines.view import CosineView
from tui.probes.explained import view as explained
from tui.probes.explained.view import drawn
from tui.probes.screen import ProbesPane
from tui.probes.tokens import view
from tui.probes.tokens.heat_of_text import heat_of
from tui.probes.tokens.held_out_texts import HeldOutText
from tui.probes.tokens.lines import cell_line


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """A run with three layers of one series and one damaged probe, and another run."""
    logs = tmp_path / "logs"
    save_probes(logs, "one")
    (damaged,) = save_probes(logs, "one", (1,), dataset="bad")
    with damaged.with_suffix(".safetensors").open("ab") as file:
        file.write(b"x")
    save_probes(logs, "two", (2,), dataset="tense")
    return logs


@pytest.fixture
async def pilot(logs: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pilot[Any]]:
    """The place, with a stand-in for the process."""
    monkeypatch.setattr(view, "TextScorer", StandInScorer)
    app = PaneApp(ProbesPane, logs)
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(pilot, lambda: len(app.query_one(ProbesPane).table.rows) == 5)
        yield pilot


async def test_probes_are_listed_filtered_removed_and_brought_back(
    pilot: Pilot[Any], logs: Path
) -> None:
    app, pane = pilot.app, pilot.app.query_one(ProbesPane)
    seen = screen_text(app)
    assert "5 probes · 1 damaged" in seen and "bad-L1 " in seen
    assert ".800 [.60, .95]" in seen and ".500 [.45, .55]" in seen  # the control beside it
    await pilot.press("slash", *"layer", "equals_sign", "1", "enter")
    assert [row.key for row in pane.table.rows] == [("one", "truth-L1")]
    await settled(pilot, lambda: "random directions in 4" in screen_text(app))
    assert "nearest directions" in screen_text(app) and "truth L0" in screen_text(app)
    path = logs / "one" / "probes" / "truth-L1.json"
    before = path.read_bytes()
    await pilot.press("d", "y")
    await settled(pilot, lambda: not pane.table.rows)
    assert not path.exists() and not path.with_suffix(".safetensors").exists()
    await pilot.press("u")
    await settled(pilot, lambda: len(pane.table.rows) == 1)
    assert path.read_bytes() == before and not (path.parent / ".trash").exists()
    await pilot.press("y", "a")
    await settled(pilot, lambda: bool(app.clipboard))
    assert app.clipboard == "probe-tui apply one/truth-L1 texts.jsonl"


async def test_a_typed_text_is_scored_by_token_and_layer(pilot: Pilot[Any]) -> None:
    app, pane = pilot.app, pilot.app.query_one(ProbesPane)
    pane.table.highlight(("one", "truth-L1"))
    await pilot.press("enter", *"a", "space", *"wonderful")
    tokens = pane.tokens
    await settled(pilot, lambda: "wonderful" in tokens.grid.heat.columns)
    heat = tokens.grid.heat
    assert heat.columns == ("text", "a", "wonderful") and heat.rows == ("2", "1", "0")
    assert heat.values[0] == (-2.0, -5.0, 3.0)  # the deepest layer on top: 9 letters less 4, less 2
    await pilot.press("escape", "l", "l", "j")
    seen = screen_text(app)
    assert "token 2 of 2 “wonderful” · layer 1 · score +4 → yes (threshold +0)" in seen
    tokens._take_texts([HeldOutText("the worst", "no", "yes", 2.0, False, 2.0)])
    await pilot.press("n")
    await settled(pilot, lambda: "the" in tokens.grid.heat.columns)
    assert "1 of 1, worst first · label no · held out L1: yes (+2.00)" in screen_text(app)
    assert StandInScorer.last.asked[-1] == ("the worst", True)
    n_open = StandInScorer.n_open
    await pilot.press("escape")
    assert StandInScorer.n_open == n_open - 1 and app.focused is pane.table


async def test_marked_directions_are_compared_beside_random_ones(pilot: Pilot[Any]) -> None:
    app, pane = pilot.app, pilot.app.query_one(ProbesPane)
    pane.table.highlight(("one", "truth-L0"))
    await pilot.press("c")
    await settled(pilot, lambda: len(pane.query_one(CosineView).grid.heat.rows) == 3)
    grid = pane.query_one(CosineView).grid
    assert grid.heat.rows == ("L0", "L1", "L2") and grid.heat.values[1][1] == pytest.approx(1)
    await pilot.press("l")
    value = short(float(grid.heat.values[0][1] or 0), 3)
    seen = screen_text(app)
    assert f"{value}  truth-L0 and truth-L1" in seen and "random directions in 4" in seen
    await pilot.press("escape", "space", "k", "space", "c")
    await settled(pilot, lambda: len(grid.heat.rows) == 2)


class Asked:
    """What stands in for an explanation that takes long."""

    cost, is_soon = "1 pass over 100 texts: 3 min", False

    def __init__(self, card: Card) -> None:
        self.card, self.request = card, Explain("p", n_random=1)

    def done(self, tell: Callable[[dict[str, Any]], object]) -> Explained:
        tell({"done": 1, "of": 2, "units": "units"})
        own = [[-1.0, -0.5, 0.5, 1.0], [-2.0, -1.0, 1.0, 2.0]]
        ends = {"highest": [["good", 9.5]], "lowest": [["bad", -8.5]]}
        dataset = {
            "groups": [0, 1, 2, 2], "classes": ["no", "yes"], "targets": [0, 0, 1, 1],
            "layers": [0, 1], "own": own, "random": [[[0.2, 0.2, -0.1, -0.1]] * 2],
            "texts": ends, "tokens": {"highest": [], "lowest": []},
        }  # fmt: skip
        done = {"dataset": dataset, "vocabulary": {**ends, "random": [[-3.0, 3.0]]}}
        return Explained(self.request, done, {"probe": "p", "model": "m", "site": "resid"})


async def test_an_explanation_says_what_it_takes_and_shows_its_controls(
    pilot: Pilot[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, pane = pilot.app, pilot.app.query_one(ProbesPane)
    monkeypatch.setattr(explained, "explaining", lambda logs, path, card, name: Asked(card))
    await pilot.press("end", "k", "x")
    await settled(pilot, lambda: "3 min. Enter starts it" in screen_text(app))
    await pilot.press("enter")
    view = pane.query_one(explained.ExplainView)
    await settled(pilot, lambda: view.found is not None and view.is_settled)
    told = drawn(view.found, 100)
    assert isinstance(told, Text)
    for line in ("n of no: 2", "n of yes: 2 in 1 group\n", "random: from -3.00 to 3.00", "'good'"):
        assert line in told.plain
    assert "no class mean is further out than .20" in told.plain
    await pilot.press("escape")
    assert app.focused is pane.table


def test_a_series_of_results_leads_to_its_probes_or_to_how_they_are_saved(logs: Path) -> None:
    series = ("one", "truth", "m", "resid", "mean", "LDA")
    assert kin_of_series(logs, series)[:3] == ("one", "truth", "m")
    with pytest.raises(ProbeError, match='save_probes = "all"'):
        kin_of_series(logs, ("one", "truth", "m", "mlp", "mean", "LDA"))


def test_what_is_copied_names_every_marked_probe(logs: Path) -> None:
    probes = list(saved_probes(logs))[:2]
    names = [f"{one.run}/{one.name}" for one in probes]
    for item in ITEMS:
        text = copied_text(item.letter, probes)
        assert names[0] in text or item.letter == "f"
        assert (names[1] in text) == (item.letter in "atp")


def test_heatmaps_of_classes_and_of_numbers_have_a_centre() -> None:
    told = {
        "tokens": ["a", "b", "c"],
        "texts": [{"score": [1.0, 3.0, 0.0]}],
        "scores": [[[2.0, 0.0, 1.0], [0.0, 4.0, 1.0], [0.0, 2.0, 3.0]]],
    }
    card = a_card("p", task="multiclass", classes=("x", "y", "z"))
    heat = heat_of(told, [card], 1).heat
    assert heat.values == ((3.0, 0.0, 4.0, 2.0),)  # of class y
    assert [one > 0 for one in heat.shades[0]] == [True, False, True, False]  # where it wins
    numbers = {**told, "texts": [{"score": 1990.0}], "scores": [[1980.0, 2000.0, 1990.0]]}
    shown = heat_of(numbers, [a_card("p", task="regression", classes=())])
    assert shown.heat.values == ((0.0, -10.0, 10.0, 0.0),) and shown.mean == 1990
    line = cell_line(shown, numbers, 0, 1, 0).plain
    assert line == "token 1 of 3 “a” · layer 1 · score 1,980"
