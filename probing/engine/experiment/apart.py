"""Metrics of cells that have fits of their own, apart from those of the folds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from probing.engine.experiment.block_fits import Fitting
from probing.plan import Cell
from probing.uncertainty import Influence, Measured, NoIntervalError, TextsTested, measured


@dataclass(frozen=True)
class Apart:
    """Metrics of a cell: values, those with an interval, and the reasons of what is missing."""

    values: Mapping[str, float]
    scores: Mapping[str, Measured]
    reasons: Mapping[str, str]

    @classmethod
    def of(cls, found: Mapping[str, Influence], tested: TextsTested) -> Apart:
        """What influences on the texts that were tested come to."""
        scores, reasons = dict[str, Measured](), dict[str, str]()
        for name, influence in found.items():
            try:
                scores[name] = measured(influence, tested)
            except NoIntervalError as why:
                reasons[name] = str(why)
        return cls({name: one.value for name, one in found.items()}, scores, reasons)

    def joined(self, other: Apart) -> Apart:
        """These and others."""
        return Apart(
            {**self.values, **other.values},
            {**self.scores, **other.scores},
            {**self.reasons, **other.reasons},
        )


NOTHING = Apart({}, {}, {})


class MeasuredApart(Protocol):
    """What measures cells by fits of its own."""

    def of(self, one: Fitting, cells: Mapping[tuple[int, str], Cell]) -> Mapping[str, Apart]:
        """The metrics of some cells of a fitting, by their ids."""
        ...

    def without(self, reason: str) -> Apart:
        """None of the metrics, and why."""
        ...
