"""The small parts behind the app that need no screen."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App

from probing.catalog import BlockShape, ModelFacts
from probing.errors import ProbingError, SpecError
from probing.spec import ClassifierSpec, DatasetSpec, ModelSpec, PoolerSpec, Spec
from tests.support.compose_base import make_base
from tui.compose import last_spec
from tui.compose.draft import LISTS, SETTINGS, Draft
from tui.compose.first_draft import first_draft, quickest
from tui.compose.pickers.entries import PickerEntries
from tui.compose.pickers.ready_poolers import READY, explained
from tui.compose.undo_history import History
from tui.dialogs.key_help import spelled
from tui.processes.background import Latest, in_background
from tui.processes.known_facts import FactsBook
from tui.processes.logout_policy import farewell
from tui.runs.desk import taste_of
from tui.texts.errors import error_text
from tui.texts.of_runs.plans import counted, duration, memory, short_count
from tui.widgets.fields import Field, read_values, shown_names, shown_value
from tui.widgets.path_suggester import PathSuggester

SPEC = Spec(
    (DatasetSpec("truth"),),
    (ModelSpec("gpt2"),),
    (PoolerSpec(pool="mean"),),
    (ClassifierSpec("LDA"),),
)


class TestDraft:
    def test_goes_there_and_back(self) -> None:
        assert Draft.of(SPEC).spec() == SPEC

    def test_knows_every_key_of_the_spec(self) -> None:
        assert set(SETTINGS) | set(LISTS) == set(vars(SPEC))

    def test_lacks_what_is_not_picked(self) -> None:
        with pytest.raises(SpecError, match="datasets is empty"):
            Draft().spec()

    def test_toggling_twice_changes_nothing(self) -> None:
        draft = Draft.of(SPEC)
        other = PoolerSpec(pool="max")
        assert draft.toggled("poolers", other).poolers == (*SPEC.poolers, other)
        assert draft.toggled("poolers", other).toggled("poolers", other) == draft

    def test_exchange_keeps_the_place_and_makes_no_double(self) -> None:
        first, second, third = (PoolerSpec(pool=pool) for pool in ("mean", "max", "min"))
        draft = Draft(poolers=(first, second))
        assert draft.exchanged("poolers", first, third).poolers == (third, second)
        assert draft.exchanged("poolers", third, first).poolers == (second, first)
        assert draft.exchanged("poolers", first, second).poolers == (second,)

    def test_a_setting_as_typed_is_told_by_the_spec(self) -> None:
        with pytest.raises(SpecError, match="n_folds = 'x'"):
            Draft.of(SPEC).set("n_folds", "x").spec()


class TestOffer:
    def test_a_picked_version_takes_the_place_of_what_is_there(self) -> None:
        offer = PickerEntries("datasets", lambda entry: entry.path)
        offer.set_there([DatasetSpec("a"), DatasetSpec("b")])
        limited, own = DatasetSpec("b", limit=9), DatasetSpec("own")
        offer.set_draft(Draft(datasets=(limited, own)))
        assert offer.entries() == [DatasetSpec("a"), limited, own]
        offer.set_draft(Draft())
        assert offer.entries() == [DatasetSpec("a"), DatasetSpec("b"), own]


class TestHistory:
    def test_only_selections_are_kept(self) -> None:
        history, draft = History(), Draft.of(SPEC)
        history.leave(draft, draft.set("seed", 3))
        assert history.back() is None
        history.leave(draft, draft.toggled("models", ModelSpec("x")))
        assert history.back() == draft
        assert history.back() is None


class TestWords:
    @pytest.mark.parametrize(
        ("seconds", "said"),
        [
            (0.2, "5 s"),
            (41, "40 s"),
            (89, "90 s"),
            (91, "2 min"),
            (3590, "1 h"),
            (3 * 3600 + 1200, "3 h 20 min"),
            (200_000, "2 days"),
        ],
    )
    def test_duration(self, seconds: float, said: str) -> None:
        assert duration(seconds) == said

    def test_counts(self) -> None:
        assert counted(1, "pass") == "1 pass"
        assert counted(2, "pass") == "2 passes"
        assert counted(12_000, "cell") == "12,000 cells"
        assert [short_count(n) for n in (950, 2400, 22_713_728, 7 * 10**9, 999_999)] == [
            "950",
            "2.4k",
            "22.7M",
            "7B",
            "1000k",
        ]
        assert (memory(0.02), memory(1.26)) == ("20 MiB", "1.3 GiB")

    def test_errors_name_a_key_once(self) -> None:
        twice = SpecError("n_folds = 'x' is wrong", where="n_folds", hint="try 5")
        assert error_text(twice) == "n_folds = 'x' is wrong; try 5"
        assert error_text(ProbingError("gone", where="a\x1bb")) == "a·b: gone"

    def test_keys(self) -> None:
        assert spelled("ctrl+r") == "Ctrl+R"
        assert (spelled("slash"), spelled("G"), spelled("shift+tab")) == ("/", "G", "Shift+Tab")
        assert (spelled("less_than_sign"), spelled("greater_than_sign")) == ("<", ">")

    def test_poolers_are_explained(self) -> None:
        assert len(set(READY)) == len(READY)
        each = explained(PoolerSpec(pool="mean", site="mlp", specials="drop", skip_first=2))
        assert any("MLP" in line for line in each)
        assert any("special tokens" in line for line in each)
        several = explained(PoolerSpec(layer=(1, 2), layer_method="mean", quantile=(0.0, 1.0)))
        assert any("layers 1, 2, their mean" in line for line in several)


class TestFields:
    def test_values_are_read_as_toml(self) -> None:
        texts = {"a": "[1, 2]", "b": "each", "c": "", "d": "0.5", "e": "7", "f": "true"}
        fields = [Field(name, is_text=name == "e") for name in texts]
        values = read_values(fields, texts)
        assert values == {"a": [1, 2], "b": "each", "d": 0.5, "e": "7", "f": True}

    def test_shown_values_read_back(self) -> None:
        for value in (3, 0.5, [3, 4], True, "each"):
            assert read_values([Field("x")], {"x": shown_value(value)}) == {"x": value}
        assert read_values([Field("x")], {"x": "0, 0.5,1"}) == {"x": [0, 0.5, 1]}

    @given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), unique=True))
    def test_shown_names_read_back(self, names: list[str]) -> None:
        field = Field("classes", is_names=True)
        shown = shown_names(names)
        assert read_values([field], {"classes": shown}) == ({"classes": names} if names else {})

    def test_names_are_shown_as_one_would_type_them(self) -> None:
        assert shown_names(["spam", "no ham", "3+"]) == "spam, no ham, 3+"
        assert shown_names(["a, b", "c"]) == '["a, b", "c"]'
        field = Field("classes", is_names=True)
        typed = {
            "01, 2": ["01", "2"],
            "[1, true]": ["1", "true"],
            '"a, b"': ["a, b"],
            '"a", "b c"': ["a", "b c"],
            "[a, b]": ["a", "b"],
            "a,,b,": ["a", "b"],
        }
        for text, names in typed.items():
            assert read_values([field], {"classes": text}) == {"classes": names}

    async def test_paths_are_completed(self, tmp_path: Path) -> None:
        (tmp_path / "specs").mkdir()
        (tmp_path / "specs" / "b.toml").touch()
        (tmp_path / "specs" / "a.txt").touch()
        suggester = PathSuggester(tmp_path)
        assert await suggester.get_suggestion("sp") == "specs/"
        assert await suggester.get_suggestion("specs/") == "specs/b.toml"
        assert await suggester.get_suggestion("nowhere/x") is None


class TestSession:
    @pytest.fixture(autouse=True)
    def _state(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    def test_comes_back(self, tmp_path: Path) -> None:
        assert last_spec.read(tmp_path) is None
        last_spec.keep(SPEC, tmp_path)
        assert last_spec.read(tmp_path) == SPEC

    def test_means_the_same_from_another_folder(self, tmp_path: Path) -> None:
        base = make_base(tmp_path / "work")
        kept = Draft.of(SPEC).exchanged("datasets", SPEC.datasets[0], DatasetSpec("cities"))
        last_spec.keep(kept.spec(), base)
        read = last_spec.read(tmp_path)
        assert read is not None
        assert read.datasets == (DatasetSpec(str(base / "data" / "cities.jsonl")),)
        assert FactsBook(base).shortened(read).datasets == (DatasetSpec("cities"),)

    @pytest.mark.parametrize("text", ["", "{}", "[1]", json.dumps({"base": "/", "spec": "x = 1"})])
    def test_a_damaged_file_is_as_none(self, tmp_path: Path, text: str) -> None:
        last_spec.last_spec_path().parent.mkdir(parents=True)
        last_spec.last_spec_path().write_text(text)
        assert last_spec.read(tmp_path) is None


class TestFacts:
    def test_a_model_that_is_gone_is_not_looked_for_again_and_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        book, looks = FactsBook(tmp_path), []

        def gone(entry: ModelSpec, base: Path) -> ModelFacts:
            looks.append(entry)
            raise ProbingError("gone")

        monkeypatch.setattr("probing.catalog.facts", gone)
        for _ in range(3):
            with pytest.raises(ProbingError):
                book.model(ModelSpec("x/y"))
        assert len(looks) == 1

    def test_own_datasets_come_before_those_that_ship(self, tmp_path: Path) -> None:
        names = [entry.path for entry in FactsBook(make_base(tmp_path)).local_datasets()]
        assert names[:2] == ["cities", "years"]
        assert "truth" in names

    def test_the_first_draft_lacks_a_model_alone(self) -> None:
        draft = first_draft()
        assert draft.toggled("models", ModelSpec("gpt2")).spec().n_folds == 5

    def test_the_quickest_model_is_no_toy(self) -> None:
        def facts(name: str, n_params: int) -> ModelFacts:
            block = BlockShape(0, 0, 0)
            return ModelFacts(name, "folder", None, "", 2, 8, n_params, 8, "", None, False, block)

        toy, small, large = facts("toy", 10**5), facts("small", 10**7), facts("large", 10**9)
        assert quickest([large, toy, small]) == ModelSpec("small")
        assert quickest([toy]) == ModelSpec("toy")
        assert quickest([]) is None

    def test_a_taste_keeps_a_smaller_limit(self) -> None:
        spec = Draft.of(SPEC).exchanged("datasets", SPEC.datasets[0], DatasetSpec("x", limit=90))
        assert taste_of(spec.spec()).datasets[0].limit == 90
        assert taste_of(SPEC).n_folds == 5
        assert taste_of(SPEC, lambda _: 196.0).datasets[0].limit == 1176


class TestLeaving:
    def test_farewell(self) -> None:
        assert farewell(0) == ""
        assert farewell(1).startswith("1 run continues in the background")
        assert farewell(3).startswith("3 runs continue")


class TestBackground:
    async def test_errors_come_back_as_values(self) -> None:
        app, got = App[None](), []

        def fail() -> int:
            raise ZeroDivisionError("by zero")

        async with app.run_test() as pilot:
            in_background(app, lambda: 3, got.append)
            in_background(app, fail, got.append)
            while len(got) < 2:
                await pilot.pause(0.01)
        assert 3 in got
        assert any("ZeroDivisionError: by zero" in str(one) for one in got)

    async def test_only_the_latest_waits(self) -> None:
        app, got = App[None](), []

        def slow(value: int) -> int:
            time.sleep(0.05)
            return value

        async with app.run_test() as pilot:
            latest: Latest[int] = Latest(app)
            for value in range(5):
                latest.ask(lambda value=value: slow(value), got.append)
            while not got:
                await pilot.pause(0.01)
        assert got == [4]

    async def test_work_under_way_does_not_hold_up_leaving(self) -> None:
        app = App[None]()
        began = asyncio.get_running_loop().time()
        async with app.run_test():
            in_background(app, lambda: time.sleep(5), lambda _: None)
        assert asyncio.get_running_loop().time() - began < 3
