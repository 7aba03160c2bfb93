"""Pooled metrics of real runs: those of the out-of-fold predictions, everywhere the same."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn import metrics as sk

from probing import PoolToken, RunExperiments, evaluator
from probing.logs import RunView
from probing.spec import DatasetSpec


@pytest.fixture
def folder(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PROBE_TUI_CACHE", str(tmp_path / "cache"))
    shutil.copytree(base / "tiny", tmp_path / "tiny")
    for name in ("cats.jsonl", "sizes.jsonl"):
        shutil.copy(base / name, tmp_path)
    return tmp_path


def cats() -> list[dict[str, object]]:
    return [json.loads(line) for line in Path("cats.jsonl").read_text().splitlines()]


def made(data: str | DatasetSpec, classifier: str, **more: object) -> RunExperiments:
    controls = more.pop("controls", ("majority", "shuffled_labels"))
    options = {"controls": controls, "n_shuffles": 2, **more}
    scorer = options.pop("evaluator", evaluator)
    poolers = [PoolToken(layer=1)]
    one = RunExperiments(4, [data], poolers, [classifier], ["tiny"], scorer, "cpu", **options)  # type: ignore[arg-type]
    return one.run_all()


def of_task(one: RunExperiments) -> tuple[dict[str, float], pl.DataFrame, pl.DataFrame]:
    """The task's results, its folds and its predictions as the run's files hold them."""
    assert one.run_ is not None
    is_task = pl.col("control") == ""
    tables = (pl.read_parquet(path).filter(is_task)
              for path in (one.run_.scores, one.run_.predictions))  # fmt: skip
    return one.results.filter(is_task).row(0, named=True), *tables


def test_a_classification_is_pooled(folder: Path) -> None:
    one = made("cats.jsonl", "LDA")
    got, folds, predicted = of_task(one)
    true, decided = predicted["target"] == "true", predicted["prediction"] == "true"
    assert got["f1"] == pytest.approx(sk.f1_score(true, decided))
    assert got["precision"] == pytest.approx(sk.precision_score(true, decided))
    assert got["recall"] == pytest.approx(sk.recall_score(true, decided))
    for metric in ("f1", "ece", "average_precision", "f1_tuned"):
        assert folds[f"{metric}_pooled"].mean() == pytest.approx(got[metric])
        assert got[f"{metric}_low"] <= got[metric] <= got[f"{metric}_high"]
    for metric in ("accuracy", "auroc", "brier", "balanced_accuracy"):
        assert folds[metric].mean() == pytest.approx(got[metric])
    shuffled = pl.read_parquet(one.run_.scores).filter(pl.col("control") == "shuffled_labels")
    by_permutation = shuffled.group_by("permutation").agg(pl.col("f1_pooled").mean())
    row = one.results.filter(pl.col("control") == "shuffled_labels")
    assert row["f1"].item() == pytest.approx(by_permutation["f1_pooled"].mean())


@pytest.mark.parametrize("split", ["kfold", "shuffle"])
def test_a_regression_is_pooled(folder: Path, split: str) -> None:
    got, folds, predicted = of_task(made("sizes.jsonl", "Ridge", split=split, controls=()))
    true = predicted["target"].cast(pl.Float64)
    assert got["r2"] == pytest.approx(sk.r2_score(true, predicted["score"]))
    assert folds["r2_pooled"].mean() == pytest.approx(got["r2"])
    assert got["mse"] == pytest.approx(folds["mse"].mean())


def test_metrics_of_a_users_own_are_means_over_folds(folder: Path) -> None:
    def own(predictions: object, classification: bool) -> dict[str, float]:
        return {"f1": float(evaluator(predictions, classification)["f1"]) / 2}  # type: ignore[arg-type]

    got, folds, _ = of_task(made("cats.jsonl", "LDA", evaluator=own))
    assert got["f1"] == pytest.approx(folds["f1"].mean())
    assert folds["f1_pooled"].null_count() == len(folds)


def test_a_given_split_has_nothing_to_pool(folder: Path) -> None:
    rows = cats()
    parts = [{**row, "split": "test" if at % 4 == 0 else "train"} for at, row in enumerate(rows)]
    Path("given.jsonl").write_text("\n".join(map(json.dumps, parts)))
    got, folds, predicted = of_task(made("given.jsonl", "LDA", split="given", controls=()))
    assert got["f1"] == folds["f1"].item() and got["n_folds"] == 1
    assert got["n_texts"] == len(predicted) == got["n_test"] < len(rows)
    true, decided = predicted["target"] == "true", predicted["prediction"] == "true"
    assert got["f1"] == pytest.approx(sk.f1_score(true, decided))
    assert got["f1_low"] < got["f1"] < got["f1_high"]


def test_pools_are_committed_with_their_block(folder: Path) -> None:
    one = made("cats.jsonl", "LDA", controls=())
    assert one.run_ is not None
    kinds = [json.loads(line)["kind"] for line in one.run_.events.read_text().splitlines()]
    at = kinds.index("block_done")
    assert kinds[at - 2 : at] == ["cell_pooled", "cell_measured"]
    view = RunView(one.run_)
    view.update()
    (cell,) = view.state.cells.values()
    assert np.mean(cell.pooled[0].parts["f1"]) == pytest.approx(one.results["f1"].item())


def test_labels_that_cannot_move_are_told(folder: Path) -> None:
    """Pairs with one of each, and lone texts of one class."""
    pairs = [at // 2 if at < 80 else at for at in range(100)]
    labels = [at < 80 and at % 2 == 0 for at in range(100)]
    kept = [
        {"text": row["text"], "label": label, "pair": pair}
        for row, label, pair in zip(cats(), labels, pairs, strict=False)
    ]
    Path("pairs.jsonl").write_text("\n".join(map(json.dumps, kept)))
    data = DatasetSpec("pairs.jsonl", group="pair")
    one = made(data, "LDA", controls=("shuffled_labels",))
    assert one.run_ is not None
    flags = dict(one.results.select("control", "flags").iter_rows())
    assert "no permutation can move 20 % of the labels" in flags["shuffled_labels"]
    assert "permutation" not in flags[""]
    log = one.run_.events.read_text()
    assert "shuffled_labels: no permutation can move 20 % of the labels" in log
