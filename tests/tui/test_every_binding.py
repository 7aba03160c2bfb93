"""Every key of the app in bursts: what comes of them is what comes of the same keys slowly.

A walk goes from state to state of the app and types there what its tables of keys say does
something, those first that were typed least. Each of its bursts is then typed at once.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

import pytest
from textual._compositor import Compositor
from textual.binding import Binding
from textual.dom import DOMNode

from probing.hardware import expected_device
from probing.logs.folders import run_folder
from tests.support.compose_base import bare_machine
from tests.support.stand_in_scorer import StandInScorer
from tests.support.typed_twice import BYTES, Typist, typist
from tests.support.typing_world import World
from tests.support.warm_answers import answer_warm
from tui.app import ProbeApp
from tui.compose import draft_plan, last_spec
from tui.compose import screen as compose_screen
from tui.key_ids import all_bindings
from tui.models import needs
from tui.probes.tokens import view as tokens_view
from tui.processes import launcher
from tui.processes.typed_ahead import TypedAhead
from tui.texts.of_runs import run_line

SIZE = (80, 24)
FEW_KEYS, MORE_KEYS = 6, 8
AFTER = ("j", "space")
Bound = tuple[str, str]
# the app ends; Textual's palette searches in its own time; the table takes Enter first
APART = {
    ("ProbeApp", "q"),
    ("ProbeApp", "colon"),
    ("DatasetsPane", "enter"),
    ("ModelsPane", "enter"),
    # of tasks with several classes alone: see tests/tui/predictions
    ("PredictionsScreen", "n"),
    ("PredictionsScreen", "N"),
}
SETTINGS = ("tab",) * 4
READS = ("enter", "enter")
EMPTIED = ("ctrl+a", "ctrl+k")
OVERWRITE = ("ctrl+s", *EMPTIED, *"s.toml", "enter")
# a run that keeps predictions
SEES = ("3", "slash", *"done", "enter", "enter")


class Stand(NamedTuple):
    """A state of the app: the keys that lead there, and some that change something there."""

    way: tuple[str, ...]
    edit: tuple[str, ...] = ()


class Walk(NamedTuple):
    """States to type in, the classes whose keys are to be typed there, and how many it chooses."""

    owners: tuple[str, ...]
    stands: tuple[Stand, ...]
    n_keys: int = FEW_KEYS


WALKS = {
    "compose": Walk(
        (
            "ProbeApp",
            "ComposePane",
            "PickList",
            "SettingsForm",
            "FieldLine",
            "Choice",
            "FilterInput",
        ),
        (
            Stand((), ("j", "space")),
            Stand(("tab",), ("space",)),
            Stand(("slash", "y", "enter"), ("space",)),
            Stand(("tab", "tab", "tab"), ("G", "space")),
            Stand(("slash",), ("n",)),
            Stand((*SETTINGS, "down"), (*EMPTIED, "4")),
            Stand((*SETTINGS, "down", "down"), ("space",)),
            Stand((*SETTINGS, "down", "down"), ("left", "k", "up")),
        ),
        MORE_KEYS,
    ),
    "forms and prompts": Walk(
        ("FormScreen", "PromptScreen", "FieldLine"),
        (
            Stand(("e",), ("o", "n", "e")),
            Stand(("e", "up"), (*EMPTIED, "9")),
            Stand(("tab", "tab", "e"), ("space", "k", "down", "j")),
            Stand(("tab", "tab", "tab", "j", "e"), (*EMPTIED, ".", "3")),
            Stand(("a",), ("d", "a")),
            Stand(("ctrl+o",), ("s",)),
            Stand(("ctrl+s",), (*EMPTIED, "n")),
            Stand(("3", "e", "enter"), (*EMPTIED, "n")),
        ),
    ),
    "questions and views": Walk(
        (
            "SpecView",
            "HelpScreen",
            "ConfirmScreen",
            "MenuScreen",
            "TextView",
            "JumpScreen",
            "TourScreen",
        ),
        (
            Stand(("semicolon",)),
            Stand(("f1",), ("enter", "left", "right", "h", "l")),
            Stand(("f1",), ("space",)),
            Stand(("2", "semicolon", "a"), ("j",)),
            Stand(("v",), ("down", "enter", "x")),
            Stand(("v",), ("down", "end", "enter")),
            Stand(("question_mark",), ("G", "g", "j", "k")),
            Stand(("2", "question_mark")),
            Stand(("3", "question_mark")),
            Stand(("tab", "question_mark")),
            Stand(OVERWRITE),
            Stand(("j", *OVERWRITE)),
            Stand(("3", "y")),
            Stand(("3", "y"), ("down", "up", "j", "k")),
            Stand(("3", "y", "t"), ("y", "j", "k")),
            Stand(("3", "y", "t"), ("G", "g")),
            Stand(("3", "y", "f"), ("w",)),
            Stand(("2", "c")),
            Stand(("2", "c"), ("n", "j", "k", "c")),
        ),
    ),
    "runs": Walk(
        ("RunsPane", "RowTable", "LineView", "NoteScreen"),
        (
            Stand(("2",), ("j",)),
            Stand(("2", "j"), ("k", "m", "m")),
            Stand(("2", "j", "j", "z"), ("right", "left")),
            Stand(("2", "G", "v"), ("j",)),
            Stand(("2", "j", "V"), ("slash", "r", "u", "n", "enter")),
            Stand(("2", "j", "V"), ("j",)),
            Stand(("2", "j", "n", "escape", "n"), ("x", "ctrl+s")),
            Stand(("2", "j", "t"), ("x", "enter")),
            Stand(("2", "j", "d"), ("y",)),
            Stand(("2", "j", "w", "z")),
            Stand(("2", "slash"), ("d",)),
            Stand(("2", "slash", "o", "enter"), ("j",)),
        ),
    ),
    "results": Walk(
        ("ResultsPane", "ResultsTable"),
        (
            Stand(("3",), ("j", "T")),
            Stand(("3", "g"), ("s", "space")),
            Stand(("3", "c"), ("m",)),
            Stand(("3", "z"), ("right", "left", "h", "l", "escape")),
            Stand(("3", "z", "z"), ("S",)),
            Stand(("3", "i", "escape", "D", "y", "escape", "e", "escape", "r")),
            Stand(("3", "slash"), ("l",)),
            Stand(("3", "slash", "l", "d", "enter"), ("space",)),
        ),
    ),
    "columns, views and pivots": Walk(
        ("ColumnChoice", "ViewsScreen", "PivotScreen"),
        (
            Stand(("3", "o"), ("j", "down", "J", "K", "s", "space", "enter")),
            Stand(("3", "o"), ("up", "k", "s", "escape")),
            Stand(("3", "V"), ("a", "o", "n", "e", "enter", "e", "x", "enter", "down", "j")),
            Stand(("3", "V", "a", "x", "enter"), ("k", "up", "enter")),
            Stand(("3", "V", "a", "z", "enter"), ("d", "y", "escape")),
            Stand(("3", "p"), ("right", "tab", "y", "w", "escape", "escape")),
        ),
    ),
    "figures": Walk(
        ("GridView", "PanelsView"),
        (
            Stand(("3", "v"), ("l", "k")),
            Stand(("3", "v", "v"), ("j", "end")),
        ),
        MORE_KEYS,
    ),
    "probes": Walk(
        ("ProbesPane", "ProbeDetail", "ExplainView"),
        (
            Stand(("4",), ("j",)),
            Stand(("4", "j"), ("space", "j")),
            Stand(("4", "slash"), ("l",)),
            Stand(("4", "j", "d", "y"), ("u",)),
            Stand(("4", "z"), ("j",)),
            Stand(("4", "c"), ("l",)),
            Stand(("4", "x"), ("enter", "C", "k")),
        ),
    ),
    "layers and tokens": Walk(
        ("TokensView", "HeatGrid"),
        (
            Stand(("4", "T", "a", "space", "b", "escape"), ("l", "j")),
            Stand(("4", "enter", "a", "escape"), ("minus", "plus")),
            Stand(("4", "T", "c", "escape", "h"), ("l",)),
            Stand(("4", "j", "T", "escape"), ("n",)),
        ),
    ),
    "datasets and models": Walk(
        ("DatasetsPane", "ModelsPane", "TextReader"),
        (
            Stand(("5",), ("j",)),
            Stand(("5", "j"), ("o", "tab", "tab")),
            Stand(("5", "v", "v"), ("left_square_bracket", "right_square_bracket")),
            Stand(("5", "slash"), ("c",)),
            Stand(("5", "z"), ("J", "K", "escape")),
            Stand(("5", *READS), ("slash", "i", "s", "enter", "n", "N")),
            Stand(("5", *READS), ("l", "right", "h", "left")),
            Stand(("5", *READS), ("down", "j", "up", "k", "pagedown", "pageup")),
            Stand(("5", *READS), ("q",)),
            Stand(("5", *READS), ("escape",)),
            Stand(("6",), ("space",)),
            Stand(("6", "z"), ("J", "K", "escape")),
            Stand(("6", "a", "escape"), ("slash", "escape", "o")),
        ),
    ),
    "what a probe sees": Walk(
        ("PredictionsScreen",),
        (
            Stand(SEES, ("v", "greater_than_sign", "less_than_sign")),
            Stand(
                (*SEES, "d", "o", "a"), ("f", "F", "p", "y", "escape", "question_mark", "escape")
            ),
            Stand(
                (*SEES, "w", "slash", "e", "enter", "enter"),
                ("l", "j", "escape", "escape", "q", "enter", "escape"),
            ),
        ),
        MORE_KEYS,
    ),
}


def tables() -> set[Bound]:
    """Every key in the app's tables, with the class whose table it is."""
    found, to_see = set[Bound](), [DOMNode]
    while to_see:
        one = to_see.pop()
        to_see += one.__subclasses__()
        found |= own_table(one)
    return found


