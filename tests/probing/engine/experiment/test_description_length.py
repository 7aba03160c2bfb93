"""Description lengths against the paper's sum over a plain loop of scikit-learn's fits."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from sklearn.linear_model import LogisticRegression as Reference
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from probing import PoolToken, RunExperiments, evaluator
from probing.engine.blocks import Block, FoldFit
from probing.engine.classifiers import load
from probing.engine.experiment.description_length.code_fits import coded
from probing.engine.experiment.description_length.code_pieces import code_fits
from probing.engine.splits import Coding, Labelling, inner_folds, make_coding, make_folds
from probing.spec import ClassifierSpec
from probing.uncertainty import interval
from tui.cli import main

FRACTIONS = (0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.0625, 0.125, 0.25, 0.5, 1.0)


def coding_of(
    targets: Any, groups: Any, task: str = "binary", seed: int = 0, **more: Any
) -> tuple[Labelling, Coding]:
    folds = make_folds(targets, groups, task, n_folds=3, val_size=0.0, seed=seed, **more)
    inner = tuple(inner_folds(one.whole.train, targets, groups, task, seed) for one in folds)
    labelling = Labelling("", 0, targets, folds, inner, seed)
    return labelling, make_coding(labelling, groups, task, 0.0, seed)


def block_of(X: Any, targets: Any, groups: Any, n_classes: int) -> Block:
    task = "binary" if n_classes == 2 else "multiclass"
    features = torch.from_numpy(X.astype(np.float32))[None, :, None]
    return Block(features, (), groups, task, n_classes, "standard")


def drawn(n: int, n_classes: int, seed: int = 0) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    targets = rng.integers(0, n_classes, n)
    return rng.standard_normal((n, 8)) + 1.5 * np.eye(8)[targets], targets


def plain_bits(X: Any, targets: Any, rows: Any, n_classes: int, C: float) -> Any:
    """Each text's bits: uniform in the first part, then by a probe of all parts before."""
    ends = sorted({round(one * len(rows)) for one in FRACTIONS} - {0})
    bits = np.full(len(targets), np.log2(n_classes))
    for start, end in pairwise(ends):
        sent, next_part = rows[:start], rows[start:end]
        counts = np.bincount(targets[sent], minlength=n_classes)
        if counts.min() < 2:
            continue
        model = Reference(C=C, solver="newton-cholesky", tol=1e-12, max_iter=1000)
        shares = make_pipeline(StandardScaler(), model).fit(X[sent], targets[sent])
        found = shares.predict_proba(X[next_part])[np.arange(len(next_part)), targets[next_part]]
        bits[next_part] = -np.log2(found)
    return bits


@pytest.mark.parametrize("n_classes", [2, 4])
def test_it_is_the_sum_of_the_papers_formula(n_classes: int) -> None:
    X, targets = drawn(500, n_classes)
    groups, task = np.arange(500), "binary" if n_classes == 2 else "multiclass"
    X = X.astype(np.float32).astype(np.float64)
    _, coding = coding_of(targets, groups, task)
    classifier = load(ClassifierSpec("LogisticRegression", {"C": 0.1}), Path())
    found = coded(classifier, block_of(X, targets, groups, n_classes), [coding])[0, 0]
    bits = plain_bits(X, targets, coding.rows, n_classes, 0.1)
    assert found.values["description_length"] == pytest.approx(bits.sum(), rel=1e-5)
    uniform = 500 * np.log2(n_classes)
    assert found.values["compression"] == pytest.approx(uniform / bits.sum(), rel=1e-5)
    assert found.values["compression"] > 1.2


def test_every_text_is_sent_once_and_groups_are_whole() -> None:
    groups = np.arange(400) // 4
    targets = np.arange(400) % 2
    _, coding = coding_of(targets, groups)
    assert sorted(coding.rows) == list(range(400))
    assert (np.diff(np.flatnonzero(np.diff(groups[coding.rows], prepend=-1))) == 4).all()
    tested = [fold.test for fold in coding.labelling.folds]
    assert sum(map(len, tested)) == len(np.unique(np.concatenate(tested)))
    for before, after in pairwise(coding.labelling.folds):
        assert set(after.train) == set(before.train) | set(before.test)
        assert not set(groups[after.train]) & set(groups[after.test])
    assert [len(fold.train) for fold in coding.labelling.folds][-4:] == [24, 48, 100, 200]


def test_fits_of_few_texts_name_them_as_the_block_does() -> None:
    X, targets = drawn(400, 2)
    _, coding = coding_of(targets, np.arange(400))
    classifier = load(ClassifierSpec("LDA"), Path())
    fits = list(code_fits(classifier, block_of(X, targets, np.arange(400), 2), [coding]))
    assert len(fits) == len(coding.labelling.folds) > 5
    for fit in fits:
        assert isinstance(fit, FoldFit) and fit.seen is not None
        trained = set(coding.labelling.folds[fit.fold].train)
        assert set(fit.seen.texts) <= trained
        assert fit.held_out is None or set(fit.held_out.texts) == trained
    assert any(isinstance(fit, FoldFit) and fit.held_out is not None for fit in fits)


