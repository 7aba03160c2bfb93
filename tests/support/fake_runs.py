"""Run folders as the runner leaves them: finished, live, killed, failed, cancelled.

`FakeRuns` writes them with the project's own event writer and closing tables; numbers depend on
the cell alone.
"""

from __future__ import annotations

import dataclasses
import json
import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from probing import events as ev
from probing.logs import EventWriter, Lock, RunFolder, RunView, run_lock
from probing.logs.results.score_tables import write_scores
from probing.logs.states.summaries import summed_up
from probing.plan import Cell, checked_pieces

SPEC = """name = "{name}"
datasets = [{datasets}]
models = [{models}]
poolers = [{{ pool = "mean", layer = "each" }}]
classifiers = [{classifiers}]
controls = ["majority", "shuffled_labels"]
n_folds = 5
"""
CONTROLS = ("", "majority", "shuffled_labels")
N_TEXTS = 2000
N_FOLDS = 5
ERROR = "a class has 3 members, fewer than 5 folds"


@dataclass(frozen=True)
class Shape:
    """What a fake run is over; without `has_levels` majority is there for each layer, as once."""

    datasets: tuple[str, ...] = ("truth",)
    models: tuple[str, ...] = ("gpt2",)
    poolers: tuple[str, ...] = ("mean",)
    classifiers: tuple[str, ...] = ("LogisticRegression",)
    n_layers: int = 12
    task: str = "binary"
    has_whole: bool = False
    has_levels: bool = False

    def cells(self) -> list[Cell]:
        """Every cell, grouped as blocks of one probe with its controls."""
        return [*self._levels(), *self._of_layers()]

    def _of_layers(self) -> list[Cell]:
        return [
            Cell(dataset, self.task, model, "resid", pooler, layer, classifier, control)
            for model in self.models
            for dataset in self.datasets
            for pooler in self.poolers
            for classifier in self.classifiers
            for layer in ((None,) if "layer=" in pooler else range(self.n_layers + 1))
            for control in self._controls()
        ]

    def _controls(self) -> list[str]:
        return [one for one in CONTROLS if one != "majority" or not self.has_levels]

    def _levels(self) -> list[Cell]:
        return [
            Cell(dataset, self.task, "", "", "", None, classifier, "majority")
            for dataset in self.datasets
            for classifier in self.classifiers
            if self.has_levels
        ]

    def blocks(self) -> list[list[Cell]]:
        """Cells that are committed together."""
        cells, size = self._of_layers(), len(self._controls())
        of_layers = [cells[at : at + size] for at in range(0, len(cells), size)]
        return [*([cell] for cell in self._levels()), *of_layers]


