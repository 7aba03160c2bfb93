"""A small working folder to compose in: two datasets, a model of a few kilobytes, no hub."""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from textual._context import visible_screen_stack
from textual.pilot import Pilot
from textual.widgets import Static

from probing.parameters import Parameter
from probing.registry import CLASSIFICATION, CLASSIFIERS, EVERY_TASK, Entry
from tui.app import ProbeApp
from tui.compose import first_draft
from tui.compose.pickers.picker import Picker
from tui.compose.plan_line import PlanLine

ENTRIES = (
    Entry("LogisticRegression", "x:LR", CLASSIFICATION, "C chosen inside the training folds."),
    Entry(
        "LDA",
        "x:LDA",
        CLASSIFICATION,
        "Linear discriminant analysis.",
        (Parameter("shrinkage", "auto", "how far the covariance is drawn to a sphere"),),
    ),
    Entry("Ridge", "x:Ridge", ("regression",), "Least squares, shrunk."),
    Entry("MLP", "x:MLP", EVERY_TASK, "One hidden layer."),
)


def bare_machine(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has nothing else: no hub, packages, GPUs or shipped datasets."""
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
    monkeypatch.setenv("HF_HUB_CACHE", str(folder / "hub"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("probing.catalog.places.carriers", lambda: iter(()))
    monkeypatch.setattr("probing.hardware.gpus", lambda: ())
    monkeypatch.setattr("probing.datasets.lookup.shipped_folder", lambda: folder / "none")
    monkeypatch.setattr(first_draft, "DATASET", "cities")
    for name in list(CLASSIFIERS):
        monkeypatch.delitem(CLASSIFIERS, name)
    for entry in ENTRIES:
        monkeypatch.setitem(CLASSIFIERS, entry.name, entry)


def make_base(folder: Path) -> Path:
    """The working folder: `data/` with a binary and a regression dataset, `models/tiny`."""
    data = folder / "data"
    data.mkdir(parents=True)
    rows = [{"text": f"City {at} is large.", "label": at % 2 == 0} for at in range(40)]
    write_rows(data / "cities.jsonl", rows)
    write_rows(data / "years.jsonl", [{"text": f"In {y}.", "label": y + 0.5} for y in range(60)])
    make_model(folder / "models" / "tiny", n_layers=4, width=32)
    return folder


def write_rows(path: Path, rows: list[dict[str, object]]) -> None:
    """A JSONL file of rows."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def make_model(folder: Path, n_layers: int, width: int) -> None:
    """A model folder that tells its size, with as good as no weights."""
    folder.mkdir(parents=True)
    config = {
        "model_type": "bert",
        "num_hidden_layers": n_layers,
        "hidden_size": width,
        "vocab_size": 100,
        "max_position_embeddings": 64,
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "vocab.txt").write_text("[PAD]\n[UNK]\n")
    tensor = {"w": {"dtype": "F32", "shape": [width, width], "data_offsets": [0, 4 * width**2]}}
    header = json.dumps(tensor).encode()
    weights = struct.pack("<Q", len(header)) + header + bytes(4 * width**2)
    (folder / "model.safetensors").write_bytes(weights)


async def until(pilot: Pilot[None], holds: Callable[[], bool], patience_s: float = 180.0) -> None:
    """Wait until `holds`, as a reader would who looks at the screen."""
    end = asyncio.get_running_loop().time() + patience_s
    while not holds():
        assert asyncio.get_running_loop().time() < end, screen_text(pilot.app)
        await pilot.pause(0.02)
    await pilot.pause()


async def ready(pilot: Pilot[None]) -> None:
    """Wait until the app has looked around: the plan is made, every dataset is read."""
    await until(pilot, lambda: plan_of(pilot.app)[:1] in ("▶", "✗"))
    await until(pilot, lambda: "reading" not in screen_text(pilot.app))


def plan_of(app: ProbeApp) -> str:
    """What the plan line says."""
    return text_of(app.query_one(PlanLine))


def text_of(widget: Static) -> str:
    """The text of a static widget."""
    return str(widget.render())


def title_of(app: ProbeApp, kind: type[Picker]) -> str:
    """What the title of a picker says."""
    return text_of(app.query_one(kind).query_one(".section-title", Static))


def screen_text(app: ProbeApp) -> str:
    """All that is on the screen, as plain text."""
    visible_screen_stack.set(app._background_screens)
    lines = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in line) for line in lines)
