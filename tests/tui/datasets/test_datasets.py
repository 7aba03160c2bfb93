"""The place Datasets: the list, the facts drawn, the texts, the tokens, the draft."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Static

from probing.spec import DatasetSpec, PoolerSpec
from tests.support.compose_base import bare_machine, make_base, screen_text, text_of, until
from tui.app import ProbeApp
from tui.datasets import tokens
from tui.datasets.contents import Bin, bins_of
from tui.datasets.screen import DatasetsPane
from tui.datasets.tokens import poolers_of, tokens_text
from tui.dialogs.text_reader import TextReader


async def test_a_dataset_is_listed_drawn_read_cut_and_picked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare_machine(tmp_path, monkeypatch)
    base = make_base(tmp_path / "base")
    (base / "data" / "broken.jsonl").write_text('{"text": \n')
    asked: list[tuple[int, str, int]] = []

    def cut(contents: Any, first: int, model: Any, poolers: Any) -> list[dict[str, Any]]:
        asked.append((first, model.model, len(poolers)))
        text = contents.rows[first].text.split()
        return [{"pooler": "mean", "tokens": text, "taken": [True] + [False] * (len(text) - 1)}]

    monkeypatch.setattr(tokens, "cut", cut)
    app = ProbeApp(tmp_path / "logs", base)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("5")
        pane = app.query_one(DatasetsPane)
        await until(pilot, lambda: "regression" in screen_text(app))

        # those in sight are audited one after the other, though none was visited
        def audits() -> set[str]:
            return {row.cells[5] for row in pane.table.rows if row.cells[1] != "unusable"}

        await until(pilot, lambda: not audits() & {"", "…", "·"})
        # the broken one is one bad row; the draft's own comes first, marked
        assert [row.cells[:2] for row in pane.table.rows] == [
            ("cities", "binary"),
            ("broken", "unusable"),
            ("years", "regression"),
        ]
        assert pane.table.rows[0].mark == "x"
        await until(pilot, lambda: "characters in a text" in screen_text(app))
        shown = screen_text(app)
        assert "40 texts, 40 of them different" in shown
        assert "50.0%" in shown and "+ true" in shown
        await pilot.press("j")
        await until(pilot, lambda: "✗" in screen_text(app))
        assert "broken.jsonl" in text_of(pane.detail.query_one("#facts .lines", Static))
        await pilot.press("k", "enter")
        await until(pilot, lambda: "City 7 is large." in screen_text(app))
        await pilot.press(*"/label=true", "space", *"row>30", "enter")
        await until(pilot, lambda: len(pane.detail.table.rows) == 4)
        assert "4 of 40 rows" in screen_text(app)
        await pilot.press("enter")
        assert isinstance(app.screen, TextReader)
        await pilot.press("l", *"/large", "enter")
        assert "cities, row 34" in screen_text(app) and "1 matches" not in screen_text(app)
        assert "1 match" in screen_text(app)
        await pilot.press("escape", "escape")
        await until(pilot, lambda: not isinstance(app.screen, TextReader))
        await pilot.press("v")
        await until(pilot, lambda: "⟦City⟧" in screen_text(app))
        assert asked == [(34, "models/tiny", 1)]
        for key in ("z", "v", "v", "escape"):  # it has its keys with the list hidden, too
            await pilot.press(key)
            await until(pilot, lambda: app.focused is not None and bool(app.focused.region))
            await pilot.pause(0.1)
            assert pane in app.focused.ancestors
        assert pane.table.region and pane.detail.view == "texts"
        await pilot.press("v")
        await until(pilot, lambda: "⟦City⟧" in screen_text(app))
        kept = pane.kept_state()
        assert (kept["view"], kept["table"]["key"]) == ("tokens", list(pane.table.rows[0].key))
        await pilot.press("escape", "space")
        await until(pilot, lambda: not app.composer.draft.datasets)
        await until(pilot, lambda: pane.table.row is not None and pane.table.row.mark == " ")


def test_lengths_are_counted_in_round_ranges() -> None:
    assert bins_of([12, 13, 19, 25, 30, 30], n_bins=3) == (Bin(10, 19, 3), Bin(20, 30, 3))
    # one text of a hundred does not stretch the ranges
    long = bins_of([5] * 99 + [70_000])
    assert long[-1].high == 70_000 and sum(one.count for one in long) == 100
    assert bins_of([0, 0]) == (Bin(0, 0, 2),)


def test_tokens_are_grouped_by_text_and_pooler() -> None:
    answers = [
        {"pooler": pooler, "tokens": tokens, "taken": [pooler == "mean"] * len(tokens)}
        for tokens in (["a", "b"], ["c"])
        for pooler in ("mean", "last")
    ]
    lines = tokens_text(answers, ["yes", "no"], 4).plain.splitlines()
    assert lines[:5] == ["row 4  yes  2 tokens", "mean, 2 taken", "⟦a·b⟧", "last, 0 taken", "a b"]
    assert lines[6] == "row 5  no  1 tokens"
    same = (PoolerSpec(pool="mean"), PoolerSpec(pool="mean", site="mlp"))
    assert poolers_of(same) == same[:1]


def test_a_part_of_an_entry_is_read(tmp_path: Path) -> None:
    from tui.datasets.contents import read

    base = make_base(tmp_path)
    contents = read(DatasetSpec("cities"), str(base / "data" / "cities.jsonl"))
    assert [row.at for row in contents.matching("row>37")] == [38, 39]
    assert not contents.has_groups and not contents.has_parts
