"""Networks and users' classes are saved by their state, and give the scores that they gave."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from sklearn.ensemble import RandomForestClassifier
from torch import nn

from probing import Probe
from probing import spec as specs
from probing.engine.classifiers.users.kept_state import foreign_types
from probing.engine.experiment import execute
from probing.errors import ProbeError
from probing.logs import RunFolder
from probing.probes import read_card
from tests.support.real_runs import new_run, viewed

PLUGIN = """
import torch
from sklearn.ensemble import RandomForestClassifier
from torch import nn

from probing import MultiStepOpt, SingleStepOpt

class Deep(MultiStepOpt):
    def __init__(self, input_size, n_outputs):
        super().__init__(max_epoch=4)
        self.layers = nn.Sequential(nn.Linear(input_size, 8), nn.Tanh(), nn.Linear(8, n_outputs))

    def forward(self, X):
        return self.layers(X)

class Forest(SingleStepOpt):
    def __init__(self, seed):
        super().__init__()
        self.classifier = RandomForestClassifier(8, max_depth=3, random_state=seed)

class Odd:
    def __init__(self):
        self.keeps = lambda: 0

    def fit(self, X, y):
        self.mean = X[y == 1].mean(axis=0)
        return self

    def predict(self, X):
        return (X @ self.mean > 0).astype(int)
"""


@pytest.fixture(scope="module")
def run(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunFolder]:
    folder = tmp_path_factory.mktemp("kept")
    (folder / "mine.py").write_text(PLUGIN)
    own = [f"{folder}/mine.py:{name}" for name in ("Deep", "Forest", "Odd")]
    names = json.dumps([{"name": "MLP", "hidden": 4, "max_epoch": 5}, *own])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PROBE_TUI_CACHE", str(folder / "cache"))
        changes = {
            "classifiers": names.replace('": ', '" = '),
            "poolers": '[{pool = "mean", layer = 2}]',
            "controls": "[]",
            "save_probes": '"all"',
            "save_fold_probes": "true",
            "n_folds": "2",
        }
        made = new_run(base, folder / "logs", **changes)
        assert execute(made, specs.load(made.spec), made.path) == 0
        yield made


def texts_of(base: Path) -> list[str]:
    return [json.loads(line)["text"] for line in (base / "cats.jsonl").read_text().splitlines()]


def probe_of(run: RunFolder, name: str, fold: str = "") -> Path:
    return run.probes / f"cats-tiny-mean-L2-{name}{fold}.json"


@pytest.mark.parametrize("name", ["Deep", "MLP(hidden=4)"])
def test_the_probe_of_a_fold_gives_the_scores_that_the_run_logged(
    run: RunFolder, base: Path, name: str
) -> None:
    rows = pl.read_parquet(run.predictions)
    (path,) = run.probes.glob(f"*{name.partition('(')[0]}*fold-1.json")
    card = read_card(path)
    assert card.kind == "network" and card.fold == 1
    tested = rows.filter((pl.col("classifier") == card.classifier.name) & (pl.col("fold") == 1))
    texts = texts_of(base)
    scores = Probe.load(path).scores([texts[at] for at in tested["text"].to_list()])
    assert scores == pytest.approx(tested["score"].to_numpy(), abs=1e-5)


def test_a_network_of_a_file_is_its_layers_on_scaled_activations(
    run: RunFolder, base: Path
) -> None:
    probe = Probe.load(probe_of(run, "Deep"))
    layers = nn.Sequential(nn.Linear(32, 8), nn.Tanh(), nn.Linear(8, 1))
    tensors = {
        name.removeprefix("state.layers."): torch.from_numpy(np.array(one))
        for name, one in probe.arrays.items()
        if name.startswith("state.")
    }
    layers.load_state_dict(tensors)
    texts = texts_of(base)[:30]
    output = probe.model(texts)
    mask = output["attention_mask"][..., None]
    pooled = (output["hidden_states"][2] * mask).sum(1) / mask.sum(1)
    scaled = (pooled.double() - torch.tensor(probe.arrays["mean"])) / torch.tensor(
        probe.arrays["unit"]
    )
    with torch.no_grad():
        wanted = layers(scaled.float())[:, 0].numpy()
    assert probe.scores(texts) == pytest.approx(wanted, abs=1e-5)
    with pytest.raises(ProbeError, match="has no direction"):
        _ = probe.direction


def test_an_estimator_is_that_of_scikit_learn(run: RunFolder, base: Path) -> None:
    pytest.importorskip("skops")
    probe = Probe.load(probe_of(run, "Forest"))
    assert probe.card.kind == "skops"
    rows = [json.loads(line) for line in (base / "cats.jsonl").read_text().splitlines()]
    output = probe.model([row["text"] for row in rows])
    mask = output["attention_mask"][..., None]
    pooled = ((output["hidden_states"][2] * mask).sum(1) / mask.sum(1)).double().numpy()
    trained = RandomForestClassifier(8, max_depth=3)
    assert type(probe.head.probe.classifier) is type(trained)  # type: ignore[attr-defined]
    estimator = probe.head.probe.classifier  # type: ignore[attr-defined]
    scaled = (pooled - probe.arrays["mean"]) / probe.arrays["unit"]
    shares = estimator.predict_proba(scaled)[:, 1]
    found = 1 / (1 + np.exp(-probe.scores([row["text"] for row in rows])))
    assert np.abs(found - shares).max() < 1e-5


def test_what_cannot_be_saved_says_so(run: RunFolder) -> None:
    pytest.importorskip("skops")
    (told,) = [one for one in viewed(run).state.warnings if "Odd" in one.where]
    assert "not saved" in told.message and "\n" not in told.message
    assert not list(run.probes.glob("*Odd*"))


def test_a_class_whose_file_has_changed_is_refused(run: RunFolder) -> None:
    card = read_card(probe_of(run, "Deep"))
    file = Path(card.classifier.source)
    before = file.read_text()
    file.write_text(before.replace("Tanh", "ReLU"))
    try:
        with pytest.raises(ProbeError, match="has changed since it was fitted"):
            Probe.load(probe_of(run, "Deep"))
    finally:
        file.write_text(before)


def test_types_of_python_itself_are_not_trusted_before_an_estimator_is_there() -> None:
    class Later:
        classifier = None

    types = ["builtins.eval", "sklearn.tree._tree.Tree", f"{__name__}.Own"]
    assert foreign_types(types, Later()) == ["builtins.eval"]
