"""Make the plan of a spec: every cell, grouped so that each model reads each dataset once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from probing import audit, catalog, datasets
from probing.datasets import Fetch, NotFetchedError
from probing.errors import DatasetError, SpecError
from probing.layer_choice import baseline_cell
from probing.plan.all_work import AllWork
from probing.plan.costs.estimate import cost_of
from probing.plan.remarks.chat_checks import check_chats
from probing.plan.remarks.dataset_findings import findings_of
from probing.plan.remarks.dataset_notes import notes_on, unanswered
from probing.plan.remarks.foreseen_failures import foreseen
from probing.plan.remarks.generation_checks import check_generation
from probing.plan.remarks.shortages import lacks
from probing.plan.remarks.spec_notes import spec_notes
from probing.plan.remarks.token_findings import token_findings
from probing.plan.serving import FindTasks
from probing.plan.token_counts import remember_texts
from probing.plan.types import (
    NamedDataset,
    NamedModel,
    Plan,
    PlannedPass,
)
from probing.plan.unique_names import name_datasets, name_models
from probing.registry import (
    check_parameters,
)
from probing.spec import DatasetSpec, Spec

if TYPE_CHECKING:
    from probing.datasets import KeptDatasets, TextDataset
    from probing.datasets.several import Read


def look_up(
    spec: Spec,
    base: Path,
    tasks_of: FindTasks | None = None,
    *,
    fetching: Callable[[Fetch], object] | None = None,
    kept: KeptDatasets | None = None,
) -> Plan:
    """The plan of `spec`, its datasets and models looked up from `base`.

    Files of datasets on the hub that are not here are downloaded once `fetching` was told of them;
    without it the plan says what they are, and has no cells of these datasets.

    Raises `DatasetError` or `ModelError` for one that cannot be used, `SpecError` for a layer that
    a model lacks. Reads the datasets, which are `kept` for who asks next, but no weights.
    """
    kept = datasets.KeptDatasets() if kept is None else kept
    found, errors, fetches, notes = [], list[DatasetError](), list[Fetch](), list[str]()
    for entry in spec.datasets:
        try:
            paths, n_folds = _paths(entry, base, fetching), spec.n_class_folds
        except NotFetchedError as error:
            fetches += [error.fetch] if error.fetch not in fetches else []
            continue
        reader = _reader(spec, kept)
        read = datasets.facts_of_each(entry, paths, spec.seed, n_folds, reader)
        found += read.datasets
        errors += read.errors
        notes += read.notes
    datasets.refuse(errors, len(found) + len(errors))
    models = [(entry, catalog.facts(entry, base)) for entry in spec.models]
    named = name_datasets(found), name_models(models)
    made = make(spec, *named, base, tasks_of, fetches, notes, kept)
    kept.forget_others()
    return made


def _reader(spec: Spec, kept: KeptDatasets) -> Read:
    """Reads datasets once, with all that their audit and the count of their tokens will ask."""

    def read(entry: DatasetSpec, path: Path, seed: int, n_folds: int) -> TextDataset:
        audits = spec.audit and not audit.is_kept(entry, path, seed, n_folds)
        data = kept.of(entry, path, seed, n_folds, with_others=audits)
        remember_texts(entry, path, spec, data)
        return data

    return read


def _paths(
    entry: DatasetSpec, base: Path, fetching: Callable[[Fetch], object] | None
) -> list[Path]:
    try:
        return datasets.resolve(entry, base)
    except NotFetchedError as error:
        if fetching is None:
            raise
        fetching(error.fetch)
        datasets.fetch(error.fetch)
        return datasets.resolve(entry, base)


def make(
    spec: Spec,
    data: Sequence[NamedDataset],
    models: Sequence[NamedModel],
    base: Path,
    tasks_of: FindTasks | None = None,
    fetches: Sequence[Fetch] = (),
    read: Sequence[str] = (),
    kept: KeptDatasets | None = None,
) -> Plan:
    """The plan of `spec` for `data` and `models`; `tasks_of` gives the tasks of a plug-in.

    `fetches` are what is still to be downloaded of datasets that are not among `data`, `read`
    notes on how these were read, and `kept` those that were.

    Raises `SpecError` for a layer that a model lacks, or a library that loading it needs, and
    `ModelError` for a tokenizer that is missing or damaged.
    """
    _check(spec, data, models, base)
    data = [replace(one, findings=findings_of(one, spec, kept)) for one in data]
    work = AllWork.of(spec, data, models, tasks_of)
    passes, texts, transfers = work.passes, work.texts, work.transfers
    if not passes and not fetches:
        raise SpecError(
            "no classifier serves any dataset",
            where="classifiers",
            hint="; ".join(dict.fromkeys(work.notes)),
        )
    cost = cost_of(spec, passes, texts, transfers, base, fetches)
    if spec.audit:
        passes = tuple(_with_findings(one, spec) for one in passes)
    told = [note for dataset in data for note in (*unanswered(dataset, spec), *notes_on(dataset))]
    doomed = [failure for dataset in data for failure in foreseen(dataset, spec)]
    notes = dict.fromkeys([*work.notes, *read, *told, *spec_notes(spec)])
    lacking = dict.fromkeys([*doomed, *lacks(passes, cost)])
    told_last = tuple(notes), tuple(lacking)
    return Plan(spec, passes, texts, cost, *told_last, tuple(fetches), transfers, tuple(data))


def _check(
    spec: Spec, data: Sequence[NamedDataset], models: Sequence[NamedModel], base: Path
) -> None:
    """Raise for what cannot be run as it is asked for."""
    for entry in spec.classifiers:
        check_parameters(entry)
    for model in models:
        catalog.check_extras(model.spec)
        catalog.check_gguf(model.facts)
        catalog.check_tokenizer(model.spec, model.facts, base)
        if spec.baseline_layer is not None:
            baseline_cell(spec.poolers[0], spec.baseline_layer, model.facts.n_layers, model.name)
    check_chats(spec, data, models, base)
    check_generation(spec, data, models)


def _with_findings(one: PlannedPass, spec: Spec) -> PlannedPass:
    """What the trained model reads; with random weights it reads the same."""
    is_trained = one.model.random_seed is None
    return replace(one, findings=token_findings(one, spec)) if is_trained else one
