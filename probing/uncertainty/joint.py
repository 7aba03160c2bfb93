"""What several scores of the same texts come to together: bands, best sets and tests.

One multiplier bootstrap serves them all: each group gets a normal weight, and the weighted sums
of the influence values of all scores move together as the scores would on new groups (Montiel
Olea and Plagborg-Møller 2019, "Simultaneous confidence bands").
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from probing.intervals import normal_of_t, t_of_normal, t_quantile
from probing.uncertainty.influence import Numbers
from probing.uncertainty.variance import Measured

N_DRAWS = 2000
LEVEL = 0.95


class Joint:
    """Scores of the same texts, drawn together; all have as many sums."""

    def __init__(self, scores: Sequence[Measured]) -> None:
        self.scores = scores
        self.values: Numbers = np.array([one.value for one in scores])
        self.errors: Numbers = np.sqrt([one.variance for one in scores])
        sums = np.stack([np.append(one.sums * one.growth**0.5, one.trained) for one in scores])
        self.draws: Numbers = _weights(sums.shape[1]) @ sums.T.astype("f4")
        self.df = min(one.df for one in scores)

    def band_quantile(self) -> float:
        """By how many standard errors a band covers all scores at once in 95 % of draws."""
        spread = np.sqrt((self.draws**2).mean(axis=0))
        used = spread > 0
        if not used.any():
            return self._t(LEVEL)
        largest = np.abs(self.draws[:, used] / spread[used]).max(axis=1)
        return max(t_of_normal(float(np.quantile(largest, LEVEL)), self.df), self._t(LEVEL))

    def _t(self, level: float) -> float:
        return t_quantile(0.5 + level / 2, max(int(self.df), 1))

    def best(self, higher: bool = True) -> list[bool]:
        """Which scores cannot be told from the best, at 95 %.

        Hsu (1984), "Constrained simultaneous confidence intervals for multiple comparisons with
        the best", with the critical value of each from the draws of its differences.
        """
        sign = 1.0 if higher else -1.0
        return [self._may_be_best(at, sign) for at in range(len(self.scores))]

    def _may_be_best(self, at: int, sign: float) -> bool:
        others = np.arange(len(self.values)) != at
        behind = sign * (self.values[others] - self.values[at])
        moved = sign * (self.draws[:, others] - self.draws[:, [at]])
        spread = np.sqrt((moved**2).mean(axis=0))
        used = spread > 0
        if (behind[~used] > 0).any():
            return False
        if not used.any():
            return True
        largest = np.quantile((moved[:, used] / spread[used]).max(axis=1), LEVEL)
        critical = t_of_normal(float(largest), self.df)
        return not bool((behind[used] / spread[used] > critical).any())

    def p_above(self, level: float, higher: bool = True) -> float:
        """One p value: that the best score lies as far above `level` if none is above.

        The largest studentised difference against that of the draws, one-sided.
        """
        (p,) = self.p_values([range(len(self.scores))], self.above(level), higher)
        return p

    def above(self, level: float) -> Numbers:
        """By how many standard errors each score lies above `level`; none if it has no error."""
        known = self.errors > 0
        return np.where(known, (self.values - level) / np.where(known, self.errors, 1.0), 0.0)

    def p_values(
        self, parts: Sequence[Sequence[int]], above: Numbers, higher: bool = True
    ) -> list[float]:
        """For each part of the scores that of its best, adjusted for all scores drawn together.

        `above` says by how many standard errors each score lies above what it is held against.
        Westfall and Young (1993), "Resampling-based multiple testing", single-step max-T.
        """
        sign = 1.0 if higher else -1.0
        known = self.errors > 0
        if not known.any():
            return [1.0] * len(parts)
        largest = (sign * self._studentised(known)).max(axis=1)
        told = np.where(known, sign * above, -np.inf)
        best = [float(told[list(part)].max()) for part in parts]
        return [_share_above(largest, normal_of_t(one, self.df)) for one in best]

    def _studentised(self, known: NDArray[np.bool_]) -> Numbers:
        """The draws in standard errors; one of its own stands for all scores that none moves."""
        spread = np.sqrt((self.draws**2).mean(axis=0))
        moved = known & (spread > 0)
        draws: Numbers = self.draws[:, moved] / spread[moved]
        if (known & ~moved).any():
            draws = np.hstack([draws, _weights(1)])
        return draws


def _share_above(draws: Numbers, told: float) -> float:
    return float((1 + (draws >= told).sum()) / (1 + len(draws)))


@lru_cache(maxsize=4)
def _weights(n_bins: int) -> NDArray[np.float32]:
    """A normal weight for each draw and bin, `[N_DRAWS, n_bins]`, in float32."""
    generator = np.random.default_rng(396)
    return generator.standard_normal((N_DRAWS, n_bins), dtype=np.float32)
