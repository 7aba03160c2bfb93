"""Which preconditioner problems are given: one is made once iterations have cost as much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor

from probing.engine.solvers.penalised.class_curvature import (
    class_factors_fit,
    class_factors_of,
    class_work,
)
from probing.engine.solvers.penalised.curvature_factors import (
    Factors,
    factor_work,
    factors_fit,
    factors_of,
    groups_of,
    iteration_work,
    overhead,
)

if TYPE_CHECKING:
    from probing.engine.solvers.penalised.lbfgs import Search

_LASTS = 1.0  # how much more work is done with factors before they are made anew
_FAR_LESS = 10.0  # a Hessian that takes no more than this many times its blocks is taken whole


class Preconditioner:
    """The factors of whole Hessians, of their blocks for each class, or none as yet."""

    def __init__(self) -> None:
        self.factors: Factors | None = None
        self._for_whole, self._for_classes = 0.0, 0.0

    @property
    def is_whole(self) -> bool:
        """Whether it is that of whole Hessians."""
        return isinstance(self.factors, Factors)

    def keep(self, rows: Tensor) -> None:
        """Forget the problems that are not in `rows`."""
        self.factors = None if self.factors is None else self.factors.keep(rows)

    def forget(self) -> None:
        """Do without factors, which have led nowhere, until new ones are paid for."""
        self.factors = None

    def solve(self, vector: Tensor, solved: Tensor) -> Tensor:
        """The inverse curvature applied to `[b, k, r + 1]`, put into `solved` where known."""
        return solved if self.factors is None else self.factors.solve(vector, solved)

    def make_if_it_pays(self, search: Search) -> None:
        """Count one iteration of the search, and make the factors that have been paid for."""
        b, k = search.gradient.shape[:2]
        work = iteration_work(search.design, b, k)
        self._for_whole += work
        self._for_classes += work
        if self._for_whole >= factor_work(search.design, 1, k):
            self._make_whole(search, k)
        if k > 1 and not self.is_whole and self._for_classes >= _class_work(search, 1, k):
            self._make_by_class(search, k)

    def _make_whole(self, search: Search, k: int) -> None:
        group = groups_of(search.problems)
        n_groups = int(group[-1]) + 1
        needed = factor_work(search.design, n_groups, k)
        if self._for_whole >= needed and factors_fit(search.design, n_groups, k):
            given = search.design, search.loss, search.problems, search.logits
            self.factors = factors_of(*given, group)
            self._for_whole = -_LASTS * needed

    def _make_by_class(self, search: Search, k: int) -> None:
        design = search.design
        group = groups_of(search.problems)
        n_groups = int(group[-1]) + 1
        needed = _class_work(search, n_groups, k)
        whole = factor_work(design, n_groups, k)
        pays = self._for_classes >= needed and whole >= _FAR_LESS * needed
        if pays and class_factors_fit(design, n_groups, k):
            given = design, search.loss, search.problems, search.logits
            self.factors = class_factors_of(*given, search.mean_square, group)
            self._for_classes = -_LASTS * needed


def _class_work(search: Search, n_groups: int, k: int) -> float:
    return n_groups * (class_work(search.design, k) + overhead(search.design))
