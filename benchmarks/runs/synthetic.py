"""Finished runs of any size, written by the project's own event log and closing tables.

Nothing is computed: scores are drawn. All else is as a runner leaves it, so that readers find
folds, pooled metrics, permutations, failed cells, flags and warnings.
"""

from __future__ import annotations

import dataclasses
import os
import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from probing import events as ev
from probing.logs import EventWriter, RunFolder, RunView
from probing.logs.results.score_tables import write_scores
from probing.logs.states.summaries import summed_up
from probing.metric_names import METRICS, metrics_of
from probing.plan import Cell, checked_pieces

TASKS = ("binary", "multiclass", "regression")
CONTROLS = ("", "majority", "shuffled_labels")
CLASSIFIERS = (
    "LogisticRegression",
    "LDA",
    "Ridge",
    "QDA",
    "LinearSVM",
    "MassMean",
    "KNN",
    "GaussianNB",
    "MLP",
)
_REASON = "a class has 3 members, fewer than 5 folds"
_N_TEXTS, _N_PARAMS = 2000, 124_000_000


@dataclass(frozen=True)
class RunShape:
    """What a run is over; dataset `k` has the task `k` of `TASKS`, and they come round again.

    Cells of the first `n_failed` probes fail. With one fold there are bootstrap bounds and no
    pooled metrics, as with a given split.
    """

    n_datasets: int = 2
    n_poolers: int = 2
    n_classifiers: int = 3
    n_layers: int = 13
    n_folds: int = 10
    n_shuffles: int = 5
    n_failed: int = 0
    model: str = "gpt2"

    @property
    def n_probes(self) -> int:
        """Probes of the run, at all layers."""
        return self.n_datasets * self.n_poolers * self.n_classifiers * self.n_layers

    @property
    def n_cells(self) -> int:
        """Cells of the run."""
        return self.n_probes * len(CONTROLS)

    def cells(self) -> list[Cell]:
        """Every cell, each task before its controls."""
        poolers = [f"mean(skip_first={at})" if at else "mean" for at in range(self.n_poolers)]
        whole = product(
            range(self.n_datasets), poolers, CLASSIFIERS[: self.n_classifiers], range(self.n_layers)
        )
        return [
            Cell(
                f"dataset-{at}",
                TASKS[at % 3],
                self.model,
                "resid",
                pooler,
                layer,
                classifier,
                control,
            )
            for at, pooler, classifier, layer in whole
            for control in CONTROLS
        ]


def write_run(folder: Path, shape: RunShape, *, seed: int = 0, closed: bool = True) -> RunFolder:
    """Write a finished run into a new folder.

    One that is not `closed` has neither summary nor tables, as those of earlier versions.
    """
    run, cells = begin_run(folder, shape), shape.cells()
    writer = EventWriter(run.events)
    draw = random.Random(seed)
    for events in blocks_of(shape, draw):
        writer.append(events)
    writer.append(_series(cells, shape, draw))
    _end(run, writer, closed)
    return run


def begin_run(folder: Path, shape: RunShape) -> RunFolder:
    """Write a run that has just begun, and whose passes are over, into a new folder."""
    folder.mkdir(parents=True, mode=0o700)
    run = RunFolder(folder)
    run.write(run.spec, f'name = "{run.name}"\n')
    plan = [{"id": cell.id, **dataclasses.asdict(cell)} for cell in shape.cells()]
    run.write(run.plan, checked_pieces({"format": 1, "cells": plan}))
    writer = EventWriter(run.events)
    writer.append(begin(run, shape))
    writer.close()
    return run


