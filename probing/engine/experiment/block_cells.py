"""Solve blocks: fit, score and log every fold, then commit the cells of each together."""

from __future__ import annotations

import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from probing.engine.blocks import EVERY_FOLD, Block, FoldFailure
from probing.engine.controls import Fits
from probing.engine.experiment.apart import MeasuredApart
from probing.engine.experiment.block_fits import (
    CellFit,
    CellWatch,
    Fitting,
    cell_fits,
    fittings,
)
from probing.engine.experiment.choosing.candidates import Candidates
from probing.engine.experiment.choosing.leaders import Leaders
from probing.engine.experiment.ensembles.members import Members
from probing.engine.experiment.learning_curves.part_fits import LearningCurves
from probing.engine.experiment.learning_curves.part_maker import PartMaker
from probing.engine.experiment.live_training import LiveTraining
from probing.engine.experiment.run_writer import Store
from probing.engine.experiment.scoring.fold_scores import Reading, Scorer
from probing.engine.experiment.scoring.own_rows import OwnRows
from probing.engine.experiment.scoring.pools import Pools
from probing.engine.experiment.scoring.predictions import Arrays, Predictions
from probing.engine.experiment.unforeseen_errors import check_device, reason_of
from probing.engine.threads import Sharing, side_by_side
from probing.errors import is_interruption
from probing.events import CellFailed, FitsStarted, FoldDone
from probing.plan import Cell, PlannedCells
from probing.spec import role_of

FLUSH_S = 0.5


@dataclass(frozen=True)
class Task:
    """Planned blocks to solve as one, though each is committed by itself.

    `open` gives the features of all their layers, and is called when their turn comes. `leaders`
    are those of the pass, where something is chosen among its cells. `apart` measure what has fits
    of its own; `learner` is there where learning curves are asked for. `spread` gives each dataset
    that is tested its part of every fit, where these are others than the block's own; `rows` are
    theirs then. What `joins` an ensemble keeps the scores of all its fits.
    """

    parts: Sequence[PlannedCells]
    classifier: Fits
    reading: Callable[[Cell], Reading]
    open: Callable[[], Block]
    leaders: Leaders | None = None
    apart: Sequence[MeasuredApart] = ()
    learner: PartMaker | None = None
    spread: Callable[[CellFit], Iterable[CellFit]] = lambda one: [one]
    rows: Mapping[str, OwnRows] = field(default_factory=dict)
    joins: bool = False


@dataclass(frozen=True)
class Group:
    """Blocks that are fitted side by side, as `sharing` says."""

    tasks: Sequence[Task]
    sharing: Sharing


Lane = Callable[[], Iterator[Group]]


def solve(store: Store, lanes: Sequence[Lane], scorer: Scorer) -> None:
    """Fit the cells of all blocks; a cell with a fold that fails is recorded with the reason.

    The groups of a lane are fitted one after another, lanes beside each other; what is found is
    logged and committed here.
    """
    log = _FoldLog(store)
    pieces = [partial(_folds_of, lane, store, scorer) for lane in lanes]
    for solving, fold in side_by_side(pieces, Sharing.lanes(len(lanes))):
        if fold is not None:
            log.add(fold)
        else:
            log.flush()
            solving.finish(store)


def _folds_of(
    lane: Lane, store: Store, scorer: Scorer
) -> Iterator[tuple[_Solving, FoldDone | None]]:
    for group in lane():
        at_once = group.sharing.at_once
        solvings = [_Solving(task, store, scorer, at_once) for task in group.tasks]
        yield from side_by_side([one.folds for one in solvings], group.sharing)


