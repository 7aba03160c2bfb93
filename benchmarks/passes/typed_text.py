"""A text that is typed in the app: from a key to the picture of its tokens by layer."""

from __future__ import annotations

import asyncio
import dataclasses
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from benchmarks.passes.standin import save_standin
from benchmarks.shapes import ModelSize
from benchmarks.sizes import Sizes
from benchmarks.table import Row, against
from benchmarks.targets import Goal
from probing.probes import (
    Card,
    CardOfClassifier,
    CardOfDataset,
    CardOfModel,
    Decision,
    Place,
    Scored,
    read_card,
    save,
)
from probing.spec import PoolerSpec
from tui.probes.tokens.view import TokensView

FIRST, NEXT = "the first picture: libraries and model load", "a picture after a key"
GOALS = (Goal(NEXT, "", 1.0, is_least=False),)
PATIENCE_S = 300.0
N_TOKENS = 50


class _Typing(App[None]):
    """Layers × tokens, and nothing else."""

    def compose(self) -> ComposeResult:
        yield TokensView()


def typed_rows(sizes: Sizes) -> Iterator[list[Row]]:
    """The table of a text of 50 tokens under a probe of every layer, the app's drawing included."""
    size = sizes.typed
    if size is None:
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "model"
        save_standin(folder, size)
        probes = Path(name) / "run" / "probes"
        probes.mkdir(parents=True)
        paths = [_saved(probes, folder, size, layer) for layer in range(size.n_blocks + 1)]
        first, later = asyncio.run(_seconds(paths, size, 4 * sizes.repeats))
    title = f"{size.label}; {N_TOKENS} tokens under {size.n_blocks + 1} probes"
    rows = [
        Row("apply", title, FIRST, (first,)),
        Row("apply", title, NEXT, tuple(later), note=f"{len(later)} keys"),
    ]
    yield against(rows, NEXT, GOALS)


def _saved(probes: Path, model: Path, size: ModelSize, layer: int) -> Path:
    """A probe of random weights, and where its card lies."""
    draw = np.random.default_rng(layer)
    entry = {"model": str(model)}
    pooler = dataclasses.asdict(PoolerSpec("mean", layer=layer))
    card = Card(
        name=f"L{layer}",
        kind="linear",
        task="binary",
        classes=("no", "yes"),
        link="plain",
        decision=Decision(0.0, 1.0),
        place=Place("resid", layer, (layer,), pooler, "mean", size.width, 1.0, (1.0,)),
        model=CardOfModel(
            "model", entry, "", "", "", "", size.n_blocks, size.width, None, "float32"
        ),
        dataset=CardOfDataset("texts", "", "", {"path": "texts"}, 1, 1),
        classifier=CardOfClassifier("LDA", {"name": "LDA"}, "standard", size.width),
        score=Scored("c", 1),
        run="run",
        cell="c",
        fold=None,
        created="",
        versions={},
    )
    save(probes, card, {"weights": draw.normal(size=(1, size.width)), "bias": np.zeros(1)})
    return probes / f"{card.name}.json"


async def _seconds(
    paths: Sequence[Path], size: ModelSize, n_keys: int
) -> tuple[float, list[float]]:
    """Until the first picture, and after each of some keys."""
    cards, app = [read_card(path) for path in paths], _Typing()
    async with app.run_test(size=(200, 50)) as pilot:
        view, began = app.query_one(TokensView), time.perf_counter()
        view.open(paths, cards, cards[-1])
        await _shown(pilot, view, _words(0, size))
        first, later = time.perf_counter() - began, list[float]()
        for at in range(1, n_keys + 1):
            began = time.perf_counter()
            await _shown(pilot, view, _words(at, size))
            later.append(time.perf_counter() - began)
    return first, later


def _words(at: int, size: ModelSize) -> list[str]:
    """A text whose last word was just typed."""
    return [f"w{2 + (31 * place) % (size.n_words - 2)}" for place in range(at, at + N_TOKENS)]


async def _shown(pilot: Pilot[None], view: TokensView, words: list[str]) -> None:
    view.field.load_text(" ".join(words))
    end = time.monotonic() + PATIENCE_S
    while view.grid.heat.columns[-N_TOKENS:] != tuple(words):
        if time.monotonic() > end:
            raise TimeoutError("no picture came")
        await asyncio.sleep(0.005)
    await pilot.pause()
