"""Several targets of one entry in a run: one pass, and the scores of entries of their own."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest

from probing.engine.experiment.passes.own_rows import own_rows
from probing.logs.results.tables import results
from probing.plan import look_up
from probing.spec import parse
from tests.support.real_runs import finish, new_run, viewed
from tests.support.tiny_models import WORDS, save_model
from tui.console.log_lines import sentence

METRICS = ["accuracy", "auroc", "accuracy_low", "accuracy_high"]


@pytest.fixture
def base(tmp_path, monkeypatch):
    monkeypatch.setenv("PROBE_TUI_CACHE_GIB", "0")  # so that only the pass itself can be shared
    save_model(tmp_path / "tiny", "bert")
    draw = random.Random(1)
    with (tmp_path / "d.jsonl").open("w") as file:
        for at in range(90):
            words = draw.choices(WORDS, k=draw.randint(3, 9))
            row = {
                "text": " ".join(words),
                "cat": "cat" in words,
                "split": "test" if at % 3 else "train",
            }
            row["red"] = None if at % 4 == 0 else "red" in words
            file.write(json.dumps(row) + "\n")
    return tmp_path


def test_many_rows_are_pages_of_a_file(tmp_path, monkeypatch):
    features = np.arange(40, dtype=np.float32).reshape(10, 1, 4)
    rows = np.array([1, 4, 9])
    few = own_rows(features, rows, tmp_path)
    monkeypatch.setattr("probing.engine.experiment.feature_room.IN_MEMORY", 0)
    monkeypatch.setattr("probing.engine.experiment.passes.own_rows._ROWS", 2)
    many = own_rows(features, rows, tmp_path)
    assert isinstance(many, np.memmap) and not isinstance(few, np.memmap)
    assert (many == features[rows]).all() and (few == many).all()
    assert list(tmp_path.iterdir()) == []


def test_targets_share_a_pass_and_score_as_alone(base):
    alone = '{path="%s/d.jsonl", target="red", name="alone", missing="drop"}'
    both = '{path="%s/d.jsonl", target=["cat", "red"]}'
    run = new_run(
        base,
        base / "logs",
        datasets=f"[{both % base}, {alone % base}]",
        split='"given"',
        controls='["majority"]',
        poolers='[{pool="mean",layer=2}]',
    )
    made = look_up(parse((run.path / "spec.toml").read_text()), base)
    assert made.cost.n_passes == 2 and made.cost.passes[1].shares == "d[cat]"
    assert made.cost.passes[1].forward_flops == 0 and made.cost.n_texts == 90 + 67

    cat, red, other = made.datasets
    assert cat.reads_with(red) and red.reads_with(cat) and not red.reads_with(other)

    assert finish(run) == 0
    batches = json.loads(run.plan.read_bytes())["batches"]
    assert (
        batches[made.passes[0].model.name]["d[cat]"] == batches[made.passes[0].model.name]["d[red]"]
    )
    view = viewed(run)
    assert view.state.started is not None
    assert sentence(view.state.started, view) == "started: 6 cells, 2 passes"
    passes = {one.dataset: one for one in view.state.passes}
    assert [passes[name].n_tokens > 0 for name in ("d[cat]", "d[red]", "alone")] == [
        True,
        False,
        True,
    ]
    frame = results([view]).sort("classifier", "control", "layer")
    shared, own = (frame.filter(dataset=name).select(METRICS) for name in ("d[red]", "alone"))
    assert shared.height == own.height == 2
    for one, other in zip(shared.iter_rows(), own.iter_rows(), strict=True):
        assert one == pytest.approx(other, abs=1e-5, nan_ok=True)
    flags = frame.filter(dataset="d[red]")["flags"]
    assert all("23 rows left out (no red)" in told for told in flags)
