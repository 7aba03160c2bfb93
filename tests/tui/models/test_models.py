"""The place Models: the list, what a model takes, its modules, the draft."""

from __future__ import annotations

from pathlib import Path

import pytest

from probing.module_preview import preview
from tests.support.compose_base import bare_machine, make_base, screen_text, until
from tests.support.tiny_models import save_model
from tui.app import ProbeApp
from tui.models import screen as models_screen
from tui.models.screen import ModelsPane
from tui.texts.facts.module_lines import module_lines


async def test_a_model_is_listed_weighed_loaded_and_picked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare_machine(tmp_path, monkeypatch)
    base = make_base(tmp_path / "base")
    (base / "models" / "bad").mkdir()
    (base / "models" / "bad" / "config.json").write_text("{")
    told = {"sites": {"resid": ["layer.0", "layer.1"]}, "missing": {"attn": "none"}}
    monkeypatch.setattr(models_screen, "modules_of", lambda entry: told)
    app = ProbeApp(tmp_path / "logs", base)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("6")
        pane = app.query_one(ModelsPane)
        await until(pilot, lambda: len(pane.table.rows) == 2)
        named = {row.cells[0]: row.cells[1] for row in pane.table.rows}
        assert named == {"models/bad": "unusable", "models/tiny": "bert"}
        await pilot.press(*"/causal=false", "enter")
        await until(pilot, lambda: "as bfloat16" in screen_text(app))
        shown = screen_text(app)
        assert "4 blocks, resid 0 to 4" in shown and "both directions" in shown
        await pilot.press("enter")
        await until(pilot, lambda: "layers 1–2" in screen_text(app))
        assert "resid  layers 1–2      layer.{}" in screen_text(app)
        await pilot.press("z")
        await until(pilot, lambda: not pane.table.display or not pane.table.region)
        await pilot.pause(0.1)
        await pilot.press("z")  # it has its keys with the list hidden, too
        await until(pilot, lambda: pane.table.has_focus and bool(pane.table.region))
        was = app.composer.draft.models
        await pilot.press("space")
        await until(pilot, lambda: app.composer.draft.models != was)


def test_the_modules_of_a_model_are_those_that_its_hooks_read(tmp_path: Path) -> None:
    save_model(tmp_path / "lm", "gpt2", cls=False)
    told = preview({"model": "lm"}, tmp_path)
    assert list(module_lines(told))[1:] == [
        "attn   layers 1–3      h.{}.attn",
        "mlp    layers 1–3      h.{}.mlp",
    ]


def test_layers_of_other_names_have_lines_of_their_own() -> None:
    told = {"sites": {"mlp": ["h.0.mlp", "h.1.mlp", "h.2.moe", "h.3.mlp"]}, "missing": {}}
    assert list(module_lines(told)) == [
        "mlp    layers 1–2      h.{}.mlp",
        "mlp    layers 3        h.{}.moe",
        "mlp    layers 4        h.{}.mlp",
    ]
