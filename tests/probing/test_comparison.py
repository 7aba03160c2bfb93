"""Paired comparisons of cells, against a plain computation from the predictions."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy import stats

from probing import spec as specs
from probing.comparison import compare, compare_views
from probing.engine.experiment import execute
from probing.errors import SpecError
from probing.logs import RunView, find_run, list_runs
from probing.logs.folders.run_marks import write_tags
from probing.logs.results.tables import results
from tests.support.real_runs import new_run


@pytest.fixture(scope="module")
def logs(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("logs")
    controls = '["majority", "shuffled_labels"]'
    changes = {"classifiers": '["LDA", "MassMean"]', "controls": controls, "n_shuffles": "1"}
    for seeds in ({"n_folds": "3"}, {"n_folds": "4", "seed": "5"}):
        run = new_run(base, folder, **changes, **seeds)
        assert execute(run, specs.load(run.spec), run.path) == 0
        run.path.rename(folder / ("other" if "seed" in seeds else "one"))
    return folder


def _right(logs: Path, run: str, classifier: str, layer: int) -> tuple[np.ndarray, float]:
    rows = pl.read_parquet(find_run(logs, run).predictions).filter(
        pl.col("classifier") == classifier, pl.col("layer") == layer, pl.col("control") == ""
    )
    rows = rows.sort("text")
    right = (rows["prediction"] == rows["target"]).to_numpy().astype(float)
    folds = rows["fold"].to_numpy()
    return right, float(np.mean([right[folds == fold].mean() for fold in np.unique(folds)]))


def test_a_difference_is_that_of_the_texts(logs: Path) -> None:
    frame = compare(logs, "classifier=LDA run=one", "classifier=MassMean run=one")
    assert frame["layer"].to_list() == [0, 1, 2, 3]
    assert frame["n_groups"].to_list() == [160] * 4
    for row in frame.iter_rows(named=True):
        (a, mean_a), (b, mean_b) = (
            _right(logs, "one", name, row["layer"]) for name in ("LDA", "MassMean")
        )
        assert row["difference"] == pytest.approx(mean_a - mean_b)
        assert row["low"] <= row["difference"] <= row["high"]
        assert row["band_low"] <= row["low"] and row["high"] <= row["band_high"]
        only_a, only_b = int((a > b).sum()), int((b > a).sum())
        if only_a + only_b <= 25:
            told = stats.binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1.0
            assert row["test"] == "McNemar" and row["p"] == pytest.approx(told)
        assert row["p_holm"] >= row["p"]


def test_layers_and_runs_and_controls_are_compared_alike(logs: Path) -> None:
    layers = compare(logs, "layer=2", "layer=0", run="one")
    assert set(layers["classifier"]) == {"LDA", "MassMean"}
    assert layers["layer_a"].to_list() == [2, 2] and layers["layer_b"].to_list() == [0, 0]
    runs = compare(logs, "run=one", "run=other", metric="auroc")
    assert runs.height == 8 and runs["reason"].to_list() == [""] * 8
    write_tags(find_run(logs, "one"), ["paper"])
    tagged = compare(logs, "tag=paper", "tag!=paper", metric="auroc")
    assert tagged.equals(runs)
    views = {run.column_name: RunView(run) for run in list_runs(logs)}
    for view in views.values():
        view.skim()
    assert compare_views(views, "tag=paper", "tag=", metric="auroc").equals(runs)
    control = compare(logs, "classifier=LDA", "classifier=LDA control=majority", run="one")
    assert set(control["control_b"]) == {"majority"} and set(control["control_a"]) == {""}
    assert control["layer_a"].to_list() == [0, 1, 2, 3] and set(control["layer_b"]) == {None}
    assert control["reason"].to_list() == [""] * 4 and control["b"].n_unique() == 1


def test_values_are_those_of_the_results(logs: Path) -> None:
    view = RunView(find_run(logs, "one"))
    view.update()
    frame = results([view])
    for row in compare(logs, "layer=1", "layer=2", run="one", metric="auroc").iter_rows(named=True):
        for side in ("a", "b"):
            told = frame.filter(
                pl.col("classifier") == row["classifier"],
                pl.col("layer") == row[f"layer_{side}"],
                pl.col("control") == "",
            )["auroc"]
            assert row[side] == told.item()


def test_what_cannot_be_compared_says_why(logs: Path, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="no cell fulfils 'classifier=KNN'"):
        compare(logs, "classifier=KNN", "classifier=LDA")
    with pytest.raises(SpecError, match="several cells for one pair: they differ in layer"):
        compare(logs, "layer<2 classifier=LDA", "layer=2 classifier=MassMean")
    with pytest.raises(SpecError, match="no metric 'acuracy'; did you mean"):
        compare(logs, "layer=1", "layer=2", metric="acuracy")
    same = compare(logs, "layer<2 classifier=LDA", "layer<2 classifier=LDA", run="one")
    assert same["difference"].null_count() == 2
    assert set(same["reason"]) == {"A and B are the same cell; change a filter"}
    shuffled = compare(logs, "layer=1", "layer=1 control=shuffled_labels", run="one")
    assert shuffled["p"].null_count() == shuffled.height == 2
    assert all("the column beats has the p value" in why for why in shuffled["reason"])
    influences = find_run(logs, "other").influences
    influences.rename(influences.with_suffix(".away"))
    (older,) = set(compare(logs, "run=one", "run=other")["reason"])
    assert older == "other: keeps no influence values; run it again"
    influences.write_bytes(b"changed")
    frame = compare(logs, "run=one", "run=other")
    assert frame["difference"].null_count() == frame.height
    assert "has changed since the run wrote it" in frame["reason"][0]


@pytest.mark.parametrize("change", ["flip", "text", "gone"])
def test_predictions_that_changed_are_told_and_not_compared(
    logs: Path, tmp_path: Path, change: str
) -> None:
    shutil.copytree(logs / "one", tmp_path / "one")
    path = tmp_path / "one" / "predictions.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 4
    path.write_bytes(data if change == "flip" else b"precious")
    if change == "gone":
        path.unlink()
    frame = compare(tmp_path, "classifier=LDA", "classifier=MassMean")
    assert frame["difference"].to_list() == [None] * 4
    assert all("predictions.parquet" in reason for reason in frame["reason"])