def test_the_order_knows_nothing_of_the_labels() -> None:
    groups = np.arange(100)
    _, first = coding_of(np.arange(100) % 2, groups)
    _, second = coding_of(np.arange(100) // 50, groups)
    assert (first.rows == second.rows).all()


def test_a_given_test_part_is_not_sent() -> None:
    targets, groups = np.arange(80) % 2, np.arange(80)
    given = ["test" if at >= 60 else "val" if at >= 50 else "train" for at in range(80)]
    _, coding = coding_of(targets, groups, split="given", given=given)
    assert sorted(coding.rows) == list(range(60))


def test_what_cannot_be_fitted_is_sent_by_the_uniform_code() -> None:
    targets = (np.arange(40) == 3).astype(np.int64)
    groups = np.arange(40)
    coding = make_coding(Labelling("", 0, targets, (), (), 0), groups, "binary", 0.0, 0)
    assert coding.labelling.folds == ()
    X, _ = drawn(40, 2)
    found = coded(load(ClassifierSpec("LDA"), Path()), block_of(X, targets, groups, 2), [coding])[
        0, 0
    ]
    assert not found.values and "enough to train on" in found.reasons["compression"]


def test_a_classifier_without_probabilities_says_so() -> None:
    X, targets = drawn(200, 2)
    _, coding = coding_of(targets, np.arange(200))
    found = coded(
        load(ClassifierSpec("NearestCentroid"), Path()),
        block_of(X, targets, np.arange(200), 2),
        [coding],
    )[0, 0]
    assert found.reasons["description_length"] == "the classifier gives no probabilities"


@pytest.mark.parametrize("n_groups", [600, 100])
def test_intervals_hold_the_expected_length(n_groups: int) -> None:
    """Texts of a group share most of their features; of 600 groups each is a text."""
    told = []
    classifier = load(ClassifierSpec("LogisticRegression", {"C": 0.1}), Path())
    groups = np.arange(600) * n_groups // 600
    for seed in range(30):
        rng = np.random.default_rng(seed)
        targets = rng.permutation(np.arange(600) % 2)
        noise = rng.standard_normal((600, 5)) + 1.2 * rng.standard_normal((n_groups, 5))[groups]
        X = noise / np.sqrt(1 + 1.2**2) + np.eye(5)[targets]
        _, coding = coding_of(targets, groups, seed=seed)
        found = coded(classifier, block_of(X, targets, groups, 2), [coding])[0, 0]
        score = found.scores["description_length"]
        told.append((score.value, *interval("description_length", score)))
    values, lows, highs = np.array(told).T
    covered = (lows < values.mean()) & (values.mean() < highs)
    assert covered.sum() >= 25  # fewer of 30 have a chance of 1/300 where 95 % are covered


def run(description_length: bool) -> RunExperiments:
    data = ["cats.jsonl", "sizes.jsonl"]
    classifiers = ["LogisticRegression", "LinearSVM", "Ridge"]
    poolers = [PoolToken(layer=3)]
    controls = ("majority", "shuffled_labels")
    one = RunExperiments(
        4, data, poolers, classifiers, ["tiny"], evaluator, "cpu",
        controls=controls, n_shuffles=1, description_length=description_length,
    )  # fmt: skip
    return one.run_all()


@pytest.fixture(scope="module")
def made(folder: Path) -> RunExperiments:
    return run(True)


def test_a_run_has_it_in_its_results(made: RunExperiments) -> None:
    got = made.results
    task = got.filter((pl.col("control") == "") & (pl.col("classifier") == "LogisticRegression"))
    assert task.height and task["description_length"].null_count() == 0
    assert (task["description_length_low"] < task["description_length"]).all()
    assert (task["compression"] < task["compression_high"]).all()
    assert (task["compression_band_low"] <= task["compression_low"]).all()
    n_texts = task["n_texts"][0]
    assert (task["compression"] * task["description_length"] / n_texts - 1).abs().max() < 1e-9
    best = task["compression"].max()
    others = {
        name: got.filter(pl.col("control") == name) for name in ("majority", "shuffled_labels")
    }
    for rows in others.values():
        kept = rows.filter(pl.col("classifier") == "LogisticRegression")
        assert kept["compression"].null_count() == 0 and kept["compression"].max() < best
    assert (
        got.filter(pl.col("classifier") == "LinearSVM", pl.col("control") == "")[
            "compression"
        ].null_count()
        > 0
    )
    assert got.filter(pl.col("task") == "regression")["compression"].drop_nulls().is_empty()


def test_it_changes_no_other_number(made: RunExperiments) -> None:
    plain = run(False).results
    own = [name for name in plain.columns if "description_length" in name or "compression" in name]
    assert plain["compression"].is_null().all()
    apart = [*own, "run", "flags"]
    assert plain.drop(apart).equals(made.results.drop(apart))


def test_the_cost_counts_its_fits(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = {
        "datasets": [str(base / "cats.jsonl")],
        "models": [str(base / "tiny")],
        "poolers": ["mean"],
        "classifiers": ["LogisticRegression"],
        "controls": [],
        "n_folds": 5,
    }
    import tomli_w

    file = base / "costs.toml"
    file.write_text(tomli_w.dumps(spec))
    counts = []
    for more in ([], ["--set", "description_length=true"]):
        assert main(["--batch", str(file), "--dry-run", "--json", *more]) == 0
        counts.append(json.loads(capsys.readouterr().out)["cost"])
    cells = counts[0]["n_cells"]
    assert counts[1]["n_fits"] - counts[0]["n_fits"] == 10 * cells