def own_table(one: type) -> set[Bound]:
    """The keys of the table of one class of the app."""
    if not one.__module__.startswith("tui."):
        return set()
    own = [each for each in one.__dict__.get("BINDINGS", ()) if isinstance(each, Binding)]
    return {(one.__name__, key) for each in own for key in each.key.split(",")}


def owned(node: DOMNode, key: str) -> list[Bound]:
    """The key with the class of the node whose table it is in, if there is one."""
    own = {(one.__name__, key): own_table(one) for one in type(node).__mro__}
    return [each for each, table in own.items() if each in table - APART][:1]


def bound(app: ProbeApp) -> list[Bound]:
    """The keys of the tables that do something now."""
    field, found = app.focused, list[Bound]()
    for key, active in app.screen.active_bindings.items():
        if field is None or not field.check_consume_key(key, BYTES.get(key, key)):
            found += owned(active.node, key)
    return found


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Files to type on, on a machine that has nothing else and whose clock stands still."""
    bare_machine(tmp_path, monkeypatch)
    answer_warm(monkeypatch)
    monkeypatch.setattr(draft_plan, "PAUSE_S", 0.001)
    monkeypatch.setattr(compose_screen, "REDRAW_S", 0.001)
    monkeypatch.chdir(tmp_path)
    world, now = World(tmp_path), time.time()
    monkeypatch.setattr(launcher, "start_runner", world.take)
    monkeypatch.setattr(launcher, "cancel", world.take)
    monkeypatch.setattr(tokens_view, "TextScorer", StandInScorer)
    monkeypatch.setattr(time, "time", lambda: now)
    still = replace(expected_device("cpu"), free=2**34)
    monkeypatch.setattr(needs, "expected_device", lambda _: still)
    monkeypatch.setattr(run_line, "moment", lambda _: "12:00:00")
    monkeypatch.setattr(run_folder.time, "strftime", lambda *_: "now")
    # what is shown is compared as text; to draw it would take half the time
    monkeypatch.setattr(Compositor, "render_update", lambda *_, **__: None)
    yield world
    world.runs.close()


class Typed(NamedTuple):
    """A burst and what comes of it."""

    keys: Sequence[str]
    outcome: dict[str, object]


async def walked(world: World, walk: Walk) -> tuple[list[Typed], set[Bound]]:
    """The bursts of a walk, each typed slowly, and the keys of the tables in them."""
    typed, n_times = list[Typed](), Counter[Bound]()
    async with typist(world.app(), SIZE) as one:
        for stand in walk.stands:
            await one.home()
            keys = [key async for key in _keys(one, stand, walk, n_times)]
            typed.append(Typed(keys, one.outcome() | world.left()))
    return typed, set(n_times)


async def _keys(one: Typist, stand: Stand, walk: Walk, n_times: Counter[Bound]):
    """Type the keys of a stand slowly, those it chooses among them."""

    async def press(key: str) -> str:
        one.took.clear()
        await one.type(key)
        n_times.update(own for node in one.took for own in owned(node, key))
        return key

    for key in (*stand.way, *stand.edit):
        yield await press(key)
    for _ in range(walk.n_keys):
        if known := bound(one.app):
            best = min(known, key=lambda own: (own[0] not in walk.owners, n_times[own]))
            yield await press(best[1])
    for key in AFTER:
        yield await press(key)


async def in_bursts(world: World, bursts: Iterable[Sequence[str]]) -> list[Typed]:
    """What comes of the bursts, each typed at once."""
    typed = list[Typed]()
    async with typist(world.app(), SIZE) as one:
        for keys in bursts:
            await one.home()
            await one.type(*keys)
            typed.append(Typed(keys, one.outcome() | world.left()))
    return typed


def told(slow: Typed, fast: Typed) -> str:
    """A burst, and how its outcome differs."""
    lines = [f"typed: {' '.join(slow.keys)}"]
    for key, value in slow.outcome.items():
        if value != fast.outcome[key]:
            other = fast.outcome[key]
            pairs = zip_longest(value, other) if isinstance(value, list) else [(value, other)]
            lines += [f"{key}: slowly {a}\n{key}: fast   {b}" for a, b in pairs if a != b]
    return "\n".join(lines)


@pytest.mark.parametrize("name", WALKS)
async def test_a_burst_does_what_its_keys_do_slowly(world: World, name: str) -> None:
    typed, known = await walked(world, WALKS[name])
    wanted = {own for own in tables() if own[0] in WALKS[name].owners}
    assert wanted - known <= APART, "these keys were never typed: more stands, or keys"
    for slow, fast in zip(typed, await in_bursts(world, [one.keys for one in typed]), strict=True):
        assert fast.outcome == slow.outcome, told(slow, fast)


def test_no_table_of_keys_is_left_out() -> None:
    all_bindings()
    owners = {name for walk in WALKS.values() for name in walk.owners}
    assert owners == {name for name, _ in tables()}


@pytest.mark.parametrize("name", ["compose", "runs"])
async def test_keys_that_do_not_wait_are_found_out(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    walk = WALKS[name]._replace(stands=WALKS[name].stands[:3])
    typed, _ = await walked(world, walk)

    async def settle(_: TypedAhead) -> None:
        """Wait for nothing."""

    monkeypatch.setattr(TypedAhead, "_settle", settle)
    assert await in_bursts(world, [one.keys for one in typed]) != typed


async def test_an_edit_before_quitting_is_kept(world: World) -> None:
    async with typist(world.app(), SIZE) as one:
        await one.type(*SETTINGS, "down", *EMPTIED, "4", "escape", "q", "space")
        assert not one.app.is_running
    kept = last_spec.read(world.base)
    assert kept is not None and kept.n_folds == 4 and len(kept.datasets) == 1
