"""Compose, driven by keys as a user would."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input, Static, TextArea

from probing import spec as specs
from probing.logs import RunFolder
from probing.logs.waiting.wishes import read_wish
from probing.plan import Plan
from probing.spec import CONTROLS, ClassifierSpec, DatasetSpec, Engine, ModelSpec, PoolerSpec, Spec
from tests.support.compose_base import (
    plan_of,
    ready,
    screen_text,
    text_of,
    title_of,
    until,
    write_rows,
)
from tests.support.fake_runs import FakeRuns
from tui.app import ProbeApp
from tui.compose import last_spec
from tui.compose.pickers.classifiers import ClassifierPicker
from tui.compose.pickers.datasets import DatasetPicker
from tui.compose.pickers.models import ModelPicker
from tui.compose.pickers.poolers import PoolerPicker
from tui.compose.plan_line import PlanLine
from tui.compose.settings_form import SettingsForm
from tui.dialogs.confirm import ConfirmScreen
from tui.dialogs.form import FormScreen
from tui.dialogs.menu import MenuScreen
from tui.dialogs.prompt import PromptScreen
from tui.palette import verbs
from tui.processes import launcher
from tui.processes.known_facts import FactsBook
from tui.widgets.fields import FieldLine
from tui.widgets.filter_line import FilterInput
from tui.widgets.pick_list import PickList

NARROW, WIDE = (80, 24), (200, 50)


def paths(app: ProbeApp) -> list[str]:
    """The picked datasets."""
    return [entry.path for entry in app.composer.draft.datasets]


def right_half(text: str) -> str:
    """What stands right of the middle line, without its line ends."""
    return "".join(line.partition("│")[2].strip() for line in text.splitlines())


class TestOpening:
    async def test_first_start_can_run_as_it_stands(
        self, app: ProbeApp, started: list[RunFolder]
    ) -> None:
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            # 5 layers, each with the task and two controls
            assert plan_of(app).startswith("▶ 11 cells, 1 pass, ")
            await pilot.press("ctrl+r")
            await until(pilot, lambda: bool(started))
            await until(pilot, lambda: "[2 Runs]" in screen_text(app))
        spec = specs.load(started[0].spec)
        assert [Path(one.path).name for one in spec.datasets] == ["cities.jsonl"]
        assert [Path(one.model).name for one in spec.models] == ["tiny"]
        assert spec.n_folds == 5

    async def test_the_last_spec_comes_back(self, base: Path, tmp_path: Path) -> None:
        first = ProbeApp(tmp_path / "logs", base)
        async with first.run_test(size=NARROW) as pilot:
            await ready(pilot)
            await pilot.press("down", "space")
            draft = first.composer.draft
            await pilot.press("q")
        assert last_spec.read(base) is not None
        second = ProbeApp(tmp_path / "logs", base)
        async with second.run_test(size=NARROW) as pilot:
            await ready(pilot)
            assert paths(second) == ["cities", "years"]
            assert second.composer.draft == draft

    async def test_without_any_model_it_says_what_to_do(
        self, app: ProbeApp, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(FactsBook, "local_models", lambda self: [])
        async with app.run_test(size=NARROW) as pilot:
            await until(pilot, lambda: "pick a model" in plan_of(app))
            await pilot.press("tab")
            await until(pilot, lambda: "no model on this machine" in screen_text(app))

    def test_nothing_heavy_is_imported(self, base: Path, tmp_path: Path) -> None:
        code = f"""
import asyncio, sys
from pathlib import Path
import tui.app
heavy = ("torch", "transformers", "sklearn", "pyarrow", "fsspec", "polars", "plotext", "numpy")
assert not [name for name in heavy if name in sys.modules], "on import"
async def main():
    app = tui.app.ProbeApp(Path({str(tmp_path / "logs")!r}), Path({str(base)!r}))
    async with app.run_test() as pilot:
        await pilot.pause(1.0)
        await pilot.press("tab", "2", "3", "1", "q")
