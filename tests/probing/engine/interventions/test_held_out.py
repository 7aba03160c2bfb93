"""A run that kept the probes of its folds explains a probe by texts that these held out."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

from probing import spec as specs
from probing.datasets import TextDataset, from_mapping
from probing.engine.applying import Probe
from probing.engine.experiment import execute
from probing.engine.interventions.probed_dataset import dataset_of
from probing.engine.interventions.work import _tell_of_known, work
from probing.errors import DatasetError
from probing.interventions.folder import folder_of
from probing.interventions.held_out import held_out
from probing.interventions.requests import Explain
from probing.logs import RunFolder, create_run
from probing.probes import read_card
from tests.support.texts import make_texts
from tests.support.tiny_models import save_causal

SPEC = """
datasets = [{{ path = "{base}/cats.jsonl", limit = 24 }}]
models = ["{base}/gpt"]
poolers = [{{ pool = "mean", layer = 1 }}]
classifiers = ["LogisticRegression"]
controls = []
n_folds = 3
seed = 5
save_probes = "all"
save_fold_probes = true
device = "cpu"
audit = false
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    base = tmp_path_factory.mktemp("held_out")
    save_causal(base / "gpt")
    ends = ("cat", "dog")
    rows = [
        {"text": f"{text} {ends[at % 2]}", "label": ends[at % 2]}
        for at, text in enumerate(make_texts(36, 6))
    ]
    (base / "cats.jsonl").write_text("\n".join(map(json.dumps, rows)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PROBE_TUI_CACHE", str(base / "cache"))
        made = create_run(base / "logs", "r", SPEC.format(base=base))
        assert execute(made, specs.load(made.spec), made.path) == 0
    return made


def test_texts_are_scored_and_projected_by_the_fold_that_held_them_out(run: RunFolder) -> None:
    path = next(one for one in run.probes.glob("*.json") if "fold" not in one.stem)
    card = read_card(path)
    told = held_out(path, card, 24)
    assert told is not None and (told.folds >= 0).all()
    texts = pl.read_parquet(run.texts).sort("text")["content"].to_list()
    folds = [Probe.load(path.with_name(f"{path.stem}-fold-{at}.json")) for at in range(3)]
    by_fold = np.array([one.scores(texts) for one in folds])
    np.testing.assert_allclose(told.scores, by_fold[told.folds, np.arange(24)], atol=1e-4)

    folder = folder_of(run.path.parent, card.name, Explain(str(path), n_random=1, n_shown=2))
    work(folder, lambda told: None)
    found = folder.done()["dataset"]
    assert (found["fitted"], found["scored"]) == ("held out", "held out")
    best = int(np.argmax(told.scores))
    assert found["texts"]["highest"][0] == [texts[best], pytest.approx(told.scores[best])]
    model = folds[0].model
    with torch.no_grad():
        states = [model([text])["hidden_states"] for text in texts]
    means = np.array([one[2][0].mean(0).double().numpy() for one in states])
    along = np.array([means @ one.direction for one in folds])
    standard = (along - along.mean(1, keepdims=True)) / along.std(1, keepdims=True)
    own = standard[told.folds, np.arange(24)]
    np.testing.assert_allclose(found["own"][found["layers"].index(2)], own, atol=1e-3)
    rows = pl.read_parquet(folder.rows)
    apart = rows.filter(measure="separation", control="")
    assert apart["class"].unique().to_list() == ["dog"]
    assert apart["read_layer"].to_list() == [0, 1, 2]
    near = pl.read_parquet(folder.path / "near.parquet")
    assert dict(near.select("what", "source").iter_rows()) == {
        "vocabulary": "",
        "text": "held out",
        "token": "in sample",
    }


def test_the_rows_of_a_limit_are_those_that_the_run_drew(run: RunFolder) -> None:
    path = next(one for one in run.probes.glob("*.json") if "fold" not in one.stem)
    card = read_card(path)
    data = dataset_of(card, path)
    assert list(data.texts) == pl.read_parquet(run.texts).sort("text")["content"].to_list()
    assert data.sha256 == card.dataset.sha256
    assert dataset_of(card, path, limit=24, n_folds=3, seed=6).sha256 != card.dataset.sha256


def test_another_dataset_may_stand_in_its_place(run: RunFolder, tmp_path: Path) -> None:
    path = next(one for one in run.probes.glob("*.json") if "fold" not in one.stem)
    known = pl.read_parquet(run.texts)["content"][0]
    texts = ["the big house", "a red mat", "it ran", "the mat", known, "a cat in the house"]
    rows = [{"text": text, "label": at % 2} for at, text in enumerate(texts)]
    other = tmp_path / "other.jsonl"
    other.write_text("\n".join(map(json.dumps, rows)))
    request = Explain(str(path), data=str(other), n_random=1, n_shown=1)
    folder = folder_of(tmp_path / "logs", "p", request)
    told: list[str] = []
    work(folder, lambda one: told.append(str(one.get("told", ""))))
    assert "the probe was fitted to 1 of the 6 texts" in told
    found = folder.done()["dataset"]
    scores = Probe.load(path).scores(texts)
    assert found["texts"]["highest"][0] == [texts[int(scores.argmax())], pytest.approx(max(scores))]
    assert found["scored"] == found["fitted"] == "of another dataset"
    assert found["classes"] == ["0", "1"]


def test_texts_that_the_probe_knows_are_told_as_they_are_and_as_the_model_read_them() -> None:
    told: list[str] = []

    def tell(one: dict[str, Any]) -> None:
        told.append(one["told"])

    data = from_mapping({"texts": ["It: a", "It: b"], "labels": ["x", "y"]})
    own = dataclasses.replace(data, bare=("a", "b"))
    _tell_of_known(["a", "It: b", "c", "c"], "prompts", lambda: own, tell)
    _tell_of_known(["c"], "prompts", lambda: own, tell)

    def gone() -> TextDataset:
        raise DatasetError("is gone")

    _tell_of_known(["a"], "prompts", gone, tell)
    assert told == [
        "the probe was fitted to 2 of the 3 prompts",
        "the dataset of the probe cannot be read: prompts of it are not told apart",
    ]
