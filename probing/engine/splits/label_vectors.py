"""The labels of a group as one vector, and how it is fitted to another group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from probing.engine.splits.dealing import Whole, strata_of
from probing.engine.splits.folding import Targets

GRAIN = 1024


@dataclass(frozen=True)
class LabelVectors:
    """The label vector of every group: rows in `order`, by group and then by label.

    `codes` `[n_rows]` are classes, or deciles of a regression's targets; `is_even` `[n_groups]`
    says which groups have equally many of each class.
    """

    ids: Whole
    order: Whole
    starts: Whole
    sizes: Whole
    codes: Whole
    is_even: NDArray[np.bool_]

    @classmethod
    def of(cls, targets: Targets, groups: Whole) -> LabelVectors:
        ids = np.unique(groups, return_inverse=True)[1]
        order = np.lexsort((targets, ids))
        sizes = np.bincount(ids)
        task = "regression" if targets.dtype.kind == "f" else "multiclass"
        codes = strata_of(targets, task)
        is_even = np.zeros(len(sizes), dtype=np.bool_)
        if task != "regression":
            is_even = _is_even(ids, codes, sizes)
        return cls(ids, order, np.cumsum(sizes) - sizes, sizes, codes, is_even)

    def taken(self, donors: Whole, members: Whole, offsets: Whole) -> Whole:
        """For every ordered row of `members` the ordered row of its donor whose label it gets.

        Of a longer vector evenly spaced labels are taken, of a shorter one labels are repeated;
        `offsets` in grains of a spacing, 0 to `GRAIN`, is where each group begins.
        """
        own, given = self.sizes[members], self.sizes[donors]
        place = np.arange(own.sum()) - np.repeat(np.cumsum(own) - own, own)
        spaced = (GRAIN * place + np.repeat(offsets, own)) * np.repeat(given, own)
        steps: Whole = (spaced // (GRAIN * np.repeat(own, own))).astype(np.int64)
        return np.repeat(self.starts[donors], own) + steps

    def n_groups(self, donors: Whole, members: Whole, offsets: Whole) -> Whole:
        """In how many of the groups `members` each code stands, given donors, `[n_codes]`."""
        n_codes = int(self.codes.max()) + 1
        codes = self.codes[self.order[self.taken(donors, members, offsets)]]
        group = np.repeat(np.arange(len(members)), self.sizes[members])
        counts: Whole = np.bincount(np.unique(group * n_codes + codes) % n_codes, minlength=n_codes)
        return counts


def _is_even(ids: Whole, codes: Whole, sizes: Whole) -> NDArray[np.bool_]:
    n_codes = int(codes.max()) + 1
    met, counts = np.unique(ids * n_codes + codes, return_counts=True)
    group = met // n_codes
    n_fitting = np.bincount(group[counts * n_codes == sizes[group]], minlength=len(sizes))
    is_even: NDArray[np.bool_] = n_fitting == n_codes
    return is_even