class _Solving:
    """The folds of a task as they land, and what is committed of it at its end."""

    def __init__(self, task: Task, store: Store, scorer: Scorer, at_once: int) -> None:
        self.task, self.scorer, self.attempt, self.at_once = task, scorer, store.attempt, at_once
        self.store = store
        self.failures: dict[str, str] = {}
        self.broken: list[BaseException] = []
        self.broken_apart: list[BaseException] = []
        self.landed: Counter[str] = Counter()

    def folds(self) -> Iterator[tuple[_Solving, FoldDone | None]]:
        """Every fold that was fitted, scored; None at the end."""
        began, task = time.monotonic(), self.task
        block, cells = task.open(), [cell for part in task.parts for cell in part.cells]
        self.predictions = Predictions(block, task.rows)
        self.pools = Pools(block, frames=task.rows)
        metric = None if task.leaders is None else task.leaders.metric
        self.candidates = None if metric is None else Candidates(block, metric, task.rows)
        self.members = Members() if task.joins else None
        self.live = LiveTraining(self.store.run, task.parts[0].at) if block.logs_training else None
        if _may_end_the_process(task.classifier, block.device):
            name, ids = cells[0].classifier, tuple(cell.id for cell in cells)
            self.store.emit([FitsStarted(task.parts[0].at, self.attempt, name, ids)])
        fitted = fittings(task.classifier, block, [part.cells for part in task.parts])
        for one in self._fits(fitted):
            if isinstance(one.fit, FoldFailure):
                self._failed(one.cell, one.fit)
                continue
            self.predictions.add(one, one.fit)
            self.landed[one.cell.id] += 1
            scored = self.scorer(one, one.fit, block, task.reading(one.cell), self.attempt)
            self.pools.add(one.cell, one.labelling, scored)
            if self.candidates is not None:
                self.candidates.add(one, one.fit, scored)
            if self.members is not None:
                self.members.add(one, one.fit)
            yield self, scored.event
        _check_complete(cells, block, self.landed, self.failures)
        for each in task.apart:
            self._measure(each, fitted)
        self.curves = self._curves(fitted, block)
        self.elapsed_s = time.monotonic() - began
        yield self, None

    def _fits(self, fitted: Sequence[Fitting]) -> Iterator[CellFit]:
        for one in fitted:
            watch = None if self.live is None else self.live.watch
            for fit in _guarded(one, self.broken, watch):
                yield from self.task.spread(fit)

    def _failed(self, cell: Cell, failure: FoldFailure) -> None:
        """Note why a cell has failed: the first of its folds, unless none can be fitted."""
        if failure.fold == EVERY_FOLD:
            self.failures[cell.id] = failure.reason
        else:
            self.failures.setdefault(cell.id, f"fold {failure.fold}: {failure.reason}")

    def _measure(self, apart: MeasuredApart, fitted: Sequence[Fitting]) -> None:
        """What has fits of its own; whatever breaks these leaves the cells as they are."""
        for one in fitted:
            sound = {at: cell for at, cell in one.cells.items() if cell.id not in self.failures}
            try:
                found = apart.of(one, sound) if sound else {}
            except BaseException as error:  # as of any fit
                if is_interruption(error):
                    raise
                traceback.print_exc()
                self.broken_apart.append(error)
                found = {cell.id: apart.without(reason_of(error)) for cell in sound.values()}
            for cell_id, metrics in found.items():
                self.pools.take(cell_id, metrics)

    def _curves(self, fitted: Sequence[Fitting], block: Block) -> LearningCurves | None:
        task = self.task
        if task.learner is None:
            return None
        curves = LearningCurves(block, task.learner, self.scorer, task.reading, self.attempt)
        self.broken_apart += curves.fit(fitted, self.failures)
        return curves

    def finish(self, store: Store) -> None:
        """Commit what was solved, each block with its share of the time.

        Failures come last: a block whose cells have all failed is not run again.
        """
        share = self.elapsed_s / self.at_once / len(self.task.parts)
        for part in self.task.parts:
            done = [cell.id for cell in part.cells if cell.id not in self.failures]
            store.emit(self.pools.of(done))
            if self.curves is not None:
                store.emit(self.curves.events(done, self.pools))
            arrays = self.predictions.arrays(done) | self.pools.arrays(done) | self._of_folds(part)
            if self.members is not None:
                arrays |= self.members.arrays(done)
            if arrays:
                store.commit(part.at, done, arrays, share)
        store.emit(CellFailed(cell, self.attempt, why) for cell, why in self.failures.items())
        if self.live is not None:
            self.live.close()
        del self.predictions, self.pools, self.candidates, self.members, self.curves
        for error in (*self.broken, *self.broken_apart):
            check_device(error)

    def _of_folds(self, part: PlannedCells) -> Arrays:
        """What choosing needs: of the folds that were fitted, also of a cell that has failed."""
        leaders = self.task.leaders
        if leaders is None or self.candidates is None or self.broken:
            return {}
        return leaders.arrays(self.candidates, part.cells)


def _guarded(
    one: Fitting, broken: list[BaseException], watch: CellWatch | None
) -> Iterator[CellFit]:
    """The fits, until the classifier as a whole breaks: then its cells have failed."""
    try:
        yield from cell_fits(one, watch)
    except BaseException as error:  # whatever a classifier does, the other cells go on
        if is_interruption(error):
            raise
        traceback.print_exc()
        broken.append(error)
        for (layer_at, _), cell in one.cells.items():
            failure = FoldFailure(layer_at, 0, EVERY_FOLD, reason_of(error))
            yield CellFit(cell, one.block.labellings[0], failure)


def _may_end_the_process(classifier: Fits, device: str) -> bool:
    asked = getattr(classifier, "may_end_the_process", None)
    return asked is not None and bool(asked(device))


def _check_complete(
    cells: Sequence[Cell], block: Block, landed: Counter[str], failures: dict[str, str]
) -> None:
    for cell in cells:
        role = role_of(cell.control)
        expected = sum(len(one.folds) for one in block.labellings if one.control == role)
        if landed[cell.id] != expected:
            reason = f"{landed[cell.id]} of {expected} folds were returned"
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
