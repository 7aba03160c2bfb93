"""Make the plan of a spec: every cell, grouped so that each model meets each dataset once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from probing import catalog, datasets
from probing.catalog import ModelFacts
from probing.errors import SpecError
from probing.layers import cell_layer, cells_of
from probing.plan.cells import Cell, classifier_labels, unique_labels
from probing.plan.cost import BYTES_PER_NUMBER, Cost, Rates, forward_flops, gib, guessed_tokens
from probing.registry import CLASSIFIERS, EVERY_TASK, classifier
from probing.spec import DatasetSpec, ModelSpec, PoolerSpec, Spec

if TYPE_CHECKING:
    from probing.datasets import DatasetFacts  # NumPy: about 0.1 s, only who reads data pays

FindTasks = Callable[[str], Sequence[str]]


@dataclass(frozen=True)
class NamedDataset:
    """A dataset of the plan: the name of its rows, how to read it and what it holds."""

    name: str
    spec: DatasetSpec
    facts: DatasetFacts


@dataclass(frozen=True)
class NamedModel:
    """A model of the plan: the name of its rows, how to load it and what its config tells."""

    name: str
    spec: ModelSpec
    facts: ModelFacts


@dataclass(frozen=True)
class PlannedBlock:
    """Cells that are solved and committed together.

    `layers_at` are positions among the pooler's cells (see `probing.layers.cells_of`).
    """

    at: int
    dataset: str
    model: str
    pooler_at: int
    classifier_at: int
    layers_at: tuple[int, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class PlannedPass:
    """One model reading one dataset, and the blocks that its activations feed."""

    dataset: NamedDataset
    model: NamedModel
    blocks: tuple[PlannedBlock, ...]


@dataclass(frozen=True)
class Plan:
    """What a spec will run; `notes` tell combinations that are left out and why."""

    spec: Spec
    passes: tuple[PlannedPass, ...]
    cost: Cost
    notes: tuple[str, ...]

    @property
    def blocks(self) -> list[PlannedBlock]:
        """All solver blocks in the order in which they run."""
        return [block for one in self.passes for block in one.blocks]

    @property
    def cells(self) -> list[Cell]:
        """All cells in the order in which they run."""
        return [cell for block in self.blocks for cell in block.cells]


def look_up(
    spec: Spec, base: Path, rates: Rates | None = None, tasks_of: FindTasks | None = None
) -> Plan:
    """The plan of `spec`, its datasets and models looked up from `base`.

    Raises `DatasetError` or `ModelError` where one cannot be had, `SpecError` for a layer that a
    model lacks. Reads the datasets, but no weights.
    """
    found = [
        (entry, datasets.load(entry, path, spec.seed).facts)
        for entry in spec.datasets
        for path in datasets.resolve(entry, base)
    ]
    models = [(entry, catalog.facts(entry, base)) for entry in spec.models]
    return make(spec, name_datasets(found), name_models(models), rates or Rates.read(), tasks_of)


def name_datasets(found: Sequence[tuple[DatasetSpec, DatasetFacts]]) -> list[NamedDataset]:
    """Give every dataset a name of its own: its name, or its path where two share one."""
    names = unique_labels([facts.name for _, facts in found], [str(f.path) for _, f in found])
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise SpecError(
            f"the dataset {twice!r} is named twice", where="datasets", hint="drop one of the two"
        )
    return [
        NamedDataset(name, entry, facts) for name, (entry, facts) in zip(names, found, strict=True)
    ]


def name_models(found: Sequence[tuple[ModelSpec, ModelFacts]]) -> list[NamedModel]:
    """Give every model a name of its own: its label, or all it was given where two share one."""
    names = unique_labels([catalog.label(s) for s, _ in found], [s.model for s, _ in found])
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise SpecError(
            f"the model {twice!r} is named twice", where="models", hint="drop one of the two"
        )
    return [
        NamedModel(name, entry, facts) for name, (entry, facts) in zip(names, found, strict=True)
    ]


def make(
    spec: Spec,
    data: Sequence[NamedDataset],
    models: Sequence[NamedModel],
    rates: Rates,
    tasks_of: FindTasks | None = None,
) -> Plan:
    """The plan of `spec` over what was looked up; `tasks_of` tells a plug-in's tasks."""
    maker = _Maker(spec, tasks_of or _known_tasks)
    passes = tuple(maker.planned(dataset, model) for model in models for dataset in data)
    passes = tuple(one for one in passes if one.blocks)
    if not passes:
        raise SpecError(
            "no classifier serves the task of any dataset",
            where="classifiers",
            hint="; ".join(dict.fromkeys(maker.notes)),
        )
    notes = tuple(dict.fromkeys(maker.notes))
    return Plan(spec, passes, _cost(spec, passes, rates), notes)


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
        self.next = 0

    def planned(self, dataset: NamedDataset, model: NamedModel) -> PlannedPass:
        """The pass of `model` over `dataset`, with its blocks."""
        blocks = [
            block
            for pooler in self.poolers
            for at, entry in enumerate(self.spec.classifiers)
            if self._serves(entry.name, at, dataset)
            for block in self._blocks(dataset, model, pooler, at)
        ]
        return PlannedPass(dataset, model, tuple(blocks))

    def _serves(self, name: str, at: int, dataset: NamedDataset) -> bool:
        if dataset.facts.task in self.tasks_of(name):
            return True
        self.notes.append(
            f"{self.labels[at]} is left out for {dataset.name}: "
            f"it does not serve {dataset.facts.task} targets"
        )
        return False

    def _blocks(
        self, dataset: NamedDataset, model: NamedModel, pooler: PoolerSpec, at: int
    ) -> list[PlannedBlock]:
        """One block per layer: small enough to show a growing curve and to resume from."""
        blocks = []
        for layer_at, layers in enumerate(cells_of(pooler, model.facts.n_layers, model.name)):
            cell = Cell(
                dataset.name,
                dataset.facts.task,
                model.name,
                pooler.site,
                pooler.label,
                cell_layer(pooler, layers),
                self.labels[at],
                "",
            )
            cells = tuple(replace(cell, control=c) for c in ("", *self.spec.controls))
            pooler_at = self.spec.poolers.index(pooler)
            blocks.append(
                PlannedBlock(self.next, dataset.name, model.name, pooler_at, at, (layer_at,), cells)
            )
            self.next += 1
        return blocks


