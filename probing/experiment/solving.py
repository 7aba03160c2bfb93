"""Solve one block: fit, score and log every fold, then commit its cells together."""

from __future__ import annotations

import time
import traceback
from collections import Counter
from collections.abc import Iterator

from probing.blocks import Block, FoldFailure
from probing.classifiers import Classifier
from probing.events import CellFailed, FoldDone
from probing.experiment.breaking import check_device, reason_of
from probing.experiment.fitting import CellFit, cell_fits
from probing.experiment.predictions import Predictions
from probing.experiment.scoring import Reading, Scorer
from probing.experiment.storing import Store
from probing.plan import PlannedBlock

FLUSH_S = 0.5


def solve(
    store: Store,
    planned: PlannedBlock,
    classifier: Classifier,
    block: Block,
    reading: Reading,
    scorer: Scorer,
) -> None:
    """Fit the block's cells; a cell with a fold that fails is recorded with the reason."""
    began = time.monotonic()
    predictions = Predictions(block)
    failures: dict[str, str] = {}
    broken: list[Exception] = []
    landed: Counter[str] = Counter()
    log = _FoldLog(store)
    for one in _guarded(classifier, block, planned, failures, broken):
        if isinstance(one.fit, FoldFailure):
            failures.setdefault(one.cell.id, f"fold {one.fit.fold}: {one.fit.reason}")
            continue
        predictions.add(one, one.fit)
        landed[one.cell.id] += 1
        log.add(scorer(one, one.fit, block, reading, store.attempt))
    log.flush()
    _check_complete(planned, block, landed, failures)
    store.emit(CellFailed(cell, store.attempt, why) for cell, why in failures.items())
    done = [cell.id for cell in planned.cells if cell.id not in failures]
    if done:
        store.commit(planned.at, done, predictions.arrays(done), time.monotonic() - began)
    for error in broken:
        check_device(error)


def _guarded(
    classifier: Classifier,
    block: Block,
    planned: PlannedBlock,
    failures: dict[str, str],
    broken: list[Exception],
) -> Iterator[CellFit]:
    """The fits, until the classifier as a whole breaks: then its cells have failed."""
    try:
        yield from cell_fits(classifier, block, planned)
    except Exception as error:  # whatever a classifier does, the other cells go on
        traceback.print_exc()
        broken.append(error)
        for cell in planned.cells:
            if cell.control != "majority":
                failures[cell.id] = reason_of(error)


def _check_complete(
    planned: PlannedBlock, block: Block, landed: Counter[str], failures: dict[str, str]
) -> None:
    for cell in planned.cells:
        control = "" if cell.control == "majority" else cell.control
        expected = sum(len(one.folds) for one in block.labellings if one.control == control)
        if landed[cell.id] != expected:
            reason = f"{landed[cell.id]} of {expected} folds came back"
            failures.setdefault(cell.id, reason)


class _FoldLog:
    """Writes folds in batches, so that the curve grows without a sync for every fold."""

    def __init__(self, store: Store) -> None:
        self.store, self.waiting, self.last = store, list[FoldDone](), time.monotonic()

    def add(self, fold: FoldDone) -> None:
        """Log a fold now or with the next ones."""
        self.waiting.append(fold)
        if time.monotonic() - self.last > FLUSH_S:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        if self.waiting:
            self.store.emit(self.waiting)
        self.waiting, self.last = [], time.monotonic()
