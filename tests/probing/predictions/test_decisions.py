"""Confusion, scores, ROC, reliability and mistakes, against scikit-learn and plain NumPy."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats
from sklearn.metrics import confusion_matrix, roc_auc_score, roc_curve

from probing.predictions.cell import Predicted, in_order
from probing.predictions.confusion import confusion
from probing.predictions.errors import most_wrong
from probing.predictions.means import mean_bounds
from probing.predictions.reliability import reliability
from probing.predictions.roc import roc, rocs
from probing.predictions.scores import histogram, thresholds

N, N_FOLDS = 240, 3


def cell(n_classes: int = 2, cuts: tuple[float, ...] = (0.0,) * N_FOLDS) -> Predicted:
    """Predictions of a classifier that is right more often than not; ties among its scores."""
    draw = np.random.default_rng(n_classes)
    target, fold = draw.integers(0, n_classes, N), np.arange(N) % N_FOLDS
    if n_classes == 2:
        score = np.round(draw.normal(size=N) + 2 * target - 1, 1)
        decided = (score > np.array(cuts)[fold]).astype(int)
        chance = 1 / (1 + np.exp(-score))
    else:
        decided = np.where(draw.random(N) < 0.6, target, draw.integers(0, n_classes, N))
        chance = np.round(draw.uniform(0.3, 1, N), 2)
        score = np.log(chance / (1.001 - chance))
    names = np.array([f"class {at}" for at in range(n_classes)])
    frame = pl.DataFrame(
        {
            "text": np.arange(N),
            "fold": fold,
            "score": score,
            "prediction": names[decided],
            "target": names[target],
            "probability": chance,
            "group": np.arange(N) // 2,
        }
    )
    task = "binary" if n_classes == 2 else "multiclass"
    positive = "class 1" if n_classes == 2 else ""
    row = {"auroc": 0.8, "auroc_low": 0.7, "auroc_high": 0.9}
    return Predicted(row, task, positive, frame)


@pytest.mark.parametrize("n_classes", [2, 12])
def test_a_confusion_matrix_counts_as_scikit_learn_does(n_classes: int) -> None:
    one = cell(n_classes)
    found = confusion(one)
    assert found.classes[:3] == ("class 0", "class 1", "class 2")[:n_classes]
    expected = confusion_matrix(one.frame["target"], one.frame["prediction"], labels=found.classes)
    assert (found.counts == expected).all() and found.sizes.sum() == N
    low, high = found.bounds.T
    own = np.diag(found.shares)
    assert (low <= own).all() and (own <= high).all() and (low < high).all()
    worst = found.mistakes(1)[0]
    off = expected - np.diag(np.diag(expected))
    assert worst[0] == off.max() and off[worst[1:]] == off.max()
    assert found.frame()["n"].sum() == N


def test_the_area_of_the_curve_is_the_mean_of_the_folds() -> None:
    one = cell()
    found = roc(one)
    assert (
        found is not None
        and found.area == (0.8, 0.7, 0.9)
        and found.n_positive == one.targets.sum()
    )
    areas = [
        roc_auc_score(one.targets[one.folds == fold], one.scores[one.folds == fold])
        for fold in range(N_FOLDS)
    ]
    assert np.trapezoid(found.recalls, found.rates) == pytest.approx(np.mean(areas))
    assert (found.lowest <= found.recalls + 1e-12).all()
    assert (found.recalls <= found.highest + 1e-12).all()


def test_one_fold_has_the_curve_of_scikit_learn() -> None:
    one = cell()
    rows = one.frame.filter(pl.col("fold") == 1)
    alone = Predicted(one.row, "binary", "class 1", rows)
    found = roc(alone)
    assert found is not None
    rates, recalls, _ = roc_curve(alone.targets, alone.scores, drop_intermediate=False)
    ends = {rate: recalls[rates == rate].max() for rate in rates}
    heads = dict(zip(found.rates.tolist(), found.recalls.tolist(), strict=True))
    assert heads == pytest.approx(ends)


def test_confidence_tells_right_decisions_of_several_classes() -> None:
    one = cell(5)
    found = roc(one)
    assert found is not None and found.is_of_confidence
    folds = [one.folds == fold for fold in range(N_FOLDS)]
    areas = [roc_auc_score(one.right[rows], one.confidence[rows]) for rows in folds]
    value, low, high = found.area
    assert value == pytest.approx(np.mean(areas)) and low < value < high
    # the interval is as wide as that of areas of groups drawn anew
    draw, drawn = np.random.default_rng(0), []
    for _ in range(100):
        taken = draw.integers(0, N // 2, N // 2)
        rows = (taken[:, None] * 2 + [0, 1]).ravel()
        own = [rows[one.folds[rows] == fold] for fold in range(N_FOLDS)]
        drawn.append(np.mean([roc_auc_score(one.right[at], one.confidence[at]) for at in own]))
    assert (high - low) == pytest.approx(2 * 1.96 * np.std(drawn), rel=0.3)


def test_a_class_stands_against_the_rest() -> None:
    one = several()
    names = ("class 0", "class 1", "class 2")
    assert one.scored_classes == names and cell(3).scored_classes == ()
    folds = [one.folds == fold for fold in range(N_FOLDS)]
    logits = np.array(one.frame["class_scores"].to_list())
    for at, (name, found) in enumerate(rocs(one).items()):
        own = one.targets == at
        areas = [roc_auc_score(own[rows], logits[rows, at]) for rows in folds]
        value, low, high = found.area
        assert value == pytest.approx(np.mean(areas)) and low < value < high
        assert np.trapezoid(found.recalls, found.rates) == pytest.approx(value)
        assert (found.positive, found.n_positive) == (name, own.sum())
        alone = one.against_rest(name)
        assert alone.classes == (f"not {name}", name) and thresholds(alone) == []
        assert histogram(alone, 9).counts[1].sum() == own.sum()
        bins = reliability(alone)
        assert (bins["accuracy"] * bins["n"]).sum() == pytest.approx(own.sum())
        assert (bins["confidence"] * bins["n"]).sum() == pytest.approx(
            (1 / (1 + np.exp(-logits[:, at]))).sum()
        )


def several() -> Predicted:
    """Three classes, with the scores of each."""
    one = cell(3)
    draw = np.random.default_rng(7)
    logits = draw.normal(size=(N, 3)) + 1.5 * np.eye(3)[one.targets]
    logits = np.log(np.exp(logits) / (np.exp(logits).sum(axis=1, keepdims=True) - np.exp(logits)))
    frame = one.frame.with_columns(
        pl.Series("class_scores", logits.tolist(), pl.List(pl.Float64)),
        pl.Series("classes", [["class 0", "class 1", "class 2"]] * N),
    )
    return Predicted({"task": "multiclass"}, "multiclass", "", frame)


def test_scores_fall_into_bins_and_zero_is_an_edge() -> None:
    one = cell()
    found = histogram(one, 20)
    assert np.abs(found.edges).min() < 1e-9 and found.counts.sum() == N
    inside = (one.scores >= found.edges[0]) & (one.scores <= found.edges[-1])
    assert found.beyond == (~inside).sum()
    for at in (0, 1):
        own = np.clip(one.scores[one.targets == at], found.edges[0], found.edges[-1] - 1e-9)
        assert (found.counts[at] == np.histogram(own, found.edges)[0]).all()
    assert histogram(cell(4), 20).kinds == ("right", "wrong")


def test_each_fold_has_its_threshold() -> None:
    assert [cut.value for cut in thresholds(cell())] == [0.0] * N_FOLDS
    found = thresholds(cell(cuts=(0.5, -0.75, 1.0)))
    for cut, true in zip(found, (0.5, -0.75, 1.0), strict=True):
        assert cut.low <= true <= cut.high and cut.low <= cut.value <= cut.high
    assert thresholds(cell(3)) == []


def test_the_surest_mistakes_come_first() -> None:
    one = cell()
    wrong = most_wrong(one)
    assert wrong.height == (~one.right).sum()
    assert (wrong["prediction"] != wrong["target"]).all()
    assert wrong["confidence"].to_list() == sorted(wrong["confidence"], reverse=True)
    assert wrong["confidence"].min() >= 0.5
    bare = Predicted({}, "binary", "class 1", one.frame.with_columns(probability=None))
    assert most_wrong(bare)["score"].abs().to_list() == sorted(
        most_wrong(bare)["score"].abs(), reverse=True
    )


def test_reliability_holds_every_text_once() -> None:
    one = cell()
    frame = reliability(one)
    assert frame["n"].sum() == N
    chance = np.maximum(one.frame["probability"], 1 - one.frame["probability"])
    for low, high, n, *_ in frame.iter_rows():
        assert n == ((chance > low) & (chance <= high)).sum()
    assert reliability(
        Predicted(
            {}, "binary", "class 1", one.frame.with_columns(probability=pl.lit(None, pl.Float64))
        )
    ).is_empty()


def test_a_mean_of_single_texts_has_the_interval_of_student() -> None:
    values = np.random.default_rng(1).normal(size=30)
    mean, low, high = mean_bounds(values, np.arange(30))
    expected = stats.t.interval(0.95, 29, values.mean(), stats.sem(values))
    assert (low, high) == pytest.approx(expected, rel=1e-4) and mean == values.mean()
    assert mean_bounds(values, np.zeros(30, dtype=int))[1:] == (None, None)


def test_names_with_numbers_stand_in_the_order_of_these() -> None:
    assert sorted(["a10", "a9", "b", "2", "10"], key=in_order) == ["2", "10", "a9", "a10", "b"]
