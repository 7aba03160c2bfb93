"""Write the files of a run: events, folds, batches and predictions; resume from them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from probing.engine.experiment.pausing import wait_while_paused
from probing.engine.models.continuations import Continuations
from probing.engine.splits import Fold, Labelling
from probing.errors import RunError
from probing.events import BlockDone, CellFailed, Event, RunDone, TextsGenerated
from probing.logs import EventWriter, RunFolder, RunView, map_arrays, read_arrays, write_arrays
from probing.logs.states.summaries import summed_up
from probing.plan import Plan, PlannedCells, checked_pieces, from_json, to_json

_MOST_ROWS = 2**31

Batches = list[list[int]]
Shield = Callable[[], AbstractContextManager[None]]


class Store:
    """The run folder of an execution: it appends, and reads back what a resumed run needs.

    One that `retries` the failed cells of a finished run needs its blocks too. One that `opens`
    nothing is for others to fill, and `writes` nothing.
    """

    writes = True

    def __init__(
        self,
        run: RunFolder,
        plan: Plan,
        shield: Shield = nullcontext,
        *,
        retries: bool = False,
        opens: bool = True,
    ) -> None:
        self.run, self.plan, self.shield = run, plan, shield
        self._alone = Lock()
        if opens:
            self._open(retries)

    def _open(self, retries: bool) -> None:
        """Read what is there, and open the log to append to it."""
        run = self.run
        view = RunView(run)
        view.update()
        self.state = view.state
        self.attempt = view.state.n_attempts
        if retries or not isinstance(self.state.end, RunDone):
            self._check_blocks()
        self._stored = self._stored_plan()
        self._writer = EventWriter(run.events)

    def emit(self, events: Iterable[Event]) -> None:
        """Append events and take them into the state; threads take turns.

        All that was found is on the disk then, so a run that is paused waits here.
        """
        with self._alone, self.shield():
            self.state.take(self._writer.append(list(events)))
        if self.state.end is None:
            wait_while_paused(self.run, self.shield)

    def fail(self, blocks: Iterable[PlannedCells], reason: str) -> None:
        """Log why those cells of the blocks fail that are not finished."""
        self.emit(
            CellFailed(cell.id, self.attempt, reason)
            for block in blocks
            for cell in block.cells
            if not self.is_finished([cell.id])
        )

    @property
    def n_events(self) -> int:
        """How many events are in the log."""
        return self._writer.next_seq

    def end(self, end: RunDone) -> None:
        """Append the last event, with the summary of the run."""
        self.emit([summed_up(end, self.state, self._writer)])

    def close(self) -> None:
        """Close the log."""
        self._writer.close()

    def is_finished(self, cells: Iterable[str]) -> bool:
        """Whether all these cells are done or have failed."""
        states = [self.state.cells.get(cell) for cell in cells]
        return all(state is not None and (state.done or state.failure) for state in states)

    def keep_folds(self, dataset: str, labellings: Sequence[Labelling]) -> None:
        """Write the seeds and folds of every labelling of `dataset` into `plan.json`.

        Raises `RunError` where an earlier attempt cut other folds.
        """
        packed = {one.key: [_packed(fold) for fold in one.folds] for one in labellings}
        stored = self._stored["folds"].get(dataset)
        if stored is not None and not _same(stored, packed):
            raise RunError(
                f"cannot be resumed: the folds of {dataset} differ from the first attempt",
                where=self.run.name,
                hint="a library has changed; start a new run",
            )
        self._stored["folds"][dataset] = packed
        if stored is None:
            self._stored["seeds"][dataset] = {one.key: one.seed for one in labellings}
            self._write_plan()

    def batches(self, model: str, dataset: str) -> Batches | None:
        """The batches that an earlier attempt used, if there was one."""
        of_model = self._stored["batches"].get(model, {})
        stored: Batches | None = of_model.get(dataset) if isinstance(of_model, dict) else of_model
        if stored is not None and not _are_rows(stored):
            raise self._no_plan()
        return stored

    def keep_batches(self, model: str, dataset: str, batches: Batches) -> None:
        """Write the batches of a forward pass into `plan.json`."""
        if self.batches(model, dataset) != batches:
            self._stored["batches"].setdefault(model, {})[dataset] = batches
            self._write_plan()

    def commit(
        self,
        block: int,
        cells: Sequence[str],
        arrays: Mapping[str, NDArray[np.generic]],
        elapsed_s: float,
    ) -> None:
        """Finish the cells of a block together: predictions first, then the event that counts."""
        name = f"{block}.safetensors"
        self._check_folder()
        sha256 = write_arrays(self.run.parts / name, arrays)
        done = BlockDone(block, self.attempt, tuple(cells), name, sha256, elapsed_s)
        self.emit([done])

    def keep_generated(
        self, model: str, texts: str, places: Sequence[int], grown: Continuations
    ) -> None:
        """Keep what texts are continued by: the arrays first, then the event that counts."""
        name = f"generated-{len(self.state.generated)}.safetensors"
        self._check_folder()
        arrays = {**grown.to_arrays(), "places": np.array(places, dtype=np.int64)}
        sha256 = write_arrays(self.run.parts / name, arrays)
        self.emit([TextsGenerated(model, texts, len(grown), name, sha256)])

    def arrays(self, done: BlockDone) -> Mapping[str, Any]:
        """What was committed of a block, as pages of its file."""
        return map_arrays(self.run.parts / done.predictions)

    def _check_folder(self) -> None:
        """A run folder that somebody removed does not come back."""
        try:
            self.run.parts.mkdir(mode=0o700, exist_ok=True)
        except FileNotFoundError:
            raise RunError("the run folder was removed", where=str(self.run.path)) from None
        except OSError:
            return  # a full disk is told by what is written next

    def _check_blocks(self) -> None:
        """Blocks whose predictions are not whole are run again."""
        for at, block in list(self.state.blocks.items()):
            if read_arrays(self.run.parts / block.predictions, block.sha256) is None:
                del self.state.blocks[at]
                for cell in block.cells:
                    self.state.cells.pop(cell, None)
                    if (compared := self.state.stability.get(cell)) is not None:
                        for other in compared.cells:
                            self.state.stability.pop(other, None)
                    if (series := self.state.series.get(cell)) is not None:
                        for other in series.cells:
                            self.state.series.pop(other, None)

    def _stored_plan(self) -> dict[str, Any]:
        fresh = to_json(self.plan)
        stored = from_json(self.run.plan)
        if stored is None and self.run.plan.exists():
            raise self._no_plan()
        if stored is None:
            self._stored = fresh
            self._write_plan()
            return fresh
        if not fresh.keys() - {"data"} <= stored.keys():
            raise self._no_plan()
        for key, hint in (
            ("datasets", "the data has changed; start a new run"),
            ("cells", "the spec or probe-tui has changed; start a new run"),
        ):
            if stored[key] != json.loads(json.dumps(fresh[key])):
                raise RunError(
                    f"cannot be resumed: its {key} differ from those in plan.json",
                    where=self.run.name,
                    hint=hint,
                )
        if "data" not in stored:  # of a version whose workers read every dataset for it
            stored = self._stored = {"data": fresh["data"], **stored}
            self._write_plan()
        return stored

    def _no_plan(self) -> RunError:
        hint = "start a new run; or remove it and resume, and the last digits may differ"
        return RunError("is damaged, or of another version", where=str(self.run.plan), hint=hint)

    def _write_plan(self) -> None:
        self.run.write(self.run.plan, checked_pieces(self._stored))


def _are_rows(batches: Any) -> bool:
    """Whether these are lists of row numbers."""
    return isinstance(batches, list) and all(
        isinstance(batch, list) and all(type(row) is int and 0 <= row < _MOST_ROWS for row in batch)
        for batch in batches
    )


def _packed(fold: Fold) -> dict[str, Any]:
    return {"val": fold.val.astype(np.int32), "test": fold.test.astype(np.int32)}


def _same(one: Any, other: Any) -> bool:
    """Whether two things of a plan are equal; row numbers may be lists or arrays."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(np.array_equal(one, other))
