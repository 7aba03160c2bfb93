"""The passes, the controls of texts and the transfers of a spec, with all their cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from probing.plan.planned_work import PlannedWork
from probing.plan.saved_probes import save_notes
from probing.plan.serving import FindTasks, known_tasks
from probing.plan.transfer_work import TransferWork
from probing.plan.transfers import transfer_notes, transfers_of
from probing.plan.types import (
    NamedDataset,
    NamedModel,
    PlannedPass,
    PlannedTexts,
    PlannedTransfer,
)
from probing.spec import Spec


@dataclass(frozen=True)
class AllWork:
    """What a plan runs; `notes` say which combinations are skipped, and why."""

    passes: tuple[PlannedPass, ...]
    texts: tuple[PlannedTexts, ...]
    transfers: tuple[PlannedTransfer, ...]
    notes: tuple[str, ...]

    @classmethod
    def of(
        cls,
        spec: Spec,
        data: Sequence[NamedDataset],
        models: Sequence[NamedModel],
        tasks_of: FindTasks | None = None,
    ) -> AllWork:
        """The work of a spec by the facts of its datasets and models alone; reads no file."""
        work = PlannedWork(spec, tasks_of or known_tasks)
        passes = tuple(one for model in models for one in work.passes_of(model, data))
        texts = tuple(one for dataset in data for one in work.of_texts(dataset, models))
        passes = tuple(one for one in passes if one.blocks)
        work.notes += work.serving.unread_notes()
        work.notes += transfer_notes(spec, data)
        work.notes += save_notes(spec, passes)
        transfers = tuple(TransferWork(work).of(transfers_of(spec, data), models))
        return cls(passes, texts, transfers, tuple(work.notes))
