"""A fit that tests several datasets as one fit of a cell for each of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from probing.engine.blocks import FoldFailure, FoldFit
from probing.engine.experiment.block_fits import CellFit
from probing.engine.experiment.scoring.own_rows import OwnRows
from probing.engine.splits import Fold, Labelling
from probing.plan import Cell

Mask = NDArray[np.bool_]


class SpreadFits:
    """Gives each dataset that is tested, of which `rows` are known, its part of every fit.

    `cells` are those of all these datasets.
    """

    def __init__(self, cells: Iterable[Cell], rows: Mapping[str, OwnRows]) -> None:
        self.rows = rows
        self._cells: dict[tuple[object, ...], list[Cell]] = defaultdict(list)
        for cell in cells:
            self._cells[_place(cell)].append(cell)
        self._labellings: dict[tuple[str, str], Labelling] = {}

    def of(self, one: CellFit) -> Iterator[CellFit]:
        """The fits of the cells of every dataset, of one that is of any of them."""
        for cell in self._cells[_place(one.cell)]:
            labelling = self.labelling(one.labelling, cell.dataset)
            fit = one.fit
            if not isinstance(fit, FoldFailure):
                fit = _part(fit, self._tested(one.labelling.folds[fit.fold], cell.dataset))
            yield CellFit(cell, labelling, fit)

    def labelling(self, whole: Labelling, dataset: str) -> Labelling:
        """The labelling whose folds test one dataset alone."""
        key = whole.key, dataset
        if key not in self._labellings:
            folds = tuple(
                Fold(fold.train, fold.val, fold.test[self._tested(fold, dataset)])
                for fold in whole.folds
            )
            self._labellings[key] = replace(whole, folds=folds)
        return self._labellings[key]

    def _tested(self, fold: Fold, dataset: str) -> Mask:
        """Which of the rows that a fold tests are those of a dataset."""
        own, test = self.rows[dataset], fold.test
        tested: Mask = (test >= own.start) & (test < own.start + len(own.groups))
        return tested


def _place(cell: Cell) -> tuple[object, ...]:
    return cell.site, cell.pooler, cell.layer, cell.classifier, cell.control


def _part(fit: FoldFit, tested: Mask) -> FoldFit:
    """A fit with the scores of some of its test rows."""
    samples = np.repeat(tested, len(fit.test_scores) // len(tested))
    return replace(
        fit,
        test_scores=fit.test_scores[samples],
        decision=None if fit.decision is None else fit.decision[samples],
        probabilities=None if fit.probabilities is None else fit.probabilities[samples],
    )
