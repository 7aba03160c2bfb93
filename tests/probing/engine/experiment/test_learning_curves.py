"""Learning curves against a plain loop of scikit-learn's fits on the same parts, and real runs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import tomli_w
import torch
from scipy.stats import norm
from sklearn.linear_model import LogisticRegression as Reference
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

from probing import PoolToken, RunExperiments, evaluator, learning_curves
from probing import spec as specs
from probing.engine.blocks import Block
from probing.engine.classifiers import load
from probing.engine.experiment import execute
from probing.engine.experiment.block_fits import cell_fits, fittings
from probing.engine.experiment.learning_curves.part_fits import LearningCurves
from probing.engine.experiment.learning_curves.part_maker import PartMaker
from probing.engine.experiment.scoring.fold_scores import Reading, score
from probing.engine.experiment.scoring.pools import Pools
from probing.engine.splits import Labelling, inner_folds, make_folds, nested_parts
from probing.events import CellLearned
from probing.logs import RunFolder, RunView
from probing.logs.details.learning_curves import law_of
from probing.plan import Cell
from probing.spec import ClassifierSpec
from probing.uncertainty import NoPowerLawError
from tui.cli import main

FRACTIONS = (0.1, 0.2, 0.5)


def labelling_of(targets: Any, groups: Any, seed: int = 0) -> Labelling:
    folds = make_folds(targets, groups, "binary", n_folds=4, val_size=0.0, seed=seed)
    inner = tuple(inner_folds(one.train, targets, groups, "binary", seed) for one in folds)
    return Labelling("", 0, targets, folds, inner, seed)


def learned(
    X: Any, targets: Any, groups: Any, entry: ClassifierSpec, fractions: Any, seed: int = 0
) -> CellLearned:
    """The learning curve of a cell, by the way that runs take."""
    features = torch.from_numpy(X.astype(np.float32))[None, :, None]
    labelling = labelling_of(targets, groups, seed)
    block = Block(features, (labelling,), groups, "binary", 2, "standard")
    cell = Cell("data", "binary", "model", "resid", "mean", 0, entry.name, "")
    fitted, reading = fittings(load(entry, Path()), block, [[cell]]), Reading(0, 0)
    whole = Pools(block)
    for one in cell_fits(fitted[0]):
        assert not hasattr(one.fit, "reason")
        whole.add(cell, labelling, score(one, one.fit, block, reading, 0))
    curves = LearningCurves(block, PartMaker(fractions), score, lambda _: reading, 0)
    assert not curves.fit(fitted, [])
    (event,) = curves.events([cell.id], whole)
    return event


def drawn(n: int, d: int = 6, seed: int = 0, distance: float = 1.5) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    targets = rng.permutation(np.arange(n) % 2)
    X = rng.standard_normal((n, d))
    X[:, 0] += distance * targets
    return X.astype(np.float32).astype(np.float64), targets


def plain_scores(X: Any, targets: Any, fold: Any, inner: Any) -> tuple[float, float]:
    """Accuracy and AUROC of one fold: scale, C and fit by its training rows alone."""
    rows, strengths = fold.train, np.logspace(-4, 4, 10)

    X = StandardScaler().fit(X[rows]).transform(X)

    def fitted(C: float, train: Any) -> Any:
        model = Reference(C=C, solver="newton-cholesky", tol=1e-10, max_iter=500)
        return model.fit(X[train], targets[train])

    losses = []
    for C in strengths:
        total = 0.0
        for at in np.unique(inner):
            held = rows[inner == at]
            chances = fitted(C, rows[inner != at]).predict_proba(X[held])
            total -= np.log(chances[np.arange(len(held)), targets[held]]).sum()
        losses.append(total)
    model = fitted(strengths[int(np.argmin(losses))], rows)
    scores = model.decision_function(X[fold.test])
    hits = (scores > 0) == targets[fold.test]
    return float(hits.mean()), float(roc_auc_score(targets[fold.test], scores))


def test_it_is_a_loop_of_plain_fits_on_the_parts() -> None:
    X, targets = drawn(320)
    groups = np.arange(320) // 2
    fractions = (0.1, 0.5)
    found = learned(X, targets, groups, ClassifierSpec("LogisticRegression"), fractions)
    labelling = labelling_of(targets, groups)
    wholes = [part.labelling for part in nested_parts(labelling, groups, "binary", fractions)]
    assert found.fractions == (*fractions, 1.0)
    for at, one in enumerate([*wholes, labelling]):
        scores = [plain_scores(X, targets, f, i) for f, i in zip(one.folds, one.inner, strict=True)]
        accuracy, auroc = np.mean(scores, axis=0)
        assert found.values["accuracy"][at] == pytest.approx(accuracy, abs=1e-9)
        assert found.values["auroc"][at] == pytest.approx(auroc, abs=1e-6)
        assert found.n_train[at] == round(np.mean([len(fold.train) for fold in one.folds]))
        low, high = found.lows["accuracy"][at], found.highs["accuracy"][at]
        assert low is not None and high is not None and low < accuracy < high
    assert found.n_tested == 320 and not found.reasons
    assert len(found.covariances["accuracy"]) == 6


def test_a_part_that_cannot_be_fitted_is_a_reason_and_the_others_stay() -> None:
    X, targets = drawn(60)
    found = learned(X, targets, np.arange(60), ClassifierSpec("LDA"), (0.02, 0.5))
    assert set(found.reasons) == {"0.02"} and "too few" in found.reasons["0.02"]
    assert found.values["accuracy"][0] is None and found.values["accuracy"][1] is not None
    assert found.covariances["accuracy"][0] is None and found.covariances["accuracy"][2] is not None


def test_intervals_hold_the_expected_score_of_so_many_texts() -> None:
    """Of LDA at known features: the score that many trained probes have on endlessly many texts."""
    told, expected = [], []
    for seed in range(20):
        X, targets = drawn(240, d=20, seed=seed, distance=2.0)
        found = learned(X, targets, np.arange(240), ClassifierSpec("LDA"), FRACTIONS, seed)
        told.append([found.lows["accuracy"], found.highs["accuracy"]])
        expected.append(found.values["accuracy"])
    lows, highs = np.array(told, dtype=float).transpose(1, 0, 2)
    wanted = np.mean(np.array(expected, dtype=float), axis=0)  # unbiased for each size
    covered = ((lows <= wanted) & (wanted <= highs)).sum(axis=0)
    # fewer than 17 of 20 have a chance of 1/60 where 95 % are covered
    assert (covered >= 17).all() and wanted[0] < wanted[-1] - 0.05


def test_the_asymptote_is_the_accuracy_of_the_best_rule() -> None:
    """Two Gaussians a known distance apart, of which no rule tells more than Φ(distance / 2)."""
    best = norm.cdf(1.0)
    covered = []
    for seed in range(12):
        X, targets = drawn(1200, d=30, seed=seed, distance=2.0)
        found = learned(X, targets, np.arange(1200), ClassifierSpec("LDA"), (0.05, 0.1, 0.2, 0.4))
        try:
            asymptote = law_of(found, "accuracy").asymptote
        except NoPowerLawError:
            continue
        covered.append(asymptote.low <= best <= asymptote.high)
    assert len(covered) >= 8 and np.mean(covered) >= 0.8


def run(fractions: tuple[float, ...]) -> RunExperiments:
    data = ["cats.jsonl", "sizes.jsonl"]
    classifiers = ["LDA", "Ridge"]
    poolers = [PoolToken(layer=0), PoolToken(layer=2)]
    controls = ("majority", "shuffled_labels", "bag_of_words", "random_direction")
    one = RunExperiments(
        2, data, poolers, classifiers, ["tiny"], evaluator, "cpu",
        controls=controls, n_shuffles=1, learning_curve=fractions,
    )  # fmt: skip
    return one.run_all()


@pytest.fixture(scope="module")
def made(folder: Path) -> RunExperiments:
    return run((0.5, 0.25, 1.0, 0.25))


@pytest.fixture(scope="module")
def plain(folder: Path) -> RunExperiments:
    return run(())


def view_of(made: RunExperiments) -> RunView:
    assert made.run_ is not None
    view = RunView(made.run_)
    view.skim()
    return view


def test_a_run_has_a_row_for_each_metric_and_size(made: RunExperiments) -> None:
    frame = learning_curves([view_of(made)])
    assert sorted(frame["fraction"].unique()) == [0.25, 0.5, 1.0]
    assert set(frame["control"]) == {"", "majority", "bag_of_words", "random_direction"}
    whole = frame.filter(pl.col("fraction") == 1, pl.col("control") == "")
    keys = ("dataset", "classifier", "layer")
    for row in whole.filter(pl.col("metric").is_in(["auroc", "r2"])).iter_rows(named=True):
        (cell,) = made.results.filter(
            pl.col("control") == "", *(pl.col(key) == row[key] for key in keys)
        ).iter_rows(named=True)
        metric = row["metric"]
        assert [row["value"], row["low"], row["high"], row["n_train"]] == [
            cell[metric], cell[f"{metric}_low"], cell[f"{metric}_high"], cell["n_train"],
        ]  # fmt: skip
    assert all(one.startswith("no power law: a power law needs") for one in whole["reason"])
    sizes = frame.filter(pl.col("dataset") == "cats").group_by("fraction").agg(pl.col("n_train"))
    counts = {fraction: set(n) for fraction, n in sizes.iter_rows()}
    assert counts[0.25] <= {19, 20, 21} and counts[0.5] <= {39, 40, 41} and counts[1.0] == {80}


def test_it_changes_no_other_number(made: RunExperiments, plain: RunExperiments) -> None:
    assert plain.results.drop("run").equals(made.results.drop("run"))


def test_the_table_of_the_run_is_what_the_log_says(made: RunExperiments) -> None:
    assert made.run_ is not None
    kept = pl.read_parquet(made.run_.learning_curves)
    frame = learning_curves([view_of(made)])
    same = [name for name in kept.columns if name != "reason"]
    assert kept.select(same).equals(frame.select(same))
    assert not (made.run_.path / "learning_curves.parquet").is_symlink()


def test_a_resumed_run_has_the_same_curves(made: RunExperiments, folder: Path) -> None:
    assert made.run_ is not None
    lines = made.run_.events.read_bytes().splitlines(keepends=True)
    blocks = [at for at, line in enumerate(lines) if b'"kind":"block_done"' in line]
    cut = folder / "logs" / "cut"
    shutil.copytree(made.run_.path, cut)
    # killed between the curves of a block and its end
    (cut / "events.jsonl").write_bytes(b"".join(lines[: blocks[3] - 1]))
    again = RunFolder(cut)
    assert execute(again, specs.load(again.spec), again.path) == 0

    def curves(path: Path) -> dict[str, Any]:
        known = map(json.loads, (path / "events.jsonl").read_text().splitlines())
        cells = {one["cell"]: one for one in known if one["kind"] == "cell_learned"}
        apart = ("seq", "time", "crc", "attempt")
        return {
            cell: {key: value for key, value in one.items() if key not in apart}
            for cell, one in cells.items()
        }

    assert curves(cut) == curves(made.run_.path)


def test_the_command_prints_draws_and_filters_them(
    made: RunExperiments, capsys: pytest.CaptureFixture[str]
) -> None:
    assert made.run_ is not None
    logs = str(made.run_.path.parent.absolute())
    asked = ["results", "--logs", logs, "--run", made.run_.name, "--learning"]
    assert main([*asked, "--format", "csv", "--where", "metric=auroc fraction<1 control="]) == 0
    printed = pl.read_csv(capsys.readouterr().out.encode())
    assert set(printed["metric"]) == {"auroc"} and printed["fraction"].max() == 0.5
    assert main([*asked, "--where", "dataset=cats"]) == 0
    text = capsys.readouterr().out
    assert "accuracy by training texts" in text and "n within 0.01" in text
    assert main([*asked, "--within", "0"]) == 2


def test_a_run_without_curves_says_how_to_ask(
    plain: RunExperiments, capsys: pytest.CaptureFixture[str]
) -> None:
    assert plain.run_ is not None and not plain.run_.learning_curves.exists()
    logs = str(plain.run_.path.parent.absolute())
    assert main(["results", "--logs", logs, "--run", plain.run_.name, "--learning"]) == 0
    assert "learning_curve = [" in capsys.readouterr().err


def test_the_cost_counts_their_fits(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = {
        "datasets": [str(base / "cats.jsonl")],
        "models": [str(base / "tiny")],
        "poolers": ["mean"],
        "classifiers": ["LogisticRegression"],
        "controls": ["shuffled_labels"],
        "n_folds": 5,
    }
    file = base / "curve_costs.toml"
    file.write_text(tomli_w.dumps(spec))
    costs = []
    for more in ([], ["--set", "learning_curve=[0.1, 0.5]"]):
        assert main(["--batch", str(file), "--dry-run", "--json", *more]) == 0
        costs.append(json.loads(capsys.readouterr().out)["cost"])
    n_layers = costs[0]["n_cells"] // 2
    assert costs[1]["n_fits"] - costs[0]["n_fits"] == 2 * 5 * n_layers
    assert costs[1]["fits_s"] > costs[0]["fits_s"]
