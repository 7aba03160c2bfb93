"""From the influence values of texts to the variance of a score.

The sum over groups of squared sums of influence values is the variance given the fitted probes
(Bayle et al. 2020, "Cross-validation confidence intervals for test error"). What the randomness
of the training texts adds is at most what Nadeau and Bengio (2003) add, n_tested / n_train times
that; here in proportion to the optimism of the fits, which is near 0 where rows are many and the
signal is strong, and near 1 where a probe hardly generalises.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from probing.uncertainty.formulas import smoothed
from probing.uncertainty.influence import Influence, Numbers, Whole

N_BINS = 4096  # sums of influence values that are kept of one score
FORMULA_WEIGHT = 4.0  # degrees of freedom that a formula's variance counts for
LARGE = 2_000_000  # numbers that a table of sums may hold
FEW_GROUPS = 40  # as many groups, or fewer, show too little of how fits differ
FEW_OF_A_CLASS = 10  # groups of the smallest class: as many, or fewer, likewise


class NoIntervalError(ValueError):
    """A score has no interval; the message says why."""


@dataclass(frozen=True)
class Measured:
    """A score, its variance over new training and test texts, and the degrees of freedom.

    `centre` is the score, drawn inside the bounds where it lies on one, or the largest value that
    it may have, where that depends on the texts; `growth` is what the
    randomness of training multiplied the variance by. `sums` are the influences of the groups,
    `[n_bins]`, in bins of whole groups where there are many. `least` is the variance that half an
    unlike group would add, 0 for what is no share: a difference is never known better. `trained`
    are the influences of parts of the training texts, `[n_parts]`, where these were measured; the
    variance holds their squares, and `growth` is 1 then.
    """

    value: float
    variance: float
    df: float
    centre: float
    growth: float
    n_groups: int
    sums: Numbers
    least: float = 0.0
    trained: Numbers = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True)
class TextsTested:
    """The test samples of all folds: the text of each `[n]`, and the group of every text.

    `bin_of` maps every text to its bin; `n_train` is the mean number of training texts of a fold.
    `optimism` is a share from 0 to 1.
    """

    texts: Whole
    groups: Whole
    bin_of: Whole
    n_folds: int
    n_train: float
    optimism: float

    def binned(self, influences: Numbers) -> Numbers:
        """The sum of the samples' values in each bin, `[n_bins]`."""
        n_bins = int(self.bin_of.max()) + 1
        return np.bincount(self.bin_of[self.texts], influences, n_bins).astype(np.float64)

    @cached_property
    def group(self) -> Whole:
        """The place of each sample's group among those tested, `[n]`."""
        place: Whole = np.unique(self.groups[self.texts], return_inverse=True)[1]
        return place

    @cached_property
    def text(self) -> Whole:
        """The place of each sample's text among those tested, `[n]`."""
        place: Whole = np.unique(self.texts, return_inverse=True)[1]
        return place

    @cached_property
    def n_groups(self) -> int:
        """The groups that were tested."""
        return int(self.group.max()) + 1

    @cached_property
    def n_texts(self) -> int:
        """The texts that were tested."""
        return int(self.text.max()) + 1

    def growth(self, fitted: float = 0.0, fewest: float = math.inf) -> float:
        """By what the randomness of the training texts multiplies the variance.

        `fewest` is the number of groups in the smallest class that the metric tells apart.
        """
        times = np.bincount(self.text)
        n_tested = times.sum() ** 2 / (times**2).sum()
        share = self.optimism
        if self.n_groups < self.n_texts:
            share += (1 - share) * min(1.0, FEW_GROUPS / self.n_groups)
        share += (1 - share) * min(1.0, FEW_OF_A_CLASS / fewest)
        return float(1 + (1 - fitted) * share * n_tested / max(self.n_train, 1.0))


def bins_of(groups: Whole) -> Whole:
    """A bin for every text, `[n_texts]`: its group, or one of `N_BINS` that holds whole groups."""
    _, place = np.unique(groups, return_inverse=True)
    if place.size and place.max() >= N_BINS:
        return np.random.default_rng(0).integers(0, N_BINS, int(place.max()) + 1)[place]
    return place.astype(np.int64)


