"""The state of one cell, built from its events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from probing.events import (
    CellChosen,
    CellEvent,
    CellFailed,
    CellLearned,
    CellMeasured,
    CellNotApplicable,
    CellPooled,
    FoldDone,
)


@dataclass
class CellState:
    """One cell: the folds of its latest attempt, and whether they count.

    `pooled` holds the metrics of all folds together, by permutation, once all folds are there;
    `measured` says how sure they are, `choice` what a chosen cell was chosen among; `curve` is its
    learning curve. A control that is `not_applicable` is done without any.
    """

    folds: list[FoldDone] = field(default_factory=list)
    pooled: Mapping[int, CellPooled] = field(default_factory=dict)
    measured: CellMeasured | None = None
    curve: CellLearned | None = None
    choice: CellChosen | None = None
    attempt: int = -1
    done: bool = False
    failure: str = ""
    not_applicable: CellNotApplicable | None = None

    def take(self, event: CellEvent) -> None:
        """Take in a further event of the cell; those of an attempt that broke off give way."""
        match event:
            case CellFailed():
                self.failure = event.reason
            case CellNotApplicable():
                self.done, self.not_applicable = True, event
            case _ if self.done:
                pass
            case FoldDone():
                self._add(event)
            case CellPooled() if event.attempt == self.attempt:
                self.pooled = {**self.pooled, event.permutation: event}
            case CellMeasured() if event.attempt == self.attempt:
                self.measured = event
            case CellLearned() if event.attempt == self.attempt:
                self.curve = event
            case CellChosen() if event.attempt == self.attempt:
                self.choice = event
            case _:
                pass

    def _add(self, fold: FoldDone) -> None:
        if fold.attempt != self.attempt:
            self.folds, self.pooled = [], {}
            self.measured, self.curve, self.choice = None, None, None
            self.attempt = fold.attempt
        self.folds.append(fold)