@dataclass
class FakeRuns:
    """Writes run folders under `logs`; `close` frees the locks of the live ones.

    Those that are `old` are of a version that wrote neither a summary nor its results.
    """

    logs: Path
    is_old: bool = False
    locks: list[Lock] = field(default_factory=list)

    def finished(self, name: str = "quickstart", shape: Shape | None = None) -> RunFolder:
        """A run whose cells are all done."""
        shape = shape or Shape()
        run, writer = self._begin(name, shape)
        for at, block in enumerate(shape.blocks()):
            self._write_block(writer, at, block)
        self._end(run, writer, ev.RunDone(len(shape.cells()), 0, 41.5, 0))
        return run

    def with_failed_cells(self, name: str = "rare-classes", n_failed: int = 3) -> RunFolder:
        """A finished run, the last cells of which have failed."""
        shape = Shape(("questions",), ("gpt2",), task="multiclass")
        run, writer = self._begin(name, shape)
        blocks = shape.blocks()
        for at, block in enumerate(blocks[:-1]):
            self._write_block(writer, at, block)
        failures = [ev.CellFailed(cell.id, 0, ERROR) for cell in blocks[-1][:n_failed]]
        writer.append(failures)
        self._end(run, writer, ev.RunDone(len(shape.cells()) - n_failed, n_failed, 33.0, 5))
        return run

    def live(self, name: str = "sweep", n_blocks: int = 5, shape: Shape | None = None) -> RunFolder:
        """A run under way: some blocks done, one with two folds, its lock held."""
        shape = shape or Shape()
        run, writer = self._begin(name, shape)
        for at, block in enumerate(shape.blocks()[:n_blocks]):
            self._write_block(writer, at, block)
        writer.append(self._folds(shape.blocks()[n_blocks][0], range(2)))
        writer.close()
        self.hold(run)
        return run

    def reading(self, name: str = "reading") -> RunFolder:
        """A run in its forward pass."""
        run, writer = self._begin(name, Shape(models=("llama-3-8b",), n_layers=32), passed=False)
        progress = ev.PassProgressed("llama-3-8b", "truth", 640, N_TEXTS, 9600, 30000, 12.0)
        writer.append([progress])
        writer.close()
        self.hold(run)
        return run

    def waiting(self, name: str = "waiting") -> RunFolder:
        """A run that waits for a GPU."""
        run = self.folder(name, Shape())
        writer = EventWriter(run.events)
        writer.append([_started(run, Shape()), ev.Waited("GPU-1 is held by run sweep")])
        writer.close()
        self.hold(run)
        return run

    def killed(self, name: str = "killed", n_blocks: int = 4) -> RunFolder:
        """A run whose process is gone."""
        run = self.live(name, n_blocks)
        self.locks.pop().release()
        return run

    def failed(self, name: str = "broken") -> RunFolder:
        """A run that broke off as a whole."""
        run, writer = self._begin(name, Shape(), passed=False)
        self._end(run, writer, ev.RunFailed("gpt2: no such model folder; check the name", 3))
        return run

    def cancelled(self, name: str = "stopped") -> RunFolder:
        """A run that somebody cancelled."""
        run, writer = self._begin(name, Shape())
        self._write_block(writer, 0, Shape().blocks()[0])
        self._end(run, writer, ev.RunCancelled("ada"))
        return run

    def finish(self, run: RunFolder, shape: Shape | None = None) -> None:
        """Let all that is left of a live run land, and end it."""
        shape, view = shape or Shape(), _viewed(run)
        writer = EventWriter(run.events)
        for at, block in enumerate(shape.blocks()):
            if at not in view.state.blocks:
                self._write_block(writer, at, block)
        self._end(run, writer, ev.RunDone(len(shape.cells()), 0, 20.0, 0))

    def advance(self, run: RunFolder, at: int, shape: Shape | None = None) -> None:
        """Let block `at` of a live run land."""
        writer = EventWriter(run.events)
        self._write_block(writer, at, (shape or Shape()).blocks()[at])
        writer.close()

    def hold(self, run: RunFolder) -> None:
        """Hold the lock of a run, as its runner would."""
        lock = Lock(run_lock(run.path))
        assert lock.acquire()
        self.locks.append(lock)

    def close(self) -> None:
        """Free all locks."""
        while self.locks:
            self.locks.pop().release()

    def folder(self, name: str, shape: Shape) -> RunFolder:
        """A run folder with its spec and plan."""
        path = self.logs / name
        path.mkdir(parents=True, mode=0o700)
        run = RunFolder(path)
        spec = SPEC.format(
            name=name,
            datasets=_quoted(shape.datasets),
            models=_quoted(shape.models),
            classifiers=_quoted(shape.classifiers),
        )
        run.write(run.spec, spec)
        cells = [{"id": cell.id, **dataclasses.asdict(cell)} for cell in shape.cells()]
        blocks = [
            {"model": own[0].model, "dataset": own[0].dataset, "cells": [cell.id for cell in own]}
            for own in shape.blocks()
        ]
        plan = {"format": 1, "cells": cells, "blocks": blocks, "cost": {"fits_s": 20.0}}
        run.write(run.plan, checked_pieces(plan))
        run.write(run.log, "reading gpt2\nlayer 8, fold 3 of 5\n")
        return run

    def _begin(self, name: str, shape: Shape, passed: bool = True) -> tuple[RunFolder, EventWriter]:
        run = self.folder(name, shape)
        writer = EventWriter(run.events)
        writer.append([_started(run, shape), ev.DeviceTaken("cpu", "cpu", "float32")])
        for model in shape.models if passed else shape.models[:1]:
            for dataset in shape.datasets:
                writer.append([ev.PassStarted(model, dataset, N_TEXTS, 124_000_000)])
                if passed:
                    writer.append([ev.PassDone(model, dataset, N_TEXTS, 30_000, 0, 24, 6.5)])
        return run, writer

    def _end(self, run: RunFolder, writer: EventWriter, end: ev.Ended) -> None:
        if not self.is_old:
            view = _viewed(run)
            if isinstance(end, ev.RunDone):
                end = dataclasses.replace(end, tables=write_scores(view))
            end = summed_up(end, view.state, writer)
        writer.append([end])
        writer.close()

    def _write_block(self, writer: EventWriter, at: int, block: Sequence[Cell]) -> None:
        writer.append(one for cell in block for one in self._folds(cell, range(N_FOLDS)))
        names = tuple(cell.id for cell in block)
        writer.append([ev.BlockDone(at, 0, names, f"blocks/{at}.parquet", "0" * 64, 0.6)])

    def _folds(self, cell: Cell, folds: Iterable[int]) -> list[ev.FoldDone]:
        return [_fold(cell, fold) for fold in folds]


def _viewed(run: RunFolder) -> RunView:
    view = RunView(run)
    view.update()
    return view


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(json.dumps(name) for name in names)


def _started(run: RunFolder, shape: Shape) -> ev.RunStarted:
    n_passes = len(shape.datasets) * len(shape.models)
    return ev.RunStarted(run.name, 0, "0.1.0", 4242, "here", len(shape.cells()), n_passes, 2)


def _fold(cell: Cell, fold: int) -> ev.FoldDone:
    layer = cell.layer if cell.layer is not None else 6
    noise = random.Random(f"{cell.id}{fold}").gauss(0, 0.02)
    peak = {"": 0.42, "majority": 0.0, "shuffled_labels": 0.0}[cell.control]
    peak *= {"LDA": 0.9, "MassMean": 0.75}.get(cell.classifier, 1.0)
    value = 0.5 + peak * math.exp(-(((layer - 8) / 5) ** 2))
    value = value if cell.control == "majority" else min(value + noise, 1.0)
    return ev.FoldDone(
        **{key: getattr(cell, key) for key in (field.name for field in dataclasses.fields(Cell))},
        cell=cell.id,
        attempt=0,
        permutation=0,
        fold=fold,
        n_train=1440,
        n_val=160,
        n_test=400,
        n_truncated=0,
        n_params=124_000_000,
        n_probe_params=769,
        fit_s=0.1,
        metrics=_metrics(cell.task, value, layer),
    )


def _metrics(task: str, value: float, layer: int) -> dict[str, float | None]:
    if task == "regression":
        return {"r2": 2 * value - 1, "mse": 1.5 - value, "mae": 1.1 - value, "pearson": value}
    shares = {"accuracy": value - 0.02, "balanced_accuracy": value - 0.02, "f1": value - 0.03}
    return {**shares, "auroc": value, "brier": None if layer == 0 else 0.3 - value / 4}