def measured(influence: Influence, tested: TextsTested) -> Measured:
    """The variance of a score by groups; raises `NoIntervalError` where groups do not tell."""
    if influence.constant:
        raise NoIntervalError(influence.constant)
    group, n_groups = tested.group, tested.n_groups
    corrected = influence.of_samples * _correction(influence.strata, group, n_groups)
    sums = np.bincount(group, corrected).astype(np.float64)
    parts = _Parts(influence, tested, corrected)
    variance = float((sums**2).sum())
    if influence.ranks and (parts.are_mixed or parts.are_crowded):
        per_fold = max(n_groups / tested.n_folds, 2.0)
        variance *= per_fold / (per_fold - 1)
    steady = parts.steadied()
    total = max(variance + float((steady - parts.variances).sum()), float(steady.sum()) / 4)
    failure = influence.failure or (1 / len(parts.groups) if influence.variance_of else 0.0)
    edge = float(parts.groups.min())
    least = 0.5 * (failure / edge) ** 2
    is_floored = influence.failure > 0 and total < least
    is_heavy = influence.heavy and not is_floored
    df = min(_welch(steady, parts.df), _df_by_tails(sums) if is_heavy else math.inf)
    growth = tested.growth(influence.fitted, edge if len(parts.groups) > 1 else math.inf)
    return Measured(
        influence.value,
        max(total, least * is_floored) * growth,
        max(min(df, n_groups - tested.n_folds), 1.0),
        _centre(influence, edge, is_floored),
        growth,
        n_groups,
        tested.binned(corrected),
        least,
    )


def _df_by_tails(sums: Numbers) -> float:
    """Degrees of freedom of a variance by the kurtosis of the groups' sums.

    O'Neill (2014), "Some useful moment results in sampling problems", The American Statistician 68.
    """
    n, square = len(sums), float((sums**2).sum())
    if n < 2 or not square:
        return math.inf
    kurtosis = n * float((sums**4).sum()) / square**2
    return 2 * n / (kurtosis - (n - 3) / (n - 1))


def _centre(influence: Influence, edge: float, is_floored: bool) -> float:
    value = influence.value
    if influence.most is not None:
        return influence.most
    if is_floored:
        return (value * edge + influence.failure / 2) / (edge + 1)
    return value if influence.variance_of is None or 0 < value < 1 else float(smoothed(value, edge))


def _correction(strata: Whole, group: Whole, n_groups: int) -> Numbers:
    """√(G / (G - 1)) for each sample, G the groups of its stratum."""
    counts = _Sums(strata, group, n_groups).counts
    if (counts[np.unique(strata)] < 2).any():
        raise NoIntervalError("a class stands in a single group of a test part")
    factor: Numbers = np.sqrt(counts / np.maximum(counts - 1, 1))[strata]
    return factor


class _Sums:
    """Samples added up by row and column, of which few pairs may occur.

    `counts` `[n_rows]` are the columns that occur in each row.
    """

    def __init__(self, rows: Whole, columns: Whole, n_columns: int) -> None:
        key = rows * n_columns + columns
        if (int(rows.max()) + 1) * n_columns > LARGE:
            known, self.place = np.unique(key, return_inverse=True)
        else:
            there = np.bincount(key) > 0
            known, self.place = np.flatnonzero(there), (np.cumsum(there) - 1)[key]
        self.rows, self.columns = known // n_columns, known % n_columns
        self.counts: Whole = np.bincount(self.rows)

    def squares(self, values: Numbers) -> Numbers:
        """Σ over columns of the squared sums of `values` `[n]`, `[n_rows]`."""
        squares = np.bincount(self.place, values) ** 2
        return np.bincount(self.rows, squares).astype(np.float64)


class _Parts:
    """The variance that the samples of each part add, and how far it is known."""

    def __init__(self, influence: Influence, tested: TextsTested, corrected: Numbers) -> None:
        self.formula, parts = influence.variance_of, influence.parts
        by_group = _Sums(parts, tested.group, tested.n_groups)
        by_text = _Sums(parts, tested.text, tested.n_texts)
        self.variances: Numbers = by_group.squares(corrected)
        self.alone: Numbers = by_text.squares(corrected)
        self.groups: Whole = by_group.counts
        self.texts: Whole = by_text.counts
        self.are_mixed = bool((np.bincount(by_group.columns) > 1).any())
        self.are_crowded = len(self.groups) == 1 and tested.n_groups < tested.n_texts
        self.df: Numbers = np.maximum(self.groups - tested.n_folds, 1.0)

    def steadied(self) -> Numbers:
        """The variances, drawn towards those of the formula as far as few groups tell them."""
        if self.formula is None:
            return self.variances
        there = self.variances > 0
        crowded = np.where(there, self.variances / np.where(there, self.alone, 1.0), np.inf)
        units = np.maximum(self.groups, self.texts / np.maximum(crowded, 1.0))
        told = self.formula(units)
        mixed = (self.df * self.variances + FORMULA_WEIGHT * told) / (self.df + FORMULA_WEIGHT)
        steady: Numbers = np.where(there, mixed, told)
        return steady


def _welch(variances: Numbers, df: Numbers) -> float:
    """Degrees of freedom of a sum of variances (Satterthwaite 1946)."""
    squares = float((variances**2 / df).sum())
    return float(variances.sum() ** 2 / squares) if squares else float(df.sum())
