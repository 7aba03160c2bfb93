"""Cosines and agreement against directions of scikit-learn's fits on the run's own folds."""

from __future__ import annotations

import json
import shutil
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score
from sklearn.preprocessing import StandardScaler

from probing import LMModel, NLPDataset, PoolMean, RunExperiments, evaluator
from probing.engine.experiment.scoring.stability import (
    agreement,
    cosine_of_folds,
    cosine_of_layers,
    directions_of,
)
from probing.spec import ClassifierSpec

COLUMNS = (
    "cosine_folds", "cosine_previous_layer", "agreement_previous_layer", "kappa_previous_layer",
)  # fmt: skip
CLASSIFIERS = [ClassifierSpec("LogisticRegression", {"C": 0.01}), ClassifierSpec("KNN")]


@pytest.fixture(scope="module")
def made(base: Path, tmp_path_factory: pytest.TempPathFactory) -> RunExperiments:
    folder = tmp_path_factory.mktemp("stability")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("PROBE_TUI_CACHE", str(folder / "cache"))
        shutil.copytree(base / "tiny", folder / "tiny")
        for name in ("cats.jsonl", "sizes.jsonl"):
            shutil.copy(base / name, folder)
        one = RunExperiments(
            4, ["cats.jsonl", "sizes.jsonl"], [PoolMean(layer="each")],
            [*CLASSIFIERS, "Ridge"], ["tiny"], evaluator, "cpu",
            controls=["shuffled_labels", "random_direction"], n_shuffles=2, stability=True,
        )  # fmt: skip
        one.run_all()
        one.made_in = folder  # type: ignore[attr-defined]
        return one


def plain_directions(made: Any, layer: int) -> Any:
    """The unit direction of each fold `[n_folds, d]`, in the units of the features."""
    folder = made.made_in
    data = NLPDataset(folder / "cats.jsonl")
    data.load_embeds_into_memory(LMModel(str(folder / "tiny"), "cpu"), PoolMean(layer=layer))
    X, targets = data.features.numpy().astype(np.float64), np.asarray(data.targets)
    found = []
    for fold in json.loads(made.run_.plan.read_text())["folds"]["cats"]["task"]:
        rows = np.setdiff1d(np.arange(len(X)), fold["test"])
        scaler = StandardScaler().fit(X[rows])
        model = LogisticRegression(C=0.01, solver="newton-cholesky", tol=1e-12)
        weights = model.fit(scaler.transform(X[rows]), targets[rows]).coef_[0] / scaler.scale_
        found.append(weights / np.linalg.norm(weights))
    return np.array(found)


def test_cosines_are_those_of_scikit_learns_directions(made: RunExperiments) -> None:
    rows = made.results.filter(
        pl.col("dataset") == "cats",
        pl.col("classifier").str.starts_with("LogisticRegression"),
        pl.col("control") == "",
    ).sort("layer")
    below = None
    for row in rows.iter_rows(named=True):
        found = plain_directions(made, row["layer"])
        wanted = np.mean([a @ b for a, b in combinations(found, 2)])
        assert row["cosine_folds"] == pytest.approx(wanted, abs=1e-4)
        if below is None:
            assert row["cosine_previous_layer"] is None
        else:
            wanted = (found * below).sum(axis=1).mean()
            assert row["cosine_previous_layer"] == pytest.approx(wanted, abs=1e-4)
        below = found


def test_agreement_is_that_of_the_predictions(made: RunExperiments) -> None:
    assert made.run_ is not None
    keys = ["fold", "text"]
    table = pl.read_parquet(made.run_.predictions).filter(
        pl.col("dataset") == "cats", pl.col("control") == ""
    )
    for row in made.results.filter(
        pl.col("dataset") == "cats", pl.col("control") == "", pl.col("layer") > 0
    ).iter_rows(named=True):
        of_classifier = table.filter(pl.col("classifier") == row["classifier"])
        below, own = (
            of_classifier.filter(pl.col("layer") == at).sort(keys)["prediction"].to_numpy()
            for at in (row["layer"] - 1, row["layer"])
        )
        assert row["agreement_previous_layer"] == pytest.approx((below == own).mean())
        kappa = cohen_kappa_score(below, own)
        if np.isfinite(kappa):
            assert row["kappa_previous_layer"] == pytest.approx(kappa)