def _cost(spec: Spec, passes: Sequence[PlannedPass], rates: Rates) -> Cost:
    n_labellings = 1 + (spec.n_shuffles if "shuffled_labels" in spec.controls else 0)
    tokens = [_tokens(one) for one in passes]
    flops = [
        forward_flops(one.model.facts.n_layers, one.model.facts.d_model, n)
        for one, n in zip(passes, tokens, strict=True)
    ]
    fits_s = sum(
        _block_s(spec, one, block, rates) * n_labellings * spec.n_folds
        for one in passes
        for block in one.blocks
    )
    return Cost(
        n_cells=sum(len(block.cells) for one in passes for block in one.blocks),
        n_passes=len(passes),
        n_texts=sum(one.dataset.facts.n_rows for one in passes),
        n_tokens=sum(tokens),
        n_fits=sum(len(one.blocks) for one in passes) * n_labellings * spec.n_folds,
        forward_flops=sum(flops),
        memory_gib=max(_memory_gib(spec, one) for one in passes),
        pass_s=sum(flops) / rates.forward,
        fits_s=fits_s,
        start_s=rates.start,
    )


def _tokens(one: PlannedPass) -> int:
    facts = one.dataset.facts
    tokens = guessed_tokens(facts.n_rows, facts.mean_length * facts.n_rows)
    longest = one.model.spec.max_length or one.model.facts.max_length
    return min(tokens, facts.n_rows * longest) if longest else tokens


def fit_size(one: PlannedPass, block: PlannedBlock) -> float:
    """What the time of a fold of `block` is proportional to: see `Rates.fit_s`."""
    facts = one.dataset.facts
    outputs = facts.n_classes if facts.task == "multiclass" else 1
    size = facts.n_rows / 1000 * one.model.facts.d_model / 100 * max(outputs, 1)
    return size * len(block.layers_at)


def _block_s(spec: Spec, one: PlannedPass, block: PlannedBlock, rates: Rates) -> float:
    return rates.fit_s(spec.classifiers[block.classifier_at].name) * fit_size(one, block)


def _memory_gib(spec: Spec, one: PlannedPass) -> float:
    model = one.model.facts
    layers = sum(len(cells_of(pooler, model.n_layers, model.name)) for pooler in spec.poolers)
    return gib(model.n_params + one.dataset.facts.n_rows * layers * model.d_model, BYTES_PER_NUMBER)
