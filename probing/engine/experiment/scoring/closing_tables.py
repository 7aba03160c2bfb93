"""Write the closing tables of a run: its scores, its results, its predictions and their texts."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING

from probing.datasets import KeptDatasets
from probing.engine.experiment.run_writer import Store
from probing.engine.experiment.scoring.chosen_neurons import neuron_tables
from probing.engine.experiment.scoring.generated_table import generated_tables
from probing.engine.experiment.scoring.logged_training import training_tables
from probing.engine.experiment.scoring.prediction_tables import tables
from probing.engine.experiment.scoring.tested_texts import TestedTexts
from probing.logs import RunView, write_arrays
from probing.logs.results.closing_tables import write_table
from probing.logs.results.influences import is_of_influences, named_texts
from probing.logs.results.score_tables import write_scores
from probing.plan import Plan
from probing.registry import chooses_features

if TYPE_CHECKING:
    import polars as pl

ROWS = 100_000


def write_tables(store: Store, plan: Plan, kept: KeptDatasets) -> dict[str, str]:
    """Write all tables, each whole or not at all; the SHA-256 of each, by its name.

    `kept` has read the datasets, or reads them again.
    """
    view = RunView(store.run)
    view.update()
    classes = {
        one.dataset.name: [name for name, _ in one.dataset.facts.class_counts]
        for one in plan.passes
    }
    texts = TestedTexts(store.run, plan)
    frames = tables(store.run, store.state, plan, classes, texts)
    path = store.run.predictions
    with _in_parts(frames, store.run.parts) as predictions:
        written = {path.name: write_table(path, predictions.sink_parquet)}
    written |= _write_texts(store, texts)
    more = {**_write_neurons(store, plan), **_write_training(store, plan)}
    more |= _write_generated(store, plan, kept)
    more |= _write_influences(store, plan)
    return {**write_scores(view), **written, **more}


def _write_texts(store: Store, texts: TestedTexts) -> dict[str, str]:
    """Write the texts that predictions are of, each once."""
    path = store.run.texts
    with texts.table() as table:
        return {} if table is None else {path.name: write_table(path, table.sink_parquet)}


def _write_training(store: Store, plan: Plan) -> dict[str, str]:
    """Write the epochs of networks, where they were asked for and there are any."""
    if not plan.spec.training_log:
        return {}
    frames = training_tables(store.run, store.state, plan)
    first = next(frames, None)
    if first is None:
        return {}
    path = store.run.training
    with _in_parts(chain([first], frames), store.run.parts) as table:
        return {path.name: write_table(path, table.sink_parquet)}


def _write_generated(store: Store, plan: Plan, kept: KeptDatasets) -> dict[str, str]:
    """Write what texts were continued by, where they were."""
    frames = generated_tables(store, plan, kept)
    first = next(frames, None)
    if first is None:
        return {}
    path = store.run.generated
    with _in_parts(chain([first], frames), store.run.parts) as table:
        return {path.name: write_table(path, table.sink_parquet)}


def _write_neurons(store: Store, plan: Plan) -> dict[str, str]:
    """Write what features were chosen, where any were."""
    import polars as pl

    if not any(chooses_features(one) for one in plan.spec.classifiers):
        return {}
    frames = list(neuron_tables(store.run, store.state, plan))
    path = store.run.neurons
    return {path.name: write_table(path, pl.concat(frames).write_parquet)} if frames else {}


def _write_influences(store: Store, plan: Plan) -> dict[str, str]:
    """Write the influences of all cells, and which texts they are of."""
    arrays = {
        name: array
        for block in store.state.blocks.values()
        for name, array in store.arrays(block).items()
        if is_of_influences(name)
    }
    if not arrays:
        return {}
    datasets = {one.dataset.name: one.dataset.facts.sha256 for one in plan.passes}
    path = store.run.influences
    return {path.name: write_arrays(path, arrays | named_texts(datasets))}


@contextmanager
def _in_parts(frames: Iterable[pl.DataFrame], folder: Path) -> Iterator[pl.LazyFrame]:
    """The frames as one that is read piece by piece, from unnamed files in `folder`.

    Polars is given files, not paths: it globs some paths, and refuses those that are not UTF-8.
    """
    import polars as pl

    with ExitStack() as parts:
        files: list[IO[bytes]] = []
        for some in _gathered(frames):
            files.append(parts.enter_context(tempfile.TemporaryFile(dir=folder)))
            pl.concat(some).write_parquet(files[-1])
            files[-1].seek(0)
        yield pl.scan_parquet(files, glob=False) if files else pl.LazyFrame()


def _gathered(frames: Iterable[pl.DataFrame]) -> Iterator[list[pl.DataFrame]]:
    """Frames by lists of some 100,000 rows: few files, and none of them large in memory."""
    some: list[pl.DataFrame] = []
    n_rows = 0
    for frame in frames:
        some.append(frame)
        n_rows += frame.height
        if n_rows >= ROWS:
            yield some
            some, n_rows = [], 0
    if some:
        yield some
