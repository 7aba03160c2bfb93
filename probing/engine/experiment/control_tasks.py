"""The control tasks of a pass: one labelling for each pooler, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from probing.datasets import TextDataset
from probing.engine.controls.control_task import (
    NAME,
    NotApplicableError,
    control_labelling,
    token_types,
    word_types,
)
from probing.engine.experiment.unforeseen_errors import unforeseen
from probing.engine.models import Tokens
from probing.engine.splits import Labelling, seed_of
from probing.errors import ProbingError
from probing.events import CellFailed, CellNotApplicable
from probing.plan import Cell, PlannedBlock, PlannedPass
from probing.spec import PoolerSpec, Spec
from probing.token_stage import as_read


@dataclass
class ControlTasks:
    """By the place of a pooler in the spec: its labelling, or why it has none."""

    labellings: dict[int, Labelling] = field(default_factory=dict)
    inapplicable: dict[int, str] = field(default_factory=dict)
    failures: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        spec: Spec,
        one: PlannedPass,
        data: TextDataset,
        task: Labelling,
        tokens_of: Callable[[PlannedPass, TextDataset], Tokens],
    ) -> ControlTasks:
        """Those that the blocks of a pass ask for; `task` is the labelling of the task itself.

        `tokens_of` gives the tokens that a pass reads.
        """
        made = cls()
        asking = [block.pooler_at for block in one.blocks if _cell_of(block) is not None]
        for at in dict.fromkeys(asking):
            try:
                with unforeseen(f"{NAME} on {one.dataset.name}"):
                    types = word_types(data)
                    if types is None:
                        pooler = _at_position(as_read(spec.poolers[at], data.generate), data)
                        types = token_types(tokens_of(one, data), pooler)
                    seed = seed_of(spec.seed, one.dataset.name, NAME)
                    how = data.groups, data.task, len(data.classes), seed
                    made.labellings[at] = control_labelling(task, types, *how)
            except NotApplicableError as why:
                made.inapplicable[at] = why.what
            except (ProbingError, OSError) as error:
                made.failures[at] = str(error)
        return made

    def without(self, block: PlannedBlock) -> PlannedBlock:
        """A block without a control task that cannot be fitted."""
        if block.pooler_at in self.labellings:
            return block
        return replace(block, cells=tuple(cell for cell in block.cells if cell.control != NAME))

    def events(
        self, blocks: Sequence[PlannedBlock], attempt: int
    ) -> list[CellNotApplicable | CellFailed]:
        """What is to be logged of the cells that `blocks` lose."""
        found: list[CellNotApplicable | CellFailed] = []
        for block in blocks:
            cell, at = _cell_of(block), block.pooler_at
            if cell is None:
                continue
            if at in self.inapplicable:
                found.append(_not_applicable(cell, attempt, self.inapplicable[at]))
            elif at in self.failures:
                found.append(CellFailed(cell.id, attempt, self.failures[at]))
        return found


def _at_position(pooler: PoolerSpec, data: TextDataset) -> PoolerSpec:
    """At a position there is one token, also for what reads all tokens."""
    return pooler if data.spans is None else replace(pooler, pool="last")


def _cell_of(block: PlannedBlock) -> Cell | None:
    return next((cell for cell in block.cells if cell.control == NAME), None)


def _not_applicable(cell: Cell, attempt: int, reason: str) -> CellNotApplicable:
    place = partial(CellNotApplicable, cell.id, attempt, cell.dataset, cell.task, cell.model)
    return place(cell.site, cell.pooler, cell.layer, cell.classifier, cell.control, reason)