def blocks_of(shape: RunShape, draw: random.Random) -> Iterator[list[ev.Event]]:
    """The events of each probe with its controls."""
    cells = shape.cells()
    for at in range(0, len(cells), len(CONTROLS)):
        yield list(block(at // len(CONTROLS), cells[at : at + len(CONTROLS)], shape, draw))


def copy_run(run: RunFolder, folder: Path) -> RunFolder:
    """The same run under another name, at no cost of disk: its files are linked."""
    shutil.copytree(run.path, folder, copy_function=os.link)
    return RunFolder(folder)


def begin(run: RunFolder, shape: RunShape) -> Iterator[ev.Event]:
    """The events before the first cell."""
    n_cells = len(shape.cells())
    yield ev.RunStarted(run.name, 0, "0.1.0", 4242, "here", n_cells, shape.n_datasets, 2)
    yield ev.Warned("plan", "dataset-0: 12 texts are repeated")
    yield ev.DeviceTaken("cpu", "cpu", "float32")
    for at in range(shape.n_datasets):
        yield ev.PassStarted(shape.model, f"dataset-{at}", _N_TEXTS, _N_PARAMS)
        yield ev.PassDone(shape.model, f"dataset-{at}", _N_TEXTS, 30_000, 3, 24, 6.5)


def _end(run: RunFolder, writer: EventWriter, closed: bool) -> None:
    view = RunView(run)
    view.update()
    n_done, n_failed = view.state.n_done, view.state.n_failed
    tables = write_scores(view) if closed else {}
    end = ev.RunDone(n_done, n_failed, 41.5, 5 if n_failed else 0, tables)
    writer.append([summed_up(end, view.state, writer) if closed else end])
    writer.close()


def block(
    at: int, cells: Sequence[Cell], shape: RunShape, draw: random.Random
) -> Iterator[ev.Event]:
    """The events of a probe and its controls."""
    if at < shape.n_failed:
        yield from (ev.CellFailed(cell.id, 0, _REASON) for cell in cells)
        return
    for cell in cells:
        n_permutations = shape.n_shuffles if cell.control == "shuffled_labels" else 1
        for permutation in range(n_permutations):
            for fold in range(shape.n_folds):
                yield _fold(cell, permutation, fold, shape, draw)
            if shape.n_folds > 1:
                yield _pooled(cell, permutation, shape, draw)
        yield _measured(cell, draw)
    done = tuple(cell.id for cell in cells)
    yield ev.BlockDone(at, 0, done, f"{at}.safetensors", "0" * 64, 0.6)


def _fold(
    cell: Cell, permutation: int, fold: int, shape: RunShape, draw: random.Random
) -> ev.FoldDone:
    metrics = {name: draw.random() for name in metrics_of(cell.task) if _has(cell, name)}
    lows, highs = {}, {}
    if shape.n_folds == 1:
        lows = {name: value - 0.1 for name, value in metrics.items()}
        highs = {name: value + 0.1 for name, value in metrics.items()}
    n_test = _N_TEXTS // max(shape.n_folds, 5)
    return ev.FoldDone(
        **dataclasses.asdict(cell),
        cell=cell.id,
        attempt=0,
        permutation=permutation,
        fold=fold,
        n_train=_N_TEXTS - n_test,
        n_val=0,
        n_test=n_test,
        n_truncated=3,
        n_params=_N_PARAMS,
        n_probe_params=769,
        fit_s=draw.random(),
        metrics=metrics | ({"brier": None} if cell.layer == 0 else {}),
        reasons={"brier": "no probabilities"} if cell.layer == 0 else {},
        lows=lows,
        highs=highs,
        chosen={"C": 10 ** draw.uniform(-4, 4)} if cell.classifier != "LDA" else {},
        flags=("C at the edge of the grid",) if draw.random() < 0.05 else (),
        positive="true" if cell.task == "binary" else "",
    )


def _pooled(cell: Cell, permutation: int, shape: RunShape, draw: random.Random) -> ev.CellPooled:
    pooled = [name for name in metrics_of(cell.task) if METRICS[name].is_pooled]
    parts = {
        name: [draw.random() for _ in range(shape.n_folds)] for name in pooled if _has(cell, name)
    }
    return ev.CellPooled(cell.id, 0, permutation, tuple(range(shape.n_folds)), parts)


def _measured(cell: Cell, draw: random.Random) -> ev.CellMeasured:
    values = {name: draw.random() for name in metrics_of(cell.task) if _has(cell, name)}
    errors = {name: value / 20 for name, value in values.items()}
    lows = {name: value - 2 * errors[name] for name, value in values.items()}
    highs = {name: value + 2 * errors[name] for name, value in values.items()}
    return ev.CellMeasured(cell.id, 0, _N_TEXTS, errors, lows, highs)


def _series(cells: Sequence[Cell], shape: RunShape, draw: random.Random) -> Iterator[ev.Event]:
    """What the layers of each probe come to together."""
    by_probe: dict[Cell, list[Cell]] = {}
    for cell in cells[shape.n_failed * len(CONTROLS) :]:
        by_probe.setdefault(dataclasses.replace(cell, layer=None), []).append(cell)
    for probe, layers in by_probe.items():
        names = [name for name in metrics_of(probe.task) if _has(probe, name)]
        lows, highs, best = (
            {name: [draw.random() for _ in layers] for name in names} for _ in range(3)
        )
        p_values = {} if probe.control else {"chance": {name: draw.random() for name in names}}
        ids = tuple(cell.id for cell in layers)
        yield ev.SeriesMeasured(ids, lows, highs, best, p_values)


def _has(cell: Cell, metric: str) -> bool:
    return cell.task in METRICS[metric].tasks
