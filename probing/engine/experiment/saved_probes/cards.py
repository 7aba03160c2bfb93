"""Make the cards of the probes of a run."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from probing.engine.blocks import FoldFit
from probing.engine.experiment.passes.record import PassRecord
from probing.engine.experiment.run_datasets import RunDatasets
from probing.engine.experiment.run_writer import Store
from probing.engine.experiment.saved_probes.decisions import decision_of
from probing.engine.experiment.saved_probes.described import (
    ModelReader,
    card_of_classifier,
    card_of_dataset,
    controls_beside,
    scored,
    versions,
)
from probing.engine.experiment.saved_probes.ensembles import FittedEnsemble, FittedMember
from probing.engine.experiment.saved_probes.features_there import mean_norm, spread_along
from probing.engine.experiment.saved_probes.fitted_probe import FittedProbe
from probing.engine.experiment.saved_probes.whole_fold import WholeFold
from probing.layer_choice import cells_of, lone_cell
from probing.plan import Cell, Plan, PlannedBlock, PlannedPass
from probing.plan.cells import classifier_labels
from probing.plan.saved_probes import fold_name
from probing.probes import Card, CardOfModel, Decision, Place, Scored
from probing.token_stage import as_read

_SOME = 256  # texts whose tokens say how large activations are


@dataclass(frozen=True)
class Wanted:
    """A probe to save: its block, whose first cell it is of, and the cell whose scores it has."""

    block: PlannedBlock
    scored: Cell

    @property
    def cell(self) -> Cell:
        """The cell of the probe."""
        return self.block.cells[0]


class Cards:
    """Makes cards; `names` are those of the probes by cell, `reader` describes the models."""

    def __init__(
        self,
        plan: Plan,
        store: Store,
        datasets: RunDatasets,
        reader: ModelReader,
        names: Mapping[str, str],
    ) -> None:
        self.plan, self.spec, self.store = plan, plan.spec, store
        self.datasets, self.reader, self.names = datasets, reader, names
        self.labels = classifier_labels(self.spec.classifiers)
        self._models: dict[str, CardOfModel] = {}

    def of(
        self,
        one: PlannedPass,
        wanted: Wanted,
        whole: WholeFold,
        fit: FoldFit,
        probe: FittedProbe,
        record: PassRecord,
    ) -> Card:
        """The card of a fit: of all rows, or of a fold."""
        data, block = self.datasets.of(one.dataset).data, wanted.block
        trained, fold = whole.fold_of(fit).whole.train, whole.number_of(fit)
        entry = self.spec.classifiers[block.classifier_at]
        name = self.labels[block.classifier_at]
        return Card(
            name=fold_name(self.names[wanted.cell.id], fold),
            kind=probe.kind,
            task=data.task,
            classes=data.classes,
            link=probe.link,
            decision=(
                Decision(0.0)
                if probe.of_pairs
                else decision_of(data.task, probe.link, fit, whole.targets)
            ),
            place=self._place(one, block, _read(whole, trained), probe),
            model=self._model(one, record),
            dataset=card_of_dataset(one.dataset, data, len(trained)),
            classifier=card_of_classifier(name, entry, self.spec.scale, fit, probe),
            score=self._scored(wanted),
            run=self.store.run.name,
            cell=wanted.cell.id,
            fold=fold,
            created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            versions=versions(),
        )

    def of_ensemble(
        self,
        one: PlannedPass,
        cell: Cell,
        members: Sequence[FittedMember],
        made: FittedEnsemble,
        record: PassRecord,
    ) -> Card:
        """The card of an ensemble over layers, whose cell is `cell`."""
        first = members[0]
        wanted = Wanted(first.block, cell)
        card = self.of(one, wanted, first.whole, made.fit, made.probe, record)
        layers = tuple(each.block.cells[0].layer for each in members)
        known = tuple(layer for layer in layers if layer is not None)
        pooler = {**card.place.pooler, "layer": known, "layer_method": "extend"}
        place = replace(
            card.place,
            layer=None,
            layers=known,
            pooler=pooler,
            label=cell.pooler,
            width=made.tested.shape[1],
            norm=made.norm,
        )
        return replace(card, name=self.names[cell.id], cell=cell.id, place=place)

    def _place(
        self, one: PlannedPass, block: PlannedBlock, features: torch.Tensor, probe: FittedProbe
    ) -> Place:
        own, cell = self.spec.poolers[block.pooler_at], block.cells[0]
        pooler = as_read(own, one.dataset.spec.generate)
        layers = cells_of(pooler, one.model.facts.n_layers, one.model.name)[block.layers_at[0]]
        return Place(
            site=cell.site,
            layer=cell.layer,
            layers=layers,
            pooler=dict(vars(lone_cell(pooler, layers))),
            label=own.label,
            width=features.shape[1],
            norm=mean_norm(features),
            spread=() if probe.weights is None else spread_along(features, probe.weights),
        )

    def _model(self, one: PlannedPass, record: PassRecord) -> CardOfModel:
        if one.model.name not in self._models:
            self._models[one.model.name] = self.reader.card(one.model, record.max_length)
        return self._models[one.model.name]

    def _scored(self, wanted: Wanted) -> Scored:
        controls = controls_beside(self.store.state, wanted.scored, self.plan.cells)
        return scored(self.store.state, wanted.scored.id, controls)


def _read(whole: WholeFold, rows: NDArray[np.int64]) -> torch.Tensor:
    """The features `[n, d]` of some rows, or the tokens of the first of them."""
    if not whole.block.tokens:
        return whole.block.features[0, rows, 0]
    return whole.block.tokens[0].read(rows[:_SOME])[0]
