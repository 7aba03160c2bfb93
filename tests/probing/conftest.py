"""A tiny model with its datasets, and runs of them in this process."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from probing import spec as specs
from probing.engine.experiment import execute
from probing.engine.models import LMModel
from probing.logs import RunFolder
from tests.support.real_runs import RIDGE, SLOW_PLUGIN, new_run
from tests.support.tiny_models import WORDS, save_model


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runner")
    save_model(folder / "tiny", "bert")
    draw = random.Random(0)
    texts = dict.fromkeys(" ".join(draw.choices(WORDS, k=draw.randint(3, 9))) for _ in range(400))
    rows = [{"text": text, "label": "cat" in text.split()} for text in texts]
    numbers = [{"text": text, "label": len(text) / 7} for text in texts]
    for name, content in (("cats", rows[:160]), ("sizes", numbers[:160])):
        (folder / f"{name}.jsonl").write_text("\n".join(map(json.dumps, content)))
    (folder / "plugin.py").write_text(SLOW_PLUGIN)
    return folder


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of this test's own."""
    monkeypatch.setenv("PROBE_TUI_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "activations"


@pytest.fixture
def run(base: Path, tmp_path: Path, cache: Path) -> Callable[..., RunFolder]:
    """Runs a small spec in this process; the run's folder."""

    def made(**changes: str) -> RunFolder:
        values = {"classifiers": RIDGE, "controls": "[]", **changes}
        folder = new_run(base, tmp_path / "logs", **values)
        assert execute(folder, specs.load(folder.spec), folder.path) == 0
        return folder

    return made


@pytest.fixture
def no_model(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From its call on, loading a model is an error."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a model was loaded")

    return lambda: monkeypatch.setattr(LMModel, "from_spec", refuse)
