"""The paired difference of two scores of the same texts, and tests of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from probing.intervals import t_quantile, t_tail
from probing.uncertainty.joint import Joint
from probing.uncertainty.variance import Measured


@dataclass(frozen=True)
class Difference:
    """Score A less score B: its interval, band and two-sided p value."""

    value: float
    low: float
    high: float
    band_low: float
    band_high: float
    p: float


def differences(first: Sequence[Measured], second: Sequence[Measured]) -> list[Difference]:
    """A less B for each pair, from the differences of their influence values.

    What the parts of the training texts add cancels likewise: those of A and B are the same parts.

    The bands cover all pairs at once in 95 %.
    """
    pairs = differences_of(zip(first, second, strict=True))
    quantile = Joint(pairs).band_quantile()
    return [_bounded(one, quantile) for one in pairs]


def differences_of(pairs: Iterable[tuple[Measured, Measured]]) -> list[Measured]:
    """The first less the second of each pair, as a score of its own."""
    return [_difference(a, b) for a, b in pairs]


def _difference(a: Measured, b: Measured) -> Measured:
    sums, trained = a.sums - b.sums, a.trained - b.trained
    growth = max(a.growth, b.growth)
    least = max(a.least, b.least)
    variance = max(float((sums**2).sum()), least) * growth + float((trained**2).sum())
    value = a.value - b.value
    return Measured(
        value, variance, min(a.df, b.df), value, growth, a.n_groups, sums, least, trained
    )


def _bounded(one: Measured, quantile: float) -> Difference:
    error = math.sqrt(one.variance)
    half = t_quantile(0.975, max(int(one.df), 1)) * error
    wide = max(quantile * error, half)
    if error == 0:
        p = 1.0 if one.value == 0 else 0.0
    else:
        p = 2 * t_tail(abs(one.value) / error, max(int(one.df), 1))
    at = one.value
    return Difference(at, at - half, at + half, at - wide, at + wide, p)


def mcnemar(only_first: int, only_second: int) -> float:
    """The exact two-sided p value of McNemar's test (1947) from the two discordant counts."""
    n, least = only_first + only_second, min(only_first, only_second)
    tail = float(sum(math.comb(n, at) for at in range(least + 1)) / 2**n)
    return min(1.0, 2 * tail)


def holm(p_values: Sequence[float]) -> list[float]:
    """P values adjusted for as many tests (Holm 1979), in their order."""
    order = np.argsort(p_values, kind="stable")
    adjusted, largest = np.empty(len(p_values)), 0.0
    for rank, at in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[at]))
        adjusted[at] = largest
    return [float(one) for one in adjusted]
