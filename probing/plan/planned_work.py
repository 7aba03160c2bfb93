"""Plan the work of a spec: the passes and controls of texts, and their cells in blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from probing.errors import SpecError
from probing.layer_choice import cell_layer, cells_of
from probing.plan.cells import Cell
from probing.plan.choices import candidates_of, chosen_cell
from probing.plan.ensembles import ensemble_cell, members_of
from probing.plan.serving import FindTasks, Serving
from probing.plan.transfers import Transfers
from probing.plan.types import (
    Candidate,
    NamedDataset,
    NamedModel,
    PlannedBlock,
    PlannedChoice,
    PlannedEnsemble,
    PlannedPass,
    PlannedTexts,
)
from probing.spec import CHOSEN, CONTROLS, Control, PoolerSpec, Spec

OF_THE_LAYER = ("labels", "features")
OF_A_POOLER = ("control_task",)  # poolers read other tokens, and so have other labels
UNTRAINED = "untrained"


class PlannedWork:
    """Makes the passes and controls of texts of a spec; numbers their blocks, gathers notes."""

    def __init__(self, spec: Spec, tasks_of: FindTasks) -> None:
        self.spec = spec
        self.serving = Serving(spec, tasks_of)
        self.labels, self.notes = self.serving.labels, self.serving.notes
        self.known: set[str] = set()
        self.next = 0

    def passes_of(self, model: NamedModel, data: Sequence[NamedDataset]) -> Iterator[PlannedPass]:
        """The passes of a model over all datasets, then those of its controls."""
        beside = [name for name in self.spec.controls if CONTROLS[name].kind in OF_THE_LAYER]
        controls = tuple(dict.fromkeys(("", *beside)))
        yield from (self._planned(dataset, model, controls) for dataset in data)
        for drawn in self.drawn(model):
            planned = partial(self._planned, controls=(UNTRAINED,), shown=model.name)
            yield from (planned(dataset, drawn) for dataset in data)

    def drawn(self, model: NamedModel) -> list[NamedModel]:
        """The model with random weights, where it is asked for and can be made."""
        if UNTRAINED not in self.spec.controls:
            return []
        if model.spec.device_map or model.spec.quantize:
            key = "device_map" if model.spec.device_map else "quantize"
            self.notes.append(f"untrained is skipped for {model.name}: it does not take {key}")
            return []
        name = f"{model.name} (untrained)"
        return [replace(model, name=name, random_seed=self.spec.seed)]

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
            for pooler in self.serving.poolers_of(dataset)
            for at in self.serving.of(dataset)
            for cell in [self.cell(dataset, shown or model.name, at)]
            for block in self.blocks(cell, model, pooler, at, controls)
        ]
        choices = tuple(self.choices(model, blocks))
        ensembles = tuple(self.ensembles(blocks))
        return PlannedPass(dataset, model, tuple(blocks), choices=choices, ensembles=ensembles)

    def choices(self, model: NamedModel, blocks: Sequence[PlannedBlock]) -> Iterator[PlannedChoice]:
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

    def ensembles(self, blocks: Sequence[PlannedBlock]) -> Iterator[PlannedEnsemble]:
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
        serving = self.serving.of(one.sources[0] if one else dataset)
        for name in dict.fromkeys(self.spec.controls) if serving else ():
            control = CONTROLS[name]
            if control.kind != "texts":
                continue
            # in a transfer texts of several datasets are read, and none is continued
            parts = control.parts_where(generated=bool(dataset.spec.generate) and one is None)
            for model in models if "model" in parts else (None,):
                for at, label in self._classifiers_of(control, serving):
                    if name == "length" and at is not None and self.serving.wants_tokens(at):
                        why = "it reads every token, and lengths are one vector of a text"
                        self.notes.append(f"length is skipped for {label}: {why}")
                        continue
                    cell = self.cell(dataset, model.name if model else "", at)
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

    def _is_new(self, cell: Cell) -> bool:
        """False for layer 3 beside "each", or a classifier named twice."""
        is_new = cell.id not in self.known
        self.known.add(cell.id)
        return is_new

    def _number(self) -> int:
        self.next += 1
        return self.next - 1

    def cell(self, dataset: NamedDataset, model: str, at: int | None) -> Cell:
        """A cell of a dataset, model and classifier, without the rest."""
        label = "" if at is None else self.labels[at]
        return Cell(dataset.name, dataset.facts.task, model, "", "", None, label, "")

    def blocks(
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
        if not self.serving.reads(pooler, at):
            return []
        for layer_at, layers in enumerate(cells_of(pooler, model.facts.n_layers, model.name)):
            own = replace(cell, site=pooler.site, pooler=pooler.label)
            own = replace(own, layer=cell_layer(pooler, layers))
            cells = tuple(replace(own, control=control) for control in controls)
            if not self._is_new(cells[0]):
                continue
            names, pooler_at = (cell.dataset, model.name), self.spec.poolers.index(pooler)
            blocks.append(PlannedBlock(self._number(), cells, *names, pooler_at, at, (layer_at,)))
        return blocks


def _with_controls(
    cell: Cell, candidates: Sequence[Candidate], blocks: Sequence[PlannedBlock]
) -> tuple[Cell, ...]:
    """A cell made of others, with those of the controls that all of these have."""
    own = {one.block for one in candidates}
    every = [[each.control for each in block.cells] for block in blocks if block.at in own]
    shared = [one for one in every[0] if all(one in controls for controls in every)]
    return tuple(replace(cell, control=one) for one in shared if one not in OF_A_POOLER)


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