asyncio.run(main())
assert not [name for name in heavy[:5] if name in sys.modules], "after a look at every place"
"""
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


class TestPicking:
    async def test_space_picks_and_u_undoes(self, app: ProbeApp) -> None:
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            await pilot.press("j", "space")
            assert paths(app) == ["cities", "years"]
            await until(pilot, lambda: "2 passes" in plan_of(app) or "skipped" in plan_of(app))
            await pilot.press("k", "space")
            assert paths(app) == ["years"]
            await pilot.press("u", "ctrl+z")
            assert paths(app) == ["cities"]
            await pilot.press("u")
            assert paths(app) == ["cities"]

    async def test_letters_digits_and_space_in_a_filter_trigger_nothing(
        self, app: ProbeApp
    ) -> None:
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            before = app.composer.draft
            await pilot.press("slash", *"2q t1uv", "question_mark")
            assert app.query_one(FilterInput).value == "2q t1uv?"
            assert app.composer.draft == before
            assert "[1 Compose]" in screen_text(app)
            assert not app.screen.is_modal
            await pilot.press("escape")
            assert isinstance(app.focused, PickList)
            assert app.focused.option_count == 2

    async def test_enter_keeps_the_filter(self, app: ProbeApp) -> None:
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            await pilot.press("slash", *"rows>50", "enter")
            assert isinstance(app.focused, PickList)
            assert app.focused.option_count == 1
            assert "/rows>50" in title_of(app, DatasetPicker)
            await pilot.press("space")
            assert paths(app) == ["cities", "years"]

    async def test_a_wrong_filter_says_what_is_wrong(self, app: ProbeApp) -> None:
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            await pilot.press("slash", *"colour=red")
            await until(pilot, lambda: "no column 'colour'" in screen_text(app))

    async def test_a_click_picks(self, app: ProbeApp) -> None:
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            await pilot.click(PickList, offset=(3, 1))
            assert paths(app) == ["cities", "years"]

    async def test_narrow_has_one_picker_open_and_tab_moves(self, app: ProbeApp) -> None:
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            order = [DatasetPicker, ModelPicker, PoolerPicker, ClassifierPicker]
            for at, kind in enumerate(order):
                shown = [
                    one for one in order if app.query_one(one).query_one(PickList).is_on_screen
                ]
                assert shown == [kind]
                assert app.focused is app.query_one(kind).query_one(PickList)
                await pilot.press("tab")
                await pilot.pause()
                assert title_of(app, order[at]).startswith("▸")
            assert "4 layers, 32" in title_of(app, ModelPicker)
            assert isinstance(app.focused, Input)
            await pilot.press("escape")
            await pilot.pause()
            assert app.focused is app.query_one(DatasetPicker).query_one(PickList)
            await pilot.press("shift+tab", "shift+tab")
            await pilot.pause()
            assert app.focused is app.query_one(ClassifierPicker).query_one(PickList)

    async def test_wide_shows_all_pickers(self, app: ProbeApp) -> None:
        async with app.run_test(size=(120, 30)) as pilot:
            await ready(pilot)
            assert all(one.is_on_screen for one in app.query(PickList))
            await pilot.resize_terminal(*NARROW)
            await pilot.pause()
            assert sum(one.is_on_screen for one in app.query(PickList)) == 1

    async def test_what_is_lacking_is_said(self, app: ProbeApp) -> None:
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            await pilot.press("space")
            await until(pilot, lambda: "pick a dataset in Data" in plan_of(app))
            await pilot.press("ctrl+r")
            await until(pilot, lambda: messages(app) == ["datasets is empty; name at least one"])


def messages(app: ProbeApp) -> list[str]:
    """The notifications that are shown."""
    return [one.message for one in app._notifications]


class TestCost:
    async def test_the_line_tells_what_a_run_takes(self, app: ProbeApp) -> None:
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            told = plan_of(app)
        for part in ("40 texts", " tokens", "FLOP", " of memory", " of disk", "about "):
            assert part in told
        # two lines of 78 characters
        assert len(told) <= 140

    async def test_what_the_machine_lacks_comes_first(
        self, app: ProbeApp, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("probing.hardware.memory", lambda: (2**20, 2**30))
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            assert "needs about 0.5 GiB, but cpu has 0.0 GiB free" in plan_of(app)[:80]
            assert app.query_one(PlanLine).has_class("-wrong")


class TestSettings:
    async def test_a_wrong_value_is_said_at_once(self, app: ProbeApp) -> None:
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            await pilot.press("shift+tab", "tab", *"x")
            await until(pilot, lambda: plan_of(app).startswith("✗ n_folds = '5x' must be"))
            await pilot.press("backspace", "backspace", "3")
            await until(pilot, lambda: plan_of(app).startswith("▶"))
            assert app.composer.draft.spec().n_folds == 3

    async def test_the_plan_of_a_draft_that_has_changed_is_not_shown(
        self, app: ProbeApp, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            await until(pilot, lambda: plan_of(app).startswith("▶"))
            planned, may_end = threading.Event(), threading.Event()
            plan = app.composer.book.plan

            def slowly(spec: Any) -> Any:
                planned.set()
                assert may_end.wait(30)
                return plan(spec)

            monkeypatch.setattr(app.composer.book, "plan", slowly)
            whole = app.composer.draft
            app.composer.change(whole.set("seed", 7))
            await until(pilot, planned.is_set)
            app.composer.change(whole.toggled("datasets", whole.datasets[0]))
            await until(pilot, lambda: plan_of(app).startswith("… to run, pick a dataset"))
            may_end.set()
            await until(pilot, lambda: app.composer._planning._latest.is_over)
            await pilot.pause()
            assert plan_of(app).startswith("… to run, pick a dataset")

    async def test_choices_step(self, app: ProbeApp) -> None:
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            await pilot.press("shift+tab", "down", "down", "right")
            assert app.composer.draft.settings["split"] == "shuffle"
            await pilot.press("left", "left")
            assert app.composer.draft.settings["split"] == "given"

    async def test_controls_are_a_tuple(self, app: ProbeApp) -> None:
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            await pilot.press("shift+tab", *["down"] * 6, "space")
            assert app.composer.draft.settings["controls"] == ("majority",)
            await until(pilot, lambda: plan_of(app).startswith("▶ 6 cells"))
            await pilot.press(*["left"] * 3)
            assert app.composer.draft.settings["controls"] == tuple(CONTROLS)
            assert "controls: all" in screen_text(app) or "‹ all ›" in screen_text(app)

    async def test_truths_are_told_from_words(self, app: ProbeApp) -> None:
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            await pilot.press("shift+tab", *["down"] * 10, "right", "down", "right")
            settings = app.composer.draft.settings
            assert settings["description_length"] is True and settings["audit"] is False
            await pilot.press("left", "up", "left")
            settings = app.composer.draft.settings
            assert settings["description_length"] is False and settings["audit"] is True

    async def test_shares_are_typed_with_commas(self, app: ProbeApp) -> None:
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            await pilot.press("shift+tab", *["down"] * 12, *"0.1,", "space", *"0.5")
            assert app.composer.draft.settings["learning_curve"] == (0.1, 0.5)
            await until(pilot, lambda: plan_of(app).startswith("▶"))
            await pilot.press("x")
            await until(pilot, lambda: "must be a list of shares" in screen_text(app))

    async def test_a_baseline_is_a_layer_or_a_name(self, app: ProbeApp) -> None:
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            await pilot.press("shift+tab", *["down"] * 13, *["backspace"] * 4, "1")
            assert app.composer.draft.settings["conditional_on"] == 1
            await until(pilot, lambda: plan_of(app).startswith("▶"))
            await pilot.press("backspace", *"long")
            await until(pilot, lambda: "conditional_on = 'long'" in screen_text(app))
            await pilot.press(*["backspace"] * 3, *"ength")
            await until(pilot, lambda: plan_of(app).startswith("▶"))
            assert app.composer.draft.settings["conditional_on"] == "length"

    async def test_where_it_computes_is_a_choice_with_options(self, app: ProbeApp) -> None:
        async with app.run_test(size=(120, 40)) as pilot:
            await ready(pilot)
            await pilot.press("shift+tab")
            app.query_one("#field-engine .editor").focus()
            await pilot.press("right")
            assert app.composer.draft.settings["engine"] == Engine("slurm")
            await pilot.press("down", *"gpus=8,nodes=")
            await until(pilot, lambda: "nodes= is not a whole number" in screen_text(app))
            await pilot.press("2")
            await until(pilot, lambda: "as 2 jobs of Slurm (nodes=2,gpus=8)" in plan_of(app))
            assert app.composer.draft.spec().engine == Engine("slurm", "nodes=2,gpus=8")
            await pilot.press("up", "right")
            await until(pilot, lambda: plan_of(app).endswith("by Ray"))
            await pilot.press("right")
            await until(pilot, lambda: "Ray" not in plan_of(app))
            assert app.composer.draft.settings["engine"] == Engine()


class TestForms:
    async def test_a_pooler_variant(self, app: ProbeApp) -> None:
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            await pilot.press("tab", "tab", "e")
            form = await opened(pilot, FormScreen)
            await pilot.press("left", *["backspace"] * 2)
            await pilot.press("down", "end", *["backspace"] * 2, *"1.5")
            await until(pilot, lambda: "not between 0 and 1" in problem_of(form))
            await pilot.press("enter")
            assert app.screen is form
            await pilot.press(*["backspace"] * 3, *"0.5", "down", "end", *["backspace"] * 4, "2")
            await until(pilot, lambda: not problem_of(form))
            await pilot.press("enter")
            await until(pilot, lambda: not app.screen.is_modal)
            (pooler,) = app.composer.draft.poolers
            assert (pooler.quantile, pooler.layer) == (0.5, 2)

    async def test_a_dataset_is_limited(self, app: ProbeApp) -> None:
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            await pilot.press("enter")
            await opened(pilot, FormScreen)
            await pilot.press("up", *"20", "enter")
            await until(pilot, lambda: not app.screen.is_modal)
            assert app.composer.draft.datasets == (DatasetSpec("cities", limit=20),)
            await until(pilot, lambda: "20 bin" in screen_text(app))

    @pytest.mark.parametrize("keys", [("enter",), ("shift+tab",)])
    async def test_down_goes_through_all_fields_of_a_form_that_scrolls(
        self, app: ProbeApp, keys: tuple[str, ...]
    ) -> None:
        async with app.run_test(size=(80, 14)) as pilot:
            await ready(pilot)
            await pilot.press(*keys)
            await until(pilot, lambda: isinstance(app.focused, Input))
            lines = list(app.focused.parent.parent.query(FieldLine))
            assert len(lines) > 8
            for line in lines:
                assert line.has_focus_within
                await pilot.press("down")
            await pilot.press("up")
            assert lines[-1].has_focus_within

    async def test_every_key_of_a_dataset_is_edited(self, app: ProbeApp, base: Path) -> None:
        rows = [f"{at % 2},{at % 4},A text {at}.\n" for at in range(40)]
        (base / "data" / "bare.csv").write_text("".join(rows))
        typed = {
            "name": "mine",
            "text": "2",
            "target": "1",
            "group": "false",
            "split": "",
            "header": "false",
            "pair": "",
            "half": "",
            "sheet": "",
            "subset": "",
            "config": "",
            "revision": "",
            "task": "binary",
            "positive": "2",
            "level": "text",
            "spans": "",
            "position": "",
            "template": "So {text}",
            "system": "",
            "assistant": "",
            "generation_prompt": "false",
            "generate": "",
            "where": '"0" = 0',
            "classes": "0, 2",
            "min_class": "3",
            "rest": "",
            "missing": "drop",
            "near_duplicates": "keep",
            "limit": "12",
        }
        fields = {one.name for one in dataclasses.fields(DatasetSpec)} - {"path"}
        assert fields == set(typed)
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            await pilot.press("g", "e")
            await opened(pilot, FormScreen)
            for line in app.screen.query(FieldLine):
                if line.field.choices:
                    at = line.field.choices.index(typed[line.field.name])
                    await pilot.press(*["space"] * (at - line.field.choices.index(line.value)))
                else:
                    await pilot.press(*typed[line.field.name])
                await pilot.press("down")
            assert problem_of(app.screen) == ""
            await pilot.press("enter")
            await until(pilot, lambda: not app.screen.is_modal)
            entry = DatasetSpec(
                "bare",
                name="mine",
                text="2",
                target="1",
                group=False,
                header=False,
                task="binary",
                positive="2",
                level="text",
                template="So {text}",
                where='"0" = 0',
                classes=("0", "2"),
                min_class=3,
                missing="drop",
                near_duplicates="keep",
                limit=12,
            )
            assert app.composer.draft.datasets == (DatasetSpec("cities"), entry)
            await until(pilot, lambda: "positive class: 2" in screen_text(app))
            await pilot.press("e")
            await opened(pilot, FormScreen)
            shown = {line.field.name: line.value for line in app.screen.query(FieldLine)}
            assert shown == typed
            await pilot.press("enter")
            await until(pilot, lambda: not app.screen.is_modal)
            assert app.composer.draft.datasets == (DatasetSpec("cities"), entry)

    async def test_parameters_of_a_classifier(self, app: ProbeApp) -> None:
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            await pilot.press("shift+tab", "shift+tab", "e")
            await until(pilot, lambda: messages(app) == ["LogisticRegression has no parameters"])
            await pilot.press("j", "e")
            await opened(pilot, FormScreen)
            await pilot.press("end", *["backspace"] * 4, *"0.1", "enter")
            await until(pilot, lambda: not app.screen.is_modal)
            assert app.composer.draft.classifiers[1] == ClassifierSpec("LDA", {"shrinkage": 0.1})
            assert "shrinkage=0.1" in screen_text(app)

    async def test_esc_leaves_all_as_it_was(self, app: ProbeApp) -> None:
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            before = app.composer.draft
            await pilot.press("e")
            await opened(pilot, FormScreen)
            await pilot.press("7", "escape")
            await until(pilot, lambda: not app.screen.is_modal)
            assert app.composer.draft == before


async def opened(pilot: Any, kind: type[Any]) -> Any:
    """The modal of that kind, once it is there."""
    await until(pilot, lambda: isinstance(pilot.app.screen, kind))
    return pilot.app.screen


def problem_of(screen: Any) -> str:
    """What a modal says is wrong."""
    return text_of(screen.query_one(".problem", Static))


class TestAdding:
    async def test_a_glob_of_datasets(self, app: ProbeApp, base: Path) -> None:
        (base / "more").mkdir()
        for name in ("one", "two"):
            rows = [{"text": f"{name} {at}", "label": at % 2} for at in range(30)]
            write_rows(base / "more" / f"{name}.jsonl", rows)
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            await pilot.press("a")
            prompt = await opened(pilot, PromptScreen)
            await pilot.press(*"nope/*.csv", "enter")
            await until(pilot, lambda: "no dataset matches" in problem_of(prompt))
            prompt.query_one(Input).value = "more/*.jsonl"
            await pilot.press("enter")
            await until(pilot, lambda: "3 passes" in plan_of(app))
            await until(pilot, lambda: "2 files" in screen_text(app))

    async def test_a_model_that_is_not_there(self, app: ProbeApp) -> None:
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            await pilot.press("tab", "a")
            prompt = await opened(pilot, PromptScreen)
            prompt.query_one(Input).value = "./nowhere"
            await pilot.press("enter")
            await until(pilot, lambda: plan_of(app).startswith("✗ ./nowhere: no such model folder"))
            assert app.composer.draft.models[1] == ModelSpec("./nowhere")
            await until(pilot, lambda: "unusable" in screen_text(app))

    async def test_a_plug_in_that_is_not_there(self, app: ProbeApp) -> None:
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            await pilot.press("shift+tab", "shift+tab", "a")
            prompt = await opened(pilot, PromptScreen)
            await pilot.press(*"a b", "enter")
            await until(pilot, lambda: "is not a classifier" in problem_of(prompt))
            prompt.query_one(Input).value = "gone.py:Mine"
            await pilot.press("enter")
            await until(pilot, lambda: any("no such plug-in file" in one for one in messages(app)))
            assert len(app.composer.draft.classifiers) == 1

    async def test_all_classifiers_of_a_file(self, app: ProbeApp, base: Path) -> None:
        (base / "mine.py").write_text(
            "class Mine:\n"
            '    """Guesses."""\n'
            "    def __init__(self, depth=3): ...\n"
            "    def fit(self, X, y): ...\n"
            "    def predict(self, X): ...\n"
        )
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            await pilot.press("shift+tab", "shift+tab", "a", *"mine.py", "enter")
            await until(pilot, lambda: len(app.composer.draft.classifiers) == 2, patience_s=60)
            assert app.composer.draft.classifiers[1] == ClassifierSpec("mine.py:Mine")
            await until(pilot, lambda: "Guesses." in screen_text(app))
            await pilot.press("e")
            await opened(pilot, FormScreen)
            await pilot.press("end", "backspace", "7", "enter")
            await until(pilot, lambda: not app.screen.is_modal)
            assert app.composer.draft.classifiers[1].parameters == {"depth": 7}

    async def test_a_broken_dataset_is_shown_as_such(self, app: ProbeApp, base: Path) -> None:
        (base / "data" / "broken.jsonl").write_text('{"text": "x"\n')
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            await until(pilot, lambda: "✗ unusable" in screen_text(app))
            await pilot.press("home")
            # the path is broken over lines wherever the temporary folder's name makes it so
            await until(pilot, lambda: "broken.jsonl" in right_half(screen_text(app)))

    async def test_texts_from_outside_are_harmless(self, app: ProbeApp, base: Path) -> None:
        evil = "\x1b]52;c;ZXZpbA==\x07 [@click=app.quit]x[/] \x9b31m [/nope]"
        rows = [{"text": f"{at} {evil}", "label": f"{evil}{at % 2}"} for at in range(30)]
        write_rows(base / "data" / "[b]evil.jsonl", rows)
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            await pilot.press("home")
            await until(pilot, lambda: "[@click=app.quit]" in screen_text(app))
            assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", screen_text(app))


class TestSpecFiles:
    async def test_seen_and_changed(self, app: ProbeApp) -> None:
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            await pilot.press("v")
            await until(pilot, lambda: bool(app.screen.query(TextArea)))
            area = app.screen.query_one(TextArea)
            assert specs.parse(area.text) == app.composer.draft.spec()
            area.text = area.text.replace("n_folds = 5", "n_fold = 4")
            await until(pilot, lambda: "did you mean 'n_folds'?" in problem_of(app.screen))
            area.text = area.text.replace("n_fold = 4", "n_folds = 4")
            await pilot.press("ctrl+s")
            await until(pilot, lambda: not app.screen.is_modal)
            assert app.composer.draft.spec().n_folds == 4

    async def test_saved_then_overwritten_only_if_told(self, app: ProbeApp, base: Path) -> None:
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            await pilot.press("ctrl+s")
            await opened(pilot, PromptScreen)
            await pilot.press("enter")
            await until(pilot, lambda: (base / "cities.toml").exists())
            await pilot.press("down", "space", "ctrl+s")
            prompt = await opened(pilot, PromptScreen)
            assert prompt.query_one(Input).value == "cities-years.toml"
            prompt.query_one(Input).value = "cities.toml"
            await pilot.press("enter")
            await opened(pilot, ConfirmScreen)
            await pilot.press("n")
            await until(pilot, lambda: not app.screen.is_modal)
            assert len(specs.load(base / "cities.toml").datasets) == 1
            await pilot.press("ctrl+s")
            prompt = await opened(pilot, PromptScreen)
            prompt.query_one(Input).value = "cities.toml"
            await pilot.press("enter")
            await opened(pilot, ConfirmScreen)
            await pilot.press("y")
            await until(pilot, lambda: len(specs.load(base / "cities.toml").datasets) == 2)

    async def test_loaded_with_completion(self, app: ProbeApp, base: Path) -> None:
        text = 'datasets = ["years"]\nmodels = ["models/tiny"]\npoolers = [{pool = "max"}]\n'
        (base / "my_spec.toml").write_text(f'{text}classifiers = ["Ridge"]\n')
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            await pilot.press("ctrl+o")
            prompt = await opened(pilot, PromptScreen)
            await pilot.press(*"gone.toml", "enter")
            await until(pilot, lambda: "no such spec file" in problem_of(prompt))
            await pilot.press(*["backspace"] * 9, *"my_")
            await until(pilot, lambda: prompt.query_one(Input)._suggestion == "my_spec.toml")
            await pilot.press("right", "enter")
            await until(pilot, lambda: paths(app) == ["years"])
            assert app.composer.draft.poolers == (PoolerSpec(pool="max"),)
            await until(pilot, lambda: plan_of(app).startswith("▶ 11 cells"))


class TestRunning:
    async def test_a_taste_is_small(self, app: ProbeApp, started: list[RunFolder]) -> None:
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            await pilot.press("t")
            await until(pilot, lambda: bool(started))
        spec = specs.load(started[0].spec)
        assert (spec.name, spec.n_folds) == ("cities-taste", 5)
        assert [one.limit for one in spec.datasets] == [300]

    async def test_a_long_run_is_asked_about(
        self, app: ProbeApp, started: list[RunFolder], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        plan = FactsBook.plan

        def slow(book: FactsBook, spec: Spec) -> Plan:
            made = plan(book, spec)
            return replace(made, cost=replace(made.cost, fits_s=7200.0))

        monkeypatch.setattr(FactsBook, "plan", slow)
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            await pilot.press("ctrl+r")
            await opened(pilot, ConfirmScreen)
            assert "about 2 h" in screen_text(app)
            await pilot.press("n")
            await until(pilot, lambda: not app.screen.is_modal)
            await pilot.press("ctrl+r")
            await opened(pilot, ConfirmScreen)
            assert not started
            await pilot.press("y")
            await until(pilot, lambda: len(started) == 1)

    async def test_a_sweep_is_one_key(
        self, app: ProbeApp, started: list[RunFolder], tmp_path: Path
    ) -> None:
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            await pilot.press("w")
            prompt = await opened(pilot, PromptScreen)
            await pilot.press(*"seed=3", "enter")
            await until(pilot, lambda: "has 1 values" in problem_of(prompt))
            await pilot.press(*",4", "enter")
            await opened(pilot, ConfirmScreen)
            assert "2 runs" in screen_text(app)
            await pilot.press("y")
            await until(pilot, lambda: len(started) == 2)
        assert [specs.load(one.spec).seed for one in started] == [3, 4]
        assert [read_wish(one.path).after for one in started] == ["", started[0].name]

    async def test_what_would_fit_is_offered(
        self, app: ProbeApp, started: list[RunFolder], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            whole = app.composer.book.plan(app.composer.draft.spec()).cost.memory_gib
            free = round((whole - 1e-5) * 2**30), 2**36
            monkeypatch.setattr("probing.hardware.memory", lambda: free)
            await pilot.press("ctrl+r")
            await opened(pilot, MenuScreen)
            assert "run it all the same" in screen_text(app)
            await pilot.press("1")
            await until(pilot, lambda: len(started) == 1)
        assert specs.load(started[0].spec).dtype == "bfloat16"

    async def test_what_is_wrong_stops_it_before_a_run_is_made(
        self, app: ProbeApp, started: list[RunFolder], tmp_path: Path
    ) -> None:
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            app.composer.change(app.composer.draft.toggled("datasets", DatasetSpec("gone")))
            await pilot.press("ctrl+r")
            await until(pilot, lambda: any("no dataset 'gone'" in one for one in messages(app)))
        assert not started
        assert not (tmp_path / "logs").exists()

    async def test_a_logs_folder_that_cannot_be_written(
        self, base: Path, tmp_path: Path, started: list[RunFolder]
    ) -> None:
        (tmp_path / "logs").write_text("a file")
        app = ProbeApp(tmp_path / "logs", base)
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            await pilot.press("ctrl+r")
            await until(pilot, lambda: any("cannot be written" in one for one in messages(app)))
        assert not started

    async def test_leaving_says_that_runs_go_on(
        self, base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        runs = FakeRuns(tmp_path / "logs")
        runs.live("going")
        app = ProbeApp(tmp_path / "logs", base)
        try:
            async with app.run_test(size=NARROW) as pilot:
                await until(pilot, lambda: "1 live run" in screen_text(app))
                await pilot.press("q")
                await pilot.pause()
            assert "1 run continues in the background" in capsys.readouterr().err
        finally:
            runs.close()


class TestPlaces:
    async def test_number_keys_and_focus_kept(self, app: ProbeApp) -> None:
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            await pilot.press("tab")
            await pilot.pause()
            stood_on = app.focused
            for key, title in (("2", "[2 Runs]"), ("3", "[3 Results]"), ("1", "[1 Compose]")):
                await pilot.press(key)
                await until(pilot, lambda title=title: title in screen_text(app))
            assert app.focused is stood_on

    async def test_help_lists_the_keys_of_the_place(self, app: ProbeApp) -> None:
        async with app.run_test(size=WIDE) as pilot:
            await ready(pilot)
            await pilot.press("question_mark")
            await until(pilot, lambda: "Keys in Compose" in screen_text(app))
            for line in ("Space  Pick or unpick", "u Ctrl+Z  Undo"):
                assert line in screen_text(app)
            await pilot.press("G")  # what works everywhere stands last
            await until(pilot, lambda: "q  Quit" in screen_text(app))
            assert "Ctrl+R  Run" in screen_text(app)
            await pilot.press("ctrl+r")
            assert messages(app) == ["close this dialog first (Esc), then run"]
            await pilot.press("escape")
            await until(pilot, lambda: not app.screen.is_modal)

    async def test_the_palette_runs_commands(self, app: ProbeApp, started: list[RunFolder]) -> None:
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            titles = [one.title for one in verbs(app, app.screen)]
            assert {"Run the spec", "Save the spec", "Go to Runs", "Theme"} < set(titles)
            assert len(titles) == len(set(titles)) and "Dataset cities" in titles
            await pilot.press("ctrl+p", *"taste")
            await pilot.pause(0.5)
            await pilot.press("enter")
            await until(pilot, lambda: bool(started))

    async def test_rerun_loads_the_spec_of_a_run(
        self, app: ProbeApp, base: Path, started: list[RunFolder]
    ) -> None:
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            await pilot.press("ctrl+r")
            await until(pilot, lambda: "[2 Runs]" in screen_text(app))
            app.composer.change(app.composer.draft.set("n_folds", 7))
            await until(pilot, lambda: started[0].name in screen_text(app))
            await pilot.press("r")
            await until(pilot, lambda: "[1 Compose]" in screen_text(app))
            assert app.composer.draft.spec().n_folds == 5
            assert paths(app) == ["cities"]

    async def test_enter_on_a_run_opens_its_results(self, base: Path, tmp_path: Path) -> None:
        finished = FakeRuns(tmp_path / "logs").finished("over")
        app = ProbeApp(tmp_path / "logs", base)
        async with app.run_test(size=WIDE) as pilot:
            await ready(pilot)
            await pilot.press("2")
            await until(pilot, lambda: finished.name in screen_text(app))
            await pilot.press("enter")
            await until(pilot, lambda: "[3 Results]" in screen_text(app))
            await until(pilot, lambda: finished.name in screen_text(app))

    async def test_cancel_asks_first(
        self, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cancelled: list[str] = []
        monkeypatch.setattr(launcher, "cancel", lambda run: cancelled.append(run.name))
        runs = FakeRuns(tmp_path / "logs")
        live = runs.live("going")
        app = ProbeApp(tmp_path / "logs", base)
        try:
            async with app.run_test(size=NARROW) as pilot:
                await ready(pilot)
                await pilot.press("2")
                await until(pilot, lambda: live.name in screen_text(app))
                await pilot.press("c")
                await opened(pilot, ConfirmScreen)
                await pilot.press("escape")
                await until(pilot, lambda: not app.screen.is_modal)
                await pilot.press("c")
                await opened(pilot, ConfirmScreen)
                assert not cancelled
                await pilot.press("y")
                await until(pilot, lambda: cancelled == [live.name])
        finally:
            runs.close()

    async def test_resume_starts_the_runner_of_a_killed_run(
        self, base: Path, tmp_path: Path, started: list[RunFolder]
    ) -> None:
        runs = FakeRuns(tmp_path / "logs")
        killed = runs.killed("gone")
        app = ProbeApp(tmp_path / "logs", base)
        async with app.run_test(size=NARROW) as pilot:
            await ready(pilot)
            await pilot.press("2")
            await until(pilot, lambda: killed.name in screen_text(app))
            await pilot.press("s")
            await until(pilot, lambda: [run.name for run in started] == [killed.name])


class TestPictures:
    """What Compose looks like; look at the pictures when they change."""

    def test_narrow(self, app: ProbeApp, snap_compare: Callable[..., bool]) -> None:
        assert snap_compare(app, terminal_size=NARROW, run_before=ready)

    def test_narrow_settings(self, app: ProbeApp, snap_compare: Callable[..., bool]) -> None:
        async def settings(pilot: Any) -> None:
            await ready(pilot)
            await pilot.press("shift+tab", "down", "down")
            await pilot.pause(0.3)

        assert snap_compare(app, terminal_size=NARROW, run_before=settings)

    def test_wide(self, app: ProbeApp, snap_compare: Callable[..., bool]) -> None:
        assert snap_compare(app, terminal_size=WIDE, run_before=ready)

    def test_pooler_form(self, app: ProbeApp, snap_compare: Callable[..., bool]) -> None:
        async def form(pilot: Any) -> None:
            await ready(pilot)
            await pilot.press("tab", "tab", "e")
            await opened(pilot, FormScreen)
            await pilot.pause()

        assert snap_compare(app, terminal_size=NARROW, run_before=form)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_the_name_of_no_setting_is_cut(app: ProbeApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await ready(pilot)
        form = app.query_one(SettingsForm)
        form.enter()
        await pilot.pause()
        for line in form.query(FieldLine):
            line.editor.focus()
            await pilot.pause()
            assert f" {line.field.name} " in screen_text(app)
