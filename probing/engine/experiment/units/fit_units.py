"""What is found of some blocks as a unit: what a worker would have logged, for the run to log."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from numpy.typing import NDArray

from probing.engine.experiment.run_writer import Batches, Store
from probing.engine.models import Continuations
from probing.engine.splits import Labelling
from probing.errors import RunError
from probing.events import Event, ProbesSaved, Warned
from probing.events.lines import from_record, record_of
from probing.events.of_cells import BlockDone, FitsStarted
from probing.events.of_passes import Progressed
from probing.logs import RunFolder, RunView
from probing.plan import Plan, from_json, stored_part

Steps = list[dict[str, Any]]
LOG_S = 60.0  # that a log may take to be seen on another node
_POLL_S = 0.2


class UnitStore(Store):
    """Takes what a worker finds, and writes nothing: the run writes it once the unit is done.

    What the run has logged and planned it reads.
    """

    writes = False

    def __init__(self, run: RunFolder, plan: Plan) -> None:
        super().__init__(run, plan, opens=False)
        self._view = RunView(run)
        self.begin(0)

    def begin(self, attempt: int, n_events: int = 0) -> None:
        """Read on in the log of the run, and forget what was taken before.

        Raises `RunError` where it does not come to have so many events.
        """
        self._read_on(n_events)
        self.state, self.attempt = self._view.state, attempt
        self.__dict__.pop("_stored", None)
        self._steps: Steps = []
        self.saved: list[str] = []
        self._arrays: dict[str, NDArray[Any]] = {}

    @cached_property
    def _stored(self) -> dict[str, Any]:  # type: ignore[override]
        """The plan with its folds and batches: as large as the datasets, and seldom needed."""
        return from_json(self.run.plan) or {}

    def _read_on(self, n_events: int) -> None:
        began = time.monotonic()
        self._view.update()
        while self._view.n_read < n_events:
            if time.monotonic() - began > LOG_S:
                hint = "do all nodes see the folder of the run?"
                raise RunError(
                    "the log of the run is behind", where=str(self.run.events), hint=hint
                )
            time.sleep(_POLL_S)
            self._view.update()

    def taken(self) -> tuple[dict[str, NDArray[Any]], Steps]:
        """The arrays and the steps since `begin`, in their order: events, and commits of blocks."""
        return self._arrays, self._steps

    def emit(self, events: Iterable[Event]) -> None:
        """Take what is about cells, warnings, and the names of saved probes; how the worker reads
        its features is its own."""
        events = list(events)
        with self._alone:
            for one in events:
                self.saved += one.names if isinstance(one, ProbesSaved) else ()
            self._steps += [{"event": record_of(one)} for one in events if _is_of_cells(one)]

    def commit(
        self,
        block: int,
        cells: Sequence[str],
        arrays: Mapping[str, NDArray[Any]],
        elapsed_s: float,
    ) -> None:
        """Take the predictions of a block."""
        with self._alone:
            self._arrays |= {f"{block}/{name}": one for name, one in arrays.items()}
            step = {"block": block, "cells": list(cells), "elapsed_s": elapsed_s}
            self._steps.append(step)

    def keep_folds(self, dataset: str, labellings: Sequence[Labelling]) -> None:
        """The run has kept them."""

    def keep_batches(self, model: str, dataset: str, batches: Batches) -> None:
        """The run keeps them."""

    def keep_generated(
        self, model: str, texts: str, places: Sequence[int], grown: Continuations
    ) -> None:
        """What texts are continued by is made before any unit."""
        raise RunError("the generated texts of the run are not there", where=str(self.run.path))

    def close(self) -> None:
        """Nothing is open."""


def plan_of_run(run: RunFolder) -> dict[str, Any]:
    """What a run has planned, as a worker on another node comes to see it.

    Raises `RunError` where it does not.
    """
    began = time.monotonic()
    while (stored := stored_part(run.plan)) is None:
        if time.monotonic() - began > LOG_S:
            hint = "do all nodes see the folder of the run?"
            raise RunError("the plan of the run is not there", where=str(run.plan), hint=hint)
        time.sleep(_POLL_S)
    return stored


def replay(store: Store, arrays: Mapping[str, Any], steps: Steps) -> None:
    """Log and commit what a unit holds, but for cells that are finished."""
    waiting: list[Event] = []
    for step in steps:
        if "event" in step:
            event = from_record(step["event"])
            if event is not None and _is_new(store, event):
                waiting.append(_of_attempt(event, store.attempt))
            continue
        store.emit(waiting)
        waiting = []
        if not store.is_finished(step["cells"]):
            start = f"{step['block']}/"
            own = {
                name[len(start) :]: one for name, one in arrays.items() if name.startswith(start)
            }
            store.commit(step["block"], step["cells"], own, step["elapsed_s"])
    store.emit(waiting)


def _is_of_cells(event: Event) -> bool:
    if isinstance(event, (FitsStarted, BlockDone, Progressed)):
        return False
    return isinstance(event, Warned) or hasattr(event, "cell") or hasattr(event, "cells")


def _is_new(store: Store, event: Event) -> bool:
    if isinstance(event, Warned):
        return event not in store.state.warnings
    cells = [event.cell] if hasattr(event, "cell") else list(getattr(event, "cells", ()))
    return not cells or not store.is_finished(cells)


def _of_attempt(event: Event, attempt: int) -> Event:
    return replace(event, attempt=attempt) if hasattr(event, "attempt") else event  # type: ignore[call-arg]
