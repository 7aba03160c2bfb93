"""The datasets of a run as its workers read them: what the run has found, they do not look for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from probing.datasets import KeptDatasets, TextDataset
from probing.engine.experiment.scoring.tested_texts import TestedTexts
from probing.logs import RunFolder
from probing.plan import Plan
from probing.spec import DatasetPart, DatasetSpec


class WorkerDatasets(KeptDatasets):
    """Reads datasets of a plan, with the groups that its run has found and kept."""

    def __init__(self, run: RunFolder, plan: Plan) -> None:
        super().__init__()
        self.texts = TestedTexts(run, plan)
        self.names = {(one.spec, Path(one.facts.path)): one.name for one in plan.datasets}

    def _load(
        self, spec: DatasetSpec, path: Path, seed: int, n_folds: int, with_others: bool
    ) -> TextDataset:
        """Near-duplicates are in the groups; several targets have theirs in common, by all rows."""
        name, has_own = self.names.get((spec, path)), not _is_of_several(spec)
        groups = self.texts.groups(name) if name is not None and has_own else None
        if groups is None:
            return super()._load(spec, path, seed, n_folds, with_others)
        apart = replace(spec, near_duplicates="ignore")
        return replace(super()._load(apart, path, seed, n_folds, with_others), groups=groups)


def _is_of_several(spec: DatasetSpec) -> bool:
    return isinstance(spec, DatasetPart) and spec.output is not None
