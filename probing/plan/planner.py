"""Make the plan of a spec: every cell, grouped so that each model reads each dataset once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from probing import catalog, datasets
from probing.datasets import Fetch, NotFetchedError
from probing.errors import DatasetError, SpecError
from probing.layer_choice import baseline_cell, cell_layer, cells_of
from probing.plan.cells import Cell, classifier_labels
from probing.plan.chat_checks import check_chats
from probing.plan.choices import candidates_of, chosen_cell
from probing.plan.dataset_findings import findings_of
from probing.plan.dataset_notes import notes_on, unanswered
from probing.plan.ensembles import ensemble_cell, members_of
from probing.plan.estimate import cost_of
from probing.plan.foreseen_failures import foreseen
from probing.plan.pairs import lacks_pairs, texts_in_no_pair
from probing.plan.shortages import lacks
from probing.plan.token_findings import token_findings
from probing.plan.transfers import Transfers, transfer_notes, transfers_of
from probing.plan.types import (
    Candidate,
    NamedDataset,
    NamedModel,
    Plan,
    PlannedBlock,
    PlannedChoice,
    PlannedEnsemble,
    PlannedPass,
    PlannedTexts,
    PlannedTransfer,
)
from probing.plan.unique_names import name_datasets, name_models
from probing.registry import (
    CLASSIFIERS,
    EVERY_TASK,
    check_parameters,
    classifier,
    reads_tokens,
)
from probing.spec import CHOSEN, CONTROLS, Control, DatasetSpec, PoolerSpec, Spec

_OF_THE_LAYER = ("labels", "features")
_OF_A_POOLER = ("control_task",)  # poolers read other tokens, and so have other labels
_OF_VECTORS = ("control_task", "random_direction")  # what every token of a text has none of
_UNTRAINED = "untrained"

FindTasks = Callable[[str], Sequence[str]]


def look_up(
    spec: Spec,
    base: Path,
    tasks_of: FindTasks | None = None,
    *,
    fetching: Callable[[Fetch], object] | None = None,
) -> Plan:
    """The plan of `spec`, its datasets and models looked up from `base`.

    Files of datasets on the hub that are not here are downloaded once `fetching` was told of them;
    without it the plan says what they are, and has no cells of these datasets.

    Raises `DatasetError` or `ModelError` for one that cannot be used, `SpecError` for a layer that
    a model lacks. Reads the datasets, but no weights.
    """
    found, errors, fetches, notes = [], list[DatasetError](), list[Fetch](), list[str]()
    for entry in spec.datasets:
        try:
            paths, n_folds = _paths(entry, base, fetching), spec.n_class_folds
        except NotFetchedError as error:
            fetches += [error.fetch] if error.fetch not in fetches else []
            continue
        read = datasets.facts_of_each(entry, paths, spec.seed, n_folds)
        found += read.datasets
        errors += read.errors
        notes += read.notes
    datasets.refuse(errors, len(found) + len(errors))
    models = [(entry, catalog.facts(entry, base)) for entry in spec.models]
    return make(spec, name_datasets(found), name_models(models), base, tasks_of, fetches, notes)


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
) -> Plan:
    """The plan of `spec` for `data` and `models`; `tasks_of` gives the tasks of a plug-in.

    `fetches` are what is still to be downloaded of datasets that are not among `data`, `read`
    notes on how these were read.

    Raises `SpecError` for a layer that a model lacks, or a library that loading it needs, and
    `ModelError` for a tokenizer that is missing or damaged.
    """
    for entry in spec.classifiers:
        check_parameters(entry)
    for model in models:
        catalog.check_extras(model.spec)
        catalog.check_gguf(model.facts)
        catalog.check_tokenizer(model.spec, model.facts, base)
        if spec.baseline_layer is not None:
            baseline_cell(spec.poolers[0], spec.baseline_layer, model.facts.n_layers, model.name)
    check_chats(spec, data, models, base)
    data = [replace(one, findings=findings_of(one, spec)) for one in data]
    maker = _Maker(spec, tasks_of or _known_tasks)
    passes = tuple(one for model in models for one in maker.passes_of(model, data))
    texts = tuple(one for dataset in data for one in maker.of_texts(dataset, models))
    passes = tuple(one for one in passes if one.blocks)
    maker.notes += maker.unread_notes()
    maker.notes += transfer_notes(spec, data)
    transfers = tuple(maker.transfers(transfers_of(spec, data), models))
    if not passes and not fetches:
        raise SpecError(
            "no classifier serves any dataset",
            where="classifiers",
            hint="; ".join(dict.fromkeys(maker.notes)),
        )
    cost = cost_of(spec, passes, texts, transfers, base, fetches)
    if spec.audit:
        passes = tuple(_with_findings(one, spec.seed) for one in passes)
    told = [note for dataset in data for note in (*unanswered(dataset, spec), *notes_on(dataset))]
    doomed = [failure for dataset in data for failure in foreseen(dataset, spec)]
    notes = dict.fromkeys([*maker.notes, *read, *told])
    lacking = dict.fromkeys([*doomed, *lacks(passes, cost)])
    told_last = tuple(notes), tuple(lacking)
    return Plan(spec, passes, texts, cost, *told_last, tuple(fetches), transfers)


def _with_findings(one: PlannedPass, seed: int) -> PlannedPass:
    """What the trained model reads; with random weights it reads the same."""
    is_trained = one.model.random_seed is None
    return replace(one, findings=token_findings(one, seed)) if is_trained else one


def _known_tasks(name: str) -> Sequence[str]:
    if ":" in name or name not in CLASSIFIERS:
        return EVERY_TASK
    return classifier(name).tasks


class _Maker:
    """Numbers the blocks and gathers the notes while the passes are planned."""

    def __init__(self, spec: Spec, tasks_of: FindTasks) -> None:
        self.spec = spec
        self.tasks_of = tasks_of
        self.labels = classifier_labels(spec.classifiers)
        self.poolers = tuple(dict.fromkeys(spec.poolers))
        self.notes: list[str] = []
        self.known: set[str] = set()
        self.unread: dict[tuple[str, bool], dict[str, None]] = {}
        self.next = 0

    def passes_of(self, model: NamedModel, data: Sequence[NamedDataset]) -> Iterator[PlannedPass]:
        """The passes of a model over all datasets, then those of its controls."""
        beside = [name for name in self.spec.controls if CONTROLS[name].kind in _OF_THE_LAYER]
        controls = tuple(dict.fromkeys(("", *beside)))
        yield from (self._planned(dataset, model, controls) for dataset in data)
        for drawn in self._drawn(model):
            planned = partial(self._planned, controls=(_UNTRAINED,), shown=model.name)
            yield from (planned(dataset, drawn) for dataset in data)

    def _drawn(self, model: NamedModel) -> list[NamedModel]:
        """The model with random weights, where it is asked for and can be made."""
        if _UNTRAINED not in self.spec.controls:
            return []
        if model.spec.device_map or model.spec.quantize:
            key = "device_map" if model.spec.device_map else "quantize"
            self.notes.append(f"untrained is skipped for {model.name}: it does not take {key}")
            return []
        name = f"{model.name} (untrained)"
        return [replace(model, name=name, random_seed=self.spec.seed)]

    def transfers(
        self, asked: Sequence[Transfers], models: Sequence[NamedModel]
    ) -> Iterator[PlannedTransfer]:
        """The transfers of every model, then those of its controls; texts with the first model."""
        beside = [name for name in self.spec.controls if CONTROLS[name].kind in _OF_THE_LAYER]
        controls = tuple(one for one in ("", *beside) if one not in _OF_A_POOLER)
        told = dict.fromkeys(one.trained_on for one in asked)
        if len(told) < len(asked):
            raise SpecError("two transfers have one name", where="transfer", hint="rename datasets")
        for model in models:
            for one in asked:
                texts = tuple(self._transferred_texts(one, models)) if model is models[0] else ()
                blocks = self._transferred(one, model, model.name, controls)
                yield _transfer(one, model, blocks, texts)
            for drawn in self._drawn(model):
                for one in asked:
                    blocks = self._transferred(one, drawn, model.name, (_UNTRAINED,))
                    yield _transfer(one, drawn, blocks, ())

    def _transferred(
        self, one: Transfers, model: NamedModel, shown: str, controls: tuple[str, ...]
    ) -> tuple[PlannedBlock, ...]:
        """The blocks of a transfer: a fit of each tests all that it is tested on."""
        cells = [
            (at, replace(self._cell(one.joined, shown, at), trained_on=one.trained_on))
            for at in self._serving(one.sources[0])
        ]
        read = [set(self._poolers_of(dataset)) for dataset in (*one.sources, *one.targets)]
        blocks = (
            block
            for pooler in self.poolers
            if all(pooler in some for some in read)
            for at, cell in cells
            for block in self._blocks(cell, model, pooler, at, controls)
        )
        return tuple(replace(block, cells=_on_each(block.cells, one)) for block in blocks)

    def _transferred_texts(
        self, one: Transfers, models: Sequence[NamedModel]
    ) -> Iterator[PlannedTexts]:
        for text in self.of_texts(one.joined, models, one):
            yield replace(text, cells=_on_each(text.cells, one))

    def _planned(
        self,
        dataset: NamedDataset,
        model: NamedModel,
        controls: tuple[str, ...],
        shown: str = "",
    ) -> PlannedPass:
        """The pass of `model`, in its cells `shown` by that name, over `dataset`."""
        if self.spec.split == "given" and not dataset.facts.has_split:
            raise SpecError(
                f'split = "given", but {dataset.name} has no split column',
                where="split",
                hint='name its column with split = "...", or use split = "kfold"',
            )
        blocks = [
            block
            for pooler in self._poolers_of(dataset)
            for at in self._serving(dataset)
            for cell in [self._cell(dataset, shown or model.name, at)]
            for block in self._blocks(cell, model, pooler, at, controls)
        ]
        choices = tuple(self._choices(model, blocks))
        ensembles = tuple(self._ensembles(blocks))
        return PlannedPass(dataset, model, tuple(blocks), choices=choices, ensembles=ensembles)

    def _poolers_of(self, dataset: NamedDataset) -> list[PoolerSpec]:
        """The poolers that can read a dataset: several spans of a row are no text of tokens."""
        n_spans = dataset.facts.n_spans
        told = [one for one in self.poolers if not (one.reads_tokens and n_spans > 1)]
        if len(told) < len(self.poolers):
            why = f"its rows mark {n_spans} spans"
            self.notes.append(f"pool tokens is skipped on {dataset.name}: {why}")
        return told

    def _choices(
        self, model: NamedModel, blocks: Sequence[PlannedBlock]
    ) -> Iterator[PlannedChoice]:
        """The chosen cells of a pass; where there is one candidate, nothing is chosen."""
        for candidates in candidates_of(self.spec, model, blocks):
            cell = chosen_cell(self.spec, candidates)
            cells = _with_controls(cell, candidates, blocks)
            if len(candidates) > 1 and self._is_new(cells[0]):
                yield PlannedChoice(self._number(), cells, tuple(candidates))
            elif len(candidates) == 1:
                one = candidates[0].cell
                what = f"{one.pooler} {one.classifier} on {one.dataset}"
                self.notes.append(f"nothing to select among for {what}: there is one candidate")

    def _ensembles(self, blocks: Sequence[PlannedBlock]) -> Iterator[PlannedEnsemble]:
        """The ensembles over the layers of each pooler and classifier."""
        for members in members_of(blocks) if self.spec.ensemble != "none" else ():
            cell = ensemble_cell(members, self.spec.ensemble)
            cells = _with_controls(cell, members, blocks)
            if self._is_new(cells[0]):
                yield PlannedEnsemble(self._number(), cells, tuple(members))

    def of_texts(
        self, dataset: NamedDataset, models: Sequence[NamedModel], one: Transfers | None = None
    ) -> Iterator[PlannedTexts]:
        """The controls of `dataset`, or of a transfer, that need no activations.

        One for each model and classifier.
        """
        serving = self._serving(one.sources[0] if one else dataset)
        for name in dict.fromkeys(self.spec.controls) if serving else ():
            control = CONTROLS[name]
            if control.kind != "texts":
                continue
            for model in models if "model" in control.parts else (None,):
                for at, label in self._classifiers_of(control, serving):
                    if name == "length" and at is not None and self._wants_tokens(at):
                        continue  # lengths are a vector of a text
                    cell = self._cell(dataset, model.name if model else "", at)
                    trained_on = one.trained_on if one else ""
                    cell = replace(cell, classifier=label, control=name, trained_on=trained_on)
                    if self._is_new(cell):
                        yield PlannedTexts(self._number(), (cell,), name, dataset, model, at)

    def _classifiers_of(
        self, control: Control, serving: Sequence[int]
    ) -> list[tuple[int | None, str]]:
        """The classifiers that a control of texts is computed for; what is the same for each of
        them also for the one that is chosen."""
        if "classifier" not in control.parts:
            return [(None, "")]
        chosen = "classifier" in self.spec.select and control.name == "majority"
        every: list[tuple[int | None, str]] = [(at, self.labels[at]) for at in serving]
        return [*every, (serving[0], CHOSEN)] if chosen else every

    def _serving(self, dataset: NamedDataset) -> list[int]:
        """The classifiers that support the task of `dataset`."""
        entries = enumerate(self.spec.classifiers)
        return [at for at, entry in entries if self._serves(entry.name, at, dataset)]

    def _is_new(self, cell: Cell) -> bool:
        """False for layer 3 beside "each", or a classifier named twice."""
        is_new = cell.id not in self.known
        self.known.add(cell.id)
        return is_new

    def _number(self) -> int:
        self.next += 1
        return self.next - 1

    def _serves(self, name: str, at: int, dataset: NamedDataset) -> bool:
        why = f"it does not support {dataset.facts.task}"
        if dataset.facts.task in self.tasks_of(name):
            why = ""
        if not why and (lacking := lacks_pairs(name, dataset.facts)):
            self.notes.append(f"{dataset.name} {lacking}")
            return False
        if why:
            self.notes.append(f"{self.labels[at]} is skipped on {dataset.name}: {why}")
        elif n_alone := texts_in_no_pair(name, dataset.facts):
            self.notes.append(
                f"{self.labels[at]} on {dataset.name}: {n_alone:,} of {dataset.facts.n_rows:,} "
                "texts are in no pair of two classes: they are not trained on and score 0"
            )
        return not why

    def _cell(self, dataset: NamedDataset, model: str, at: int | None) -> Cell:
        """A cell of a dataset, model and classifier, without the rest."""
        label = "" if at is None else self.labels[at]
        return Cell(dataset.name, dataset.facts.task, model, "", "", None, label, "")

    def _blocks(
        self,
        cell: Cell,
        model: NamedModel,
        pooler: PoolerSpec,
        at: int,
        controls: tuple[str, ...],
    ) -> list[PlannedBlock]:
        """One block per layer: small enough to show a growing curve and to resume from.

        Its cells are like `cell`, one for the task or for each control.
        """
        blocks = []
        _check_widths(model, pooler)
        if not self._reads(pooler, at):
            return []
        if pooler.reads_tokens:
            controls = tuple(one for one in controls if one not in _OF_VECTORS)
        for layer_at, layers in enumerate(cells_of(pooler, model.facts.n_layers, model.name)):
            own = replace(cell, site=pooler.site, pooler=pooler.label)
            own = replace(own, layer=cell_layer(pooler, layers))
            cells = tuple(replace(own, control=control) for control in controls)
            if not self._is_new(cells[0]):
                continue
            names, pooler_at = (cell.dataset, model.name), self.spec.poolers.index(pooler)
            blocks.append(PlannedBlock(self._number(), cells, *names, pooler_at, at, (layer_at,)))
        return blocks

    def _wants_tokens(self, at: int) -> bool:
        return reads_tokens(self.spec.classifiers[at].name)

    def _reads(self, pooler: PoolerSpec, at: int) -> bool:
        """Whether a classifier reads what a pooler makes; if not, that is noted."""
        wants_tokens = self._wants_tokens(at)
        if wants_tokens == pooler.reads_tokens:
            return True
        self.unread.setdefault((pooler.label, wants_tokens), {})[self.labels[at]] = None
        return False

    def unread_notes(self) -> Iterator[str]:
        """Which classifiers are skipped on which poolers, since they read something else."""
        for (pooler, wants_tokens), labels in self.unread.items():
            one = len(labels) == 1
            what = "every token" if wants_tokens else "one vector of a text"
            verbs = ("is", "it reads") if one else ("are", "they read")
            yield f"{', '.join(labels)} {verbs[0]} skipped on pool {pooler}: {verbs[1]} {what}"


def _with_controls(
    cell: Cell, candidates: Sequence[Candidate], blocks: Sequence[PlannedBlock]
) -> tuple[Cell, ...]:
    """A cell made of others, with those of the controls that all of these have."""
    own = {one.block for one in candidates}
    every = [[each.control for each in block.cells] for block in blocks if block.at in own]
    shared = [one for one in every[0] if all(one in controls for controls in every)]
    return tuple(replace(cell, control=one) for one in shared if one not in _OF_A_POOLER)


def _on_each(cells: Sequence[Cell], one: Transfers) -> tuple[Cell, ...]:
    """The cells for each dataset that is tested."""
    return tuple(replace(cell, dataset=to.name) for to in one.targets for cell in cells)


def _transfer(
    one: Transfers,
    model: NamedModel,
    blocks: tuple[PlannedBlock, ...],
    texts: tuple[PlannedTexts, ...],
) -> PlannedTransfer:
    joined = PlannedPass(one.joined, model, blocks)
    return PlannedTransfer(one.trained_on, one.sources, one.targets, joined, texts)


def _check_widths(model: NamedModel, pooler: PoolerSpec) -> None:
    """Raises `SpecError` for layers that a cell reduces although they differ in width."""
    for layers in cells_of(pooler, model.facts.n_layers, model.name):
        widths = {layer: model.facts.width(pooler.site, layer) for layer in layers}
        if len(set(widths.values())) > 1:
            told = ", ".join(f"layer {layer}: {width}" for layer, width in widths.items())
            raise SpecError(
                f"{pooler.label} reduces layers of {model.name} that differ in width ({told})",
                where="poolers",
                hint='use layers of one width, or layer = "each"',
            )
