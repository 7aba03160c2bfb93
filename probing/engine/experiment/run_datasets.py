"""The datasets of a run with their folds, and what further fits need of each; read once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from probing import datasets
from probing.datasets import KeptDatasets, TextDataset
from probing.datasets.kept import KEPT_TEXTS
from probing.engine.experiment.apart import MeasuredApart
from probing.engine.experiment.description_length.code_fits import Codes
from probing.engine.experiment.description_length.coder import Coder
from probing.engine.experiment.learning_curves.part_maker import PartMaker
from probing.engine.experiment.run_writer import Store
from probing.engine.experiment.scoring.tested_texts import TestedTexts
from probing.engine.splits import Labelling, make_labellings, seed_of
from probing.events import Warned
from probing.plan.types import NamedDataset
from probing.spec import Spec


@dataclass(frozen=True)
class RunDataset:
    """A dataset and its labellings, which are cut when they are asked for.

    `codes` measure its online codes and `learner` makes the parts of its training rows, where the
    spec asks for them.
    """

    name: str
    data: TextDataset
    spec: Spec

    @cached_property
    def labellings(self) -> tuple[Labelling, ...]:
        """The task, and every permutation of its labels, with their folds."""
        return make_labellings(self.data, self.spec, self.name, self.data.shared)

    @cached_property
    def codes(self) -> Sequence[MeasuredApart]:
        """What measures its online codes."""
        coder = Coder(self.spec.val_size, seed_of(self.spec.seed, self.name, "code"))
        return [Codes(coder)] if self.spec.description_length else []

    @cached_property
    def learner(self) -> PartMaker | None:
        """What makes the parts of its training rows."""
        return PartMaker(self.spec.learning_curve) if self.spec.learning_curve else None


class RunDatasets:
    """Reads the datasets of a run; those kept give way to the next once they hold many texts."""

    def __init__(self, spec: Spec, store: Store, kept: KeptDatasets) -> None:
        self.spec, self.store, self.kept = spec, store, kept
        self.texts = TestedTexts(store.run, store.plan)
        self._kept: dict[str, RunDataset] = {}

    def of(self, dataset: NamedDataset) -> RunDataset:
        """The dataset with its folds, which are written where they are first cut."""
        name = dataset.name
        if name not in self._kept:
            if not self.has_room(dataset):
                self._kept.clear()
            self._kept[name] = self._read(dataset)
        return self._kept[name]

    def has_room(self, dataset: NamedDataset) -> bool:
        """Whether it is there, or would take the place of no other."""
        n_texts = sum(len(one.data) for one in self._kept.values())
        return dataset.name in self._kept or n_texts <= KEPT_TEXTS

    def _read(self, dataset: NamedDataset) -> RunDataset:
        name, spec = dataset.name, self.spec
        path = Path(dataset.facts.path)
        data = self.kept.of(dataset.spec, path, spec.seed, spec.n_class_folds)
        read = RunDataset(name, data, spec)
        if self.store.writes:
            self.store.keep_folds(name, read.labellings)
            self.texts.keep(name, data)
            self._warn_of_cut_groups(name, data)
            self._warn_of_tied_labels(name, read.labellings)
        return read

    def _warn_of_cut_groups(self, name: str, data: TextDataset) -> None:
        is_told = self.spec.audit or self.spec.split != "given"
        n_cut = 0 if is_told else datasets.facts_of(data).n_across_splits
        if n_cut:
            message = f"the given split divides {n_cut} groups of texts that belong together"
            self.store.emit([Warned(name, f"{message}: scores may be too high")])

    def _warn_of_tied_labels(self, name: str, labellings: Sequence[Labelling]) -> None:
        for flag in dict.fromkeys(flag for one in labellings for flag in one.flags):
            why = "groups of their sizes all have one label, so the control may beat chance"
            self.store.emit([Warned(name, f"shuffled_labels: {flag}; {why}")])
