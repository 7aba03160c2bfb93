"""A real run: disagreement as `compare` has it, and its activations from the cache."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from probing import spec as specs
from probing.comparison import compare
from probing.engine.experiment import execute
from probing.errors import RunError
from probing.logs import RunView
from probing.logs.results.tables import results
from probing.predictions.axes import project
from probing.predictions.cell import Predicted, predicted
from probing.predictions.disagreement import COLUMNS, disagreement
from probing.predictions.features import KeptFeatures
from tests.support.real_runs import new_run


@pytest.fixture(scope="module")
def kept_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def view(base: Path, kept_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> RunView:
    changes = {"classifiers": '["LDA", "MassMean"]', "n_folds": "3"}
    run = new_run(base, tmp_path_factory.mktemp("logs"), **changes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PROBE_TUI_CACHE", str(kept_cache))
        assert execute(run, specs.load(run.spec), run.path) == 0
    view = RunView(run)
    view.skim()
    return view


@pytest.fixture(autouse=True)
def cached(kept_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROBE_TUI_CACHE", str(kept_cache))


def cell(view: RunView, classifier: str, layer: int) -> Predicted:
    rows = results([view]).filter(classifier=classifier, layer=layer, control="")
    return predicted(view, rows.row(0, named=True))


def test_disagreement_is_what_compare_says(view: RunView) -> None:
    a, b = cell(view, "LDA", 2), cell(view, "MassMean", 1)
    found = disagreement({view.run.column_name: view}, a, b)
    frame = compare(view.run.path.parent, "classifier=LDA layer=2", "classifier=MassMean layer=1")
    for name in ("difference", "low", "high", "p", "test", "a", "b"):
        assert found.test[name] == frame[name][0]
    right = [one.right[np.argsort(one.frame["text"])] for one in (a, b)]
    assert list(found.counts.values()) == [
        (right[0] & right[1]).sum(),
        (right[0] & ~right[1]).sum(),
        (~right[0] & right[1]).sum(),
        (~right[0] & ~right[1]).sum(),
    ]
    assert found.frame.columns == list(COLUMNS) and found.n_texts == len(a)
    assert (found.frame["prediction_a"] != found.frame["prediction_b"]).all()


def test_the_same_cell_twice_disagrees_on_nothing(view: RunView) -> None:
    one = cell(view, "LDA", 2)
    found = disagreement({view.run.column_name: view}, one, one)
    assert found.frame.is_empty() and "the same cell" in found.test["reason"]


def test_the_activations_are_those_that_the_probe_read(view: RunView) -> None:
    one = cell(view, "LDA", 2)
    kept = KeptFeatures(view, one.row)
    found, every = kept.of(2), np.arange(len(one))
    assert len(found) == len(one) and not np.allclose(found[every], kept.of(1)[every])
    assert (found.of(every[5:])[np.array([1])] == found[np.array([6])]).all()
    order = np.argsort(one.frame["text"])
    # a direction fitted to them tells the classes about as well as the probe did
    targets, folds = one.targets[order], one.folds[order]
    seen = project(found, targets, "discriminant", np.flatnonzero(folds == 0), 0)
    middle = np.median(seen.points[:, 0])
    told = ((seen.points[:, 0] > middle) == (targets[seen.rows] == 1)).mean()
    assert told == pytest.approx(one.right.mean(), abs=0.2)


def test_a_cache_that_lost_them_says_how_to_have_them(
    view: RunView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = cell(view, "LDA", 2)
    kept = KeptFeatures(view, one.row)
    monkeypatch.setenv("PROBE_TUI_CACHE", str(tmp_path))
    with pytest.raises(RunError, match="no longer holds the activations of this layer; run its"):
        KeptFeatures(view, one.row).of(2)
    assert kept.of(2)[np.array([0])].any()
