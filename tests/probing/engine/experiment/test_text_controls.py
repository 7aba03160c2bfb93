"""Controls that need no activations: once for a dataset and classifier, whatever the model does."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from transformers import AutoTokenizer

from probing import DatasetSpec, datasets, results
from probing import spec as specs
from probing.engine.experiment import execute
from probing.errors import ModelError
from probing.logs import RunFolder
from tests.support.real_runs import RIDGE, new_run, viewed

MANY = '[{pool="mean"},{pool="last"}]'


def test_majority_is_computed_once_on_the_folds_of_the_task(run: Callable[..., RunFolder]) -> None:
    folder = run(controls='["majority"]', poolers=MANY)
    [row] = results([viewed(folder)]).filter(control="majority").rows(named=True)
    assert (row["model"], row["site"], row["pooler"], row["layer"]) == ("", "", "", None)
    assert (row["classifier"], row["n_folds"], row["n_texts"]) == ("LDA", 4, 160)
    plan = json.loads(folder.plan.read_text())
    predicted = pl.read_parquet(folder.predictions).filter(control="", layer=1, pooler="mean")
    targets = predicted.sort("text")["target"].to_numpy() == "true"
    hits = []
    for fold in plan["folds"]["cats"]["task"]:
        test = np.array(fold["test"])
        train = np.delete(targets, test)
        hits.append(np.mean(targets[test] == (train.mean() > 0.5)))
    assert row["accuracy"] == pytest.approx(np.mean(hits))
    [block] = [one for one in plan["blocks"] if not one["layers_at"]]
    assert len(block["cells"]) == 1


def test_length_is_the_classifier_on_the_numbers_of_tokens_and_characters(
    base: Path, run: Callable[..., RunFolder]
) -> None:
    entries = '["LDA", {name="Ridge", alpha=2.0}]'
    both = f'["{base}/cats.jsonl", "{base}/sizes.jsonl"]'
    folder = run(controls='["length"]', poolers=MANY, classifiers=entries, datasets=both)
    rows = results([viewed(folder)]).filter(control="length")
    assert sorted(rows.select("dataset", "classifier").rows()) == [
        ("cats", "LDA"), ("cats", "Ridge"), ("sizes", "Ridge")
    ]  # fmt: skip
    assert set(rows.select("model", "site", "pooler", "layer").rows()) == {("tiny", "", "", None)}
    tokenizer = AutoTokenizer.from_pretrained(base / "tiny")
    oracles = {
        ("cats", "LDA"): LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"),
        ("sizes", "Ridge"): Ridge(alpha=2.0),
    }
    plan = json.loads(folder.plan.read_text())
    for (dataset, classifier), oracle in oracles.items():
        path = base / f"{dataset}.jsonl"
        data = datasets.load(DatasetSpec(str(path)), path)
        X = np.array([[len(tokenizer(one)["input_ids"]), len(one)] for one in data.texts])
        fitted, predicted = make_pipeline(StandardScaler(), oracle), np.empty(len(X))
        right = []
        for fold in plan["folds"][dataset]["task"]:
            test = np.array(fold["test"])
            train = np.setdiff1d(np.arange(len(X)), test)
            predicted[test] = fitted.fit(X[train], data.targets[train]).predict(X[test])
            right.append(np.mean(predicted[test] == data.targets[test]))
        [row] = rows.filter(dataset=dataset, classifier=classifier).rows(named=True)
        if dataset == "cats":
            assert row["accuracy"] == pytest.approx(np.mean(right))
        else:
            assert row["r2"] == pytest.approx(r2_score(data.targets, predicted), abs=1e-6)


def test_a_bag_of_words_is_one_row_for_a_dataset(base: Path, run: Callable[..., RunFolder]) -> None:
    both = f'["{base}/cats.jsonl", "{base}/sizes.jsonl"]'
    folder = run(controls='["bag_of_words"]', datasets=both, classifiers=RIDGE)
    rows = results([viewed(folder)]).filter(control="bag_of_words")
    assert rows.select("dataset", "model", "classifier", "layer").rows() == [
        ("cats", "", "", None), ("sizes", "", "", None)
    ]  # fmt: skip
    assert rows["accuracy"][0] > 0.9  # the label is whether a word is there
    kept = viewed(folder).state.cells
    chosen = {tuple(one.folds[0].chosen) for one in kept.values() if one.folds[0].control}
    assert chosen == {("C",), ("alpha",)}


def test_a_tokenizer_that_breaks_fails_the_length_alone(
    base: Path, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("no such luck")

    monkeypatch.setattr("probing.engine.experiment.dataset_tokens.tokens_of", broken)
    folder = new_run(base, tmp_path / "logs", controls='["length", "majority"]')
    assert execute(folder, specs.load(folder.spec), folder.path) == 5
    [reason] = viewed(folder).state.failures.values()
    assert "length on cats: ValueError: no such luck" in reason
    assert set(results([viewed(folder)])["control"]) == {"", "majority"}


def test_it_stands_where_the_model_cannot_be_had(
    base: Path, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ModelError("cannot be had", where="tiny")

    monkeypatch.setattr("probing.engine.models.LMModel.from_spec", refuse)
    folder = new_run(base, tmp_path / "logs", controls='["majority"]')
    assert execute(folder, specs.load(folder.spec), folder.path) == 3
    state = viewed(folder).state
    assert (state.n_done, state.n_failed) == (1, 4)
    assert list(results([viewed(folder)])["control"]) == ["majority"]


def test_one_that_breaks_fails_alone(
    base: Path, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("no such luck")

    monkeypatch.setattr("probing.engine.controls.Majority.fit", broken)
    folder = new_run(base, tmp_path / "logs", controls='["majority"]')
    assert execute(folder, specs.load(folder.spec), folder.path) == 5
    [reason] = viewed(folder).state.failures.values()
    assert reason == "ValueError: no such luck"
    assert set(results([viewed(folder)])["control"]) == {""}


def test_a_resumed_run_computes_only_what_is_missing(
    base: Path, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    folder = new_run(base, tmp_path / "logs", controls='["majority"]')
    with monkeypatch.context() as patched:
        patched.setattr("probing.engine.models.LMModel.from_spec", interrupt)
        with pytest.raises(KeyboardInterrupt):
            execute(folder, specs.load(folder.spec), folder.path)
    assert viewed(folder).state.n_done == 1
    with monkeypatch.context() as patched:
        patched.setattr("probing.engine.controls.Majority.fit", interrupt)
        assert execute(folder, specs.load(folder.spec), folder.path) == 0
    assert viewed(folder).state.n_done == 5