def test_what_has_none_is_empty_with_the_reason(made: RunExperiments) -> None:
    got = made.results
    knn = got.filter(pl.col("classifier") == "KNN", pl.col("dataset") == "cats")
    assert knn["cosine_folds"].is_null().all() and knn["agreement_previous_layer"].count() > 0
    undrawn = knn.filter(pl.col("control") != "random_direction")
    assert undrawn["flags"].str.contains("no direction: the classifier is not linear").all()
    numbers = got.filter(
        pl.col("dataset") == "sizes",
        pl.col("classifier") == "Ridge",
        pl.col("control") != "random_direction",
    )
    assert numbers["cosine_folds"].null_count() == 0
    assert numbers["agreement_previous_layer"].is_null().all()
    drawn = got.filter(pl.col("control") == "random_direction")
    assert drawn.height and drawn["cosine_folds"].is_null().all()
    assert drawn["flags"].str.contains("every fold draws a feature of its own").all()
    lowest = got.filter(pl.col("layer") == 0)
    assert lowest.select(COLUMNS[1:]).null_count().sum_horizontal().item() == 3 * lowest.height


def test_it_changes_no_other_number_and_costs_nothing_unasked(
    made: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(made.made_in)
    monkeypatch.setenv("PROBE_TUI_CACHE", str(made.made_in / "cache"))
    plain = RunExperiments(
        4, ["cats.jsonl", "sizes.jsonl"], [PoolMean(layer="each")],
        [*CLASSIFIERS, "Ridge"], ["tiny"], evaluator, "cpu",
        controls=["shuffled_labels", "random_direction"], n_shuffles=2,
    ).run_all().results  # fmt: skip
    apart = ["run", "flags", *COLUMNS]
    assert plain.drop(apart).equals(made.results.drop(apart))
    assert plain.select(COLUMNS).null_count().sum_horizontal().item() == 4 * plain.height


def test_directions_of_several_classes_do_not_depend_on_a_common_part() -> None:
    rng = np.random.default_rng(0)
    weights = rng.standard_normal((3, 5))
    moved = directions_of(weights + rng.standard_normal(5))
    assert np.allclose(moved, directions_of(weights), atol=1e-6)
    assert np.allclose(np.linalg.norm(moved, axis=1), 1)


def test_cosines_by_hand() -> None:
    one, other = np.array([[1.0, 0.0]]), np.array([[0.0, 2.0]])
    folds = np.stack([directions_of(one), directions_of(one), directions_of(other)])
    assert cosine_of_folds(folds) == pytest.approx(1 / 3)
    assert cosine_of_folds(folds[:1]) is None
    assert cosine_of_folds(np.zeros_like(folds)) is None
    assert cosine_of_layers(folds, -folds) == pytest.approx(-1)
    assert cosine_of_layers(folds, folds[:, :, :1]) is None  # layers of two widths
    assert cosine_of_layers(None, folds) is None


def test_agreement_is_of_the_same_texts_whatever_their_order() -> None:
    lower = {"fold": [0, 0, 1, 1], "text": [2, 0, 1, 3], "prediction": [0, 1, 1, 0]}
    order = [3, 1, 0, 2]
    upper = {name: [values[at] for at in order] for name, values in lower.items()}
    assert agreement(lower, upper) == (1.0, 1.0)
    assert agreement(lower, {**upper, "text": [9, 0, 2, 1]}) == (None, None)
    constant = {**lower, "prediction": [1, 1, 1, 1]}
    assert agreement(constant, constant) == (1.0, None)
