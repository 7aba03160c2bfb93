"""What the card of a probe says of where it comes from: model, dataset, classifier and score."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from probing import catalog
from probing.activations.entry_keys import installed
from probing.datasets import TextDataset
from probing.engine.blocks import FoldFit
from probing.engine.experiment.saved_probes.fitted_probe import FittedProbe
from probing.engine.models import tokenizer_digest
from probing.engine.models.loading import load_tokenizer
from probing.logs import RunState
from probing.logs.results.fold_values import metric_summary, n_tested
from probing.metric_names import METRICS
from probing.plan import Cell
from probing.plan.types import NamedDataset, NamedModel
from probing.probes import CardOfClassifier, CardOfDataset, CardOfModel, Scored
from probing.spec import ClassifierSpec

OF_PAIRS = "compare its scores within a pair: a text alone has no prediction"
_LIBRARIES = ("probe-tui", "torch", "transformers", "scikit-learn", "numpy")


def versions() -> dict[str, str]:
    """Those of the libraries that a score depends on."""
    return {name: installed(name) for name in _LIBRARIES}


@dataclass(frozen=True)
class ModelReader:
    """Describes models, their folders looked up from `base`; `device` and `dtype` are the run's."""

    base: Path
    device: str
    dtype: str

    def card(self, model: NamedModel, max_length: int | None) -> CardOfModel:
        """The card of a model; its tokenizer is loaded for it."""
        facts = catalog.facts(model.spec, self.base)
        tokenizer = load_tokenizer(model.spec, facts, self.base)
        is_hub = facts.source in ("hub", "hub cache") and facts.folder is not None
        return CardOfModel(
            name=model.name,
            entry=_said(model.spec),
            revision=facts.folder.name if is_hub and facts.folder else "",
            fingerprint=catalog.fingerprint(facts),
            tokenizer=tokenizer_digest(tokenizer),
            model_type=facts.model_type,
            n_layers=facts.n_layers,
            d_model=facts.d_model,
            max_length=max_length,
            dtype=catalog.compute_dtype(self.dtype, self.device, facts),
        )


def card_of_dataset(dataset: NamedDataset, data: TextDataset, n_trained: int) -> CardOfDataset:
    """The card of a dataset."""
    entry = _said(dataset.spec)
    return CardOfDataset(
        dataset.name, str(dataset.facts.path), data.sha256, entry, len(data), n_trained
    )


def card_of_classifier(
    name: str, entry: ClassifierSpec, scale: str, fit: FoldFit, probe: FittedProbe
) -> CardOfClassifier:
    """The card of a classifier, with what the fit chose and what makes it again."""
    said = {"name": entry.name, **entry.parameters}
    flags = (*fit.flags, OF_PAIRS) if probe.of_pairs else fit.flags
    found = fit.n_params, dict(fit.chosen), flags
    return CardOfClassifier(name, said, scale, *found, probe.source, probe.sha256, probe.given)


def scored(state: RunState, cell: str, controls: Mapping[str, str]) -> Scored:
    """The scores of a cell, and of those that stand beside it, by the name of the control."""
    beside = {name: _values(state, one) for name, one in controls.items() if state.is_done(one)}
    told, controls_told = _values(state, cell), {k: v for k, v in beside.items() if v}
    known = state.cells.get(cell)
    if known is None or not known.folds:
        return Scored(cell, 0, told, controls_told)
    return Scored(cell, len(known.folds), told, controls_told, n_tested(known))


def controls_beside(state: RunState, cell: Cell, every: Iterable[Cell]) -> dict[str, str]:
    """The controls of a cell among `every`, each as close to it as there is one."""
    found: dict[str, str] = {}
    for one in every:
        if one.control and one.dataset == cell.dataset and _is_beside(one, cell):
            found.setdefault(one.control, one.id)
    return found


def _is_beside(control: Cell, cell: Cell) -> bool:
    """Whether all that a control names, some of which it may leave out, is that of the cell."""
    model = control.model.removesuffix(" (untrained)")
    pairs = (
        (model, cell.model),
        (control.site, cell.site),
        (control.pooler, cell.pooler),
        (control.classifier, cell.classifier),
    )
    same_layer = control.layer in (None, cell.layer)
    return same_layer and all(one in ("", other) for one, other in pairs)


def _values(state: RunState, cell: str) -> dict[str, dict[str, float | None]]:
    found = {}
    for metric in METRICS:
        summary = metric_summary(state.cells[cell], metric) if cell in state.cells else None
        if summary is not None:
            found[metric] = {"value": summary.mean, "low": summary.low, "high": summary.high}
    return found


def _said(entry: Any) -> dict[str, Any]:
    """An entry as a table: what it says beyond its defaults."""
    return {
        one.name: getattr(entry, one.name)
        for one in dataclasses.fields(entry)
        if getattr(entry, one.name) != one.default
    }
