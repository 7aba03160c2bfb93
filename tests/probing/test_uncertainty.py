"""Variances, bounds, bands and tests, against plain loops and published formulas."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from scipy import stats

from probing.engine.metrics import Predicted, influences
from probing.intervals import normal_of_t, t_of_normal, t_quantile, t_tail
from probing.uncertainty import (
    Influence,
    Joint,
    Measured,
    NoIntervalError,
    TextsTested,
    bins_of,
    bounds,
    bounds_of,
    differences,
    differences_of,
    distance,
    holm,
    interval,
    mcnemar,
    measured,
)
from probing.uncertainty.variance import N_BINS


def _tested(groups: np.ndarray, n_folds: int = 1, optimism: float = 0.0) -> TextsTested:
    texts = np.arange(len(groups))
    return TextsTested(texts, groups, bins_of(groups), n_folds, 1e12, optimism)


def _accuracy(right: np.ndarray, groups: np.ndarray | None = None) -> Measured:
    targets = np.arange(len(right)) % 2
    decision = np.where(right, targets, 1 - targets)
    scores = decision - 0.5 + np.linspace(0, 0.1, len(right))
    found, _ = influences([Predicted("binary", 2, targets, scores, decision)])
    where = np.arange(len(right)) if groups is None else groups
    return measured(found["accuracy"], _tested(where))


def test_the_interval_of_an_accuracy_is_wilsons() -> None:
    right = np.arange(2000) % 10 > 0
    score = _accuracy(right)
    told = stats.binomtest(1800, 2000).proportion_ci(method="wilson")
    assert interval("accuracy", score) == pytest.approx((told.low, told.high), abs=2e-4)


def test_where_nothing_failed_there_is_still_an_interval() -> None:
    low, high = interval("accuracy", _accuracy(np.ones(60, dtype=bool)))
    assert high == 1.0 and 0.9 < low < 0.96


def test_groups_count_as_one_where_their_texts_fail_together() -> None:
    once = np.random.default_rng(0).random(50) < 0.7
    copied = _accuracy(once.repeat(20), np.arange(50).repeat(20))
    alone = _accuracy(once)
    assert copied.variance == pytest.approx(alone.variance, rel=0.1)
    assert copied.n_groups == alone.n_groups == 50


def test_one_group_has_no_interval() -> None:
    with pytest.raises(NoIntervalError, match="single group"):
        _accuracy(np.arange(20) % 3 > 0, np.zeros(20, dtype=int))


def test_auroc_has_delongs_variance() -> None:
    rng = np.random.default_rng(1)
    targets = rng.permutation(np.arange(800) % 2)
    scores = rng.standard_normal(800) + targets
    found, _ = influences([Predicted("binary", 2, targets, scores)])
    score = measured(found["auroc"], _tested(np.arange(800)))
    positive, negative = scores[targets == 1], scores[targets == 0]
    wins = (positive[:, None] > negative).astype(float)
    told = wins.mean(1).var(ddof=1) / 400 + wins.mean(0).var(ddof=1) / 400
    assert score.value == pytest.approx(wins.mean(), abs=1e-12)
    assert score.variance == pytest.approx(told, rel=0.01)


def test_training_adds_what_nadeau_and_bengio_add_where_fits_learn_nothing() -> None:
    texts = np.arange(100)
    for optimism, factor in ((0.0, 1.0), (0.5, 1.625), (1.0, 2.25)):
        tested = TextsTested(texts, texts, texts, 5, 80.0, optimism)
        assert tested.growth() == pytest.approx(factor)
        assert tested.growth(fewest=1e9) == pytest.approx(factor)
        assert tested.growth(fewest=10) >= tested.growth(fewest=100) >= factor


@pytest.mark.parametrize(
    ("metric", "value"),
    [("accuracy", 0.97), ("r2", 0.9), ("pearson", -0.8), ("mse", 0.01), ("brier", 1.9)],
)
def test_bounds_stay_inside_those_of_the_metric(metric: str, value: float) -> None:
    low, high = bounds(metric, value, 0.05, 3.0)
    least = {"r2": -math.inf, "pearson": -1}.get(metric, 0)
    most = {"mse": math.inf, "brier": 2}.get(metric, 1)
    assert least <= low < value < high <= most
    near = bounds(metric, value, 1e-10, 2.0)
    assert near == pytest.approx((value - 2e-5, value + 2e-5), abs=1e-6)


def _walk(n_layers: int, n: int, seed: int, shift: float = 0.0) -> list[Measured]:
    rng = np.random.default_rng(seed)
    common = rng.standard_normal(n)
    sums = (0.8 * common + 0.6 * rng.standard_normal((n_layers, n))) / n
    values = sums.sum(axis=1) + shift
    return [
        Measured(v, (s**2).sum(), n, v, 1.0, n, s - s.mean())
        for v, s in zip(values, sums, strict=True)
    ]


def test_bands_cover_all_layers_at_once() -> None:
    inside = alone = 0
    for seed in range(400):
        scores = _walk(13, 200, seed)
        quantile = Joint(scores).band_quantile()
        errors = [abs(one.value) / math.sqrt(one.variance) for one in scores]
        inside += max(errors) <= quantile
        alone += max(errors) <= t_quantile(0.975, 200)
    assert inside / 400 > 0.93
    assert alone / 400 < 0.9


def test_nothing_beats_chance_where_there_is_nothing() -> None:
    claims = sum(Joint(_walk(13, 200, seed)).p_above(0.0) <= 0.05 for seed in range(400))
    assert 0.02 < claims / 400 < 0.08
    assert Joint(_walk(13, 200, 0, shift=1.0)).p_above(0.0) < 0.001
    assert Joint(_walk(13, 200, 0, shift=-1.0)).p_above(0.0, higher=False) < 0.001
    assert Joint(_walk(13, 200, 0, shift=-1.0)).p_above(0.0) == 1.0


def test_the_set_of_best_layers_holds_the_best() -> None:
    held, sizes = 0, []
    for seed in range(300):
        scores = _walk(7, 300, seed)
        shifts = [0.0, 0.1, 0.3, 0.3, 0.2, 0.0, -0.5]
        moved = [
            Measured(one.value + shift, one.variance, 300, 0, 1.0, 300, one.sums)
            for one, shift in zip(scores, shifts, strict=True)
        ]
        best = Joint(moved).best()
        held += best[2] and best[3]
        sizes.append(sum(best))
    assert held / 300 > 0.9
    assert np.mean(sizes) < 4


def test_a_paired_difference_is_that_of_the_paired_t_test() -> None:
    rng = np.random.default_rng(3)
    first = rng.standard_normal(300)
    second = first + 0.3 * rng.standard_normal(300) + 0.02
    pair = []
    for losses in (first, second):
        sums = (losses - losses.mean()) / 300 * math.sqrt(300 / 299)
        variance = float((sums**2).sum())
        pair.append(Measured(losses.mean(), variance, 299, losses.mean(), 1.0, 300, sums))
    (told,) = differences(pair[:1], pair[1:])
    expected = stats.ttest_rel(first, second)
    assert told.p == pytest.approx(expected.pvalue, rel=1e-9)
    low, high = expected.confidence_interval()
    assert (told.low, told.high) == pytest.approx((low, high), rel=1e-9)
    assert told.band_low <= told.low


@pytest.mark.parametrize(("n_pairs", "is_told"), [(100, True), (2, False)])
def test_pairs_that_a_control_halves_exactly_are_beaten_by_a_perfect_probe(
    n_pairs: int, is_told: bool
) -> None:
    groups = np.repeat(np.arange(n_pairs), 2)
    perfect = _accuracy(np.ones(2 * n_pairs, dtype=bool), groups)
    halved = _accuracy(np.tile([False, True], n_pairs), groups)
    (told,) = differences([perfect], [halved])
    assert (told.p < 0.001) is is_told and told.low < 0.5 < told.high
    (pair,) = differences_of([(perfect, halved)])
    assert (Joint([pair]).p_above(0.0) < 0.001) is is_told
    assert Joint([pair]).p_above(0.6) > 0.5
    (same,) = differences([perfect], [perfect])
    assert same.p == 1 and same.low < 0 < same.high


def test_the_same_cell_twice_differs_in_nothing() -> None:
    score = _walk(1, 50, 0)
    (told,) = differences(score, score)
    assert (told.value, told.low, told.high, told.p) == (0.0, 0.0, 0.0, 1.0)


@pytest.mark.parametrize("metric", ["accuracy", "auroc", "pearson", "r2", "v_information"])
@pytest.mark.parametrize("value", [0.1, 0.55, 0.9])
def test_a_score_is_as_far_from_a_level_as_its_bounds_say(metric: str, value: float) -> None:
    score = Measured(value, 0.002, 60, 1.0 if metric == "v_information" else value, 1.0, 60,
                     np.zeros(60), 0.0)  # fmt: skip
    for level in (0.0, 0.3, 0.5):
        away = distance(metric, score, level)
        assert (away > 0) is (value > level)
        if abs(away) < 60:
            low, high = bounds_of(metric, score, abs(away))
            assert (low if away > 0 else high) == pytest.approx(level, abs=1e-6)
    # Wilson's interval inverts the score test: the error is that at the level
    if metric == "accuracy":
        error = math.sqrt(0.002 * 0.25 / (value * (1 - value)))
        assert distance(metric, score, 0.5) == pytest.approx((value - 0.5) / error, rel=1e-6)


@pytest.mark.parametrize("metric", ["brier", "ece", "v_information"])
def test_where_nothing_fails_half_a_failure_may_have_gone_unseen(metric: str) -> None:
    targets = np.arange(60) % 2
    rng = np.random.default_rng(0)
    logits = (2 * targets - 1) * rng.uniform(6, 9, 60)
    sure = 1 / (1 + np.exp(-logits))
    known = np.where(targets == 1, sure, 1 - sure)
    folds = [
        Predicted(
            "binary",
            2,
            targets[part],
            logits[part],
            targets[part],
            sure[part],
            bits=-np.log2(known)[part],
            null_bits=np.ones(len(part)),
        )
        for part in np.split(np.arange(60), 5)
    ]
    found, _ = influences(folds)
    score = measured(found[metric], _tested(np.arange(60), 5))
    low, high = interval(metric, score)
    assert low <= score.value <= high and 0.01 < high - low < 0.25
    assert high <= 1 and (metric == "v_information" or low >= 0)


def test_mcnemar_is_the_binomial_test_of_the_discordant() -> None:
    for first, second in product(range(0, 12, 3), range(1, 12, 4)):
        told = stats.binomtest(first, first + second, 0.5).pvalue
        assert mcnemar(first, second) == pytest.approx(told)


def test_holm_steps_down() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.9]) == [1.0, 1.0]


@pytest.mark.parametrize("degrees", [1, 2, 5, 30, 400, 5000])
def test_quantiles_and_tails_are_those_of_t(degrees: int) -> None:
    for probability in (0.6, 0.9, 0.975, 0.999):
        told = stats.t.ppf(probability, degrees)
        assert t_quantile(probability, degrees) == pytest.approx(told, rel=1e-6)
        assert t_tail(told, degrees) == pytest.approx(1 - probability, rel=1e-5)
    if degrees > 3:
        assert t_of_normal(2.0, degrees) == pytest.approx(
            stats.t.ppf(stats.norm.cdf(2.0), degrees), rel=0.01
        )
        for normal in (1.7, -1.7):
            assert normal_of_t(t_of_normal(normal, degrees), degrees) == pytest.approx(normal)


@pytest.mark.parametrize(("sizes", "df"), [([1.0] * 50, 50), ([1.0] * 2 + [0.0] * 48, 4)])
def test_a_score_that_few_texts_carry_has_few_degrees_of_freedom(
    sizes: list[float], df: float
) -> None:
    """O'Neill's formula: of values of one size 2n / (1 - (n - 3) / (n - 1)), at most n - 1."""
    signs = np.where(np.arange(50) % 2, 1.0, -1.0)
    whole = np.zeros(50, dtype=int)
    one = Influence(0.5, signs * np.array(sizes), whole, whole, heavy=True)
    assert measured(one, _tested(np.arange(50))).df == pytest.approx(min(df, 49), rel=0.06)
    assert measured(replace(one, heavy=False), _tested(np.arange(50))).df == 49


def test_many_groups_share_bins_and_keep_the_variance() -> None:
    n = 5 * N_BINS
    right = np.random.default_rng(5).random(n) < 0.8
    score = _accuracy(right)
    assert len(score.sums) == N_BINS
    assert (score.sums**2).sum() == pytest.approx(score.variance, rel=0.1)
