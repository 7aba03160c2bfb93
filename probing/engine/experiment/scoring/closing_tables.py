"""Write the closing tables of a run: its scores, its results, its predictions and their texts."""

from __future__ import annotations

from itertools import chain

from probing.datasets import KeptDatasets
from probing.engine.experiment.run_writer import Store
from probing.engine.experiment.scoring.chosen_neurons import neuron_tables
from probing.engine.experiment.scoring.frames_in_parts import write_in_parts, write_rows
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
    written = {path.name: write_in_parts(path, frames, store.run.parts)}
    written |= _write_texts(store, texts)
    more = {**_write_neurons(store, plan), **_write_training(store, plan)}
    more |= _write_generated(store, plan, kept)
    more |= _write_influences(store, plan)
    return {**write_scores(view), **written, **more}


def _write_texts(store: Store, texts: TestedTexts) -> dict[str, str]:
    """Write the texts that predictions are of, each once."""
    path = store.run.texts
    with texts.table() as table:
        return {} if table is None else {path.name: write_rows(path, table)}


def _write_training(store: Store, plan: Plan) -> dict[str, str]:
    """Write the epochs of networks, where they were asked for and there are any."""
    if not plan.spec.training_log:
        return {}
    frames = training_tables(store.run, store.state, plan)
    first = next(frames, None)
    if first is None:
        return {}
    path = store.run.training
    return {path.name: write_in_parts(path, chain([first], frames), store.run.parts)}


def _write_generated(store: Store, plan: Plan, kept: KeptDatasets) -> dict[str, str]:
    """Write what texts were continued by, where they were."""
    frames = generated_tables(store, plan, kept)
    first = next(frames, None)
    if first is None:
        return {}
    path = store.run.generated
    return {path.name: write_in_parts(path, chain([first], frames), store.run.parts)}


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
