"""The frozen types of a plan."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from probing.plan.cells import Cell
from probing.plan.costs.cost import Cost
from probing.spec import DatasetPart, DatasetSpec, ModelSpec, Spec, is_of

if TYPE_CHECKING:
    from probing.audit import Finding
    from probing.catalog import ModelFacts
    from probing.datasets import DatasetFacts, Fetch


@dataclass(frozen=True)
class NamedDataset:
    """A dataset of the plan: its name in the results, how to read it, and what it holds.

    `findings` are those of its audit.
    """

    name: str
    spec: DatasetSpec
    facts: DatasetFacts
    findings: tuple[Finding, ...] = ()

    def reads_with(self, other: NamedDataset) -> bool:
        """Whether the other is of another target of the same entry, and so has the same texts."""
        mine, its = self.spec, other.spec
        if not isinstance(mine, DatasetPart) or not isinstance(its, DatasetPart):
            return False
        is_same = replace(mine, output=its.output) == its and mine.output is not None
        return is_same and self.facts.path == other.facts.path

    @property
    def warnings(self) -> tuple[str, ...]:
        """What stays beside its results, in short."""
        return tuple(one.message for one in self.findings if one.is_warning)


@dataclass(frozen=True)
class NamedModel:
    """A model of the plan: its name in the results, how to load it and what its config says.

    With a `random_seed` its weights are drawn from it, not loaded.
    """

    name: str
    spec: ModelSpec
    facts: ModelFacts
    random_seed: int | None = None


@dataclass(frozen=True)
class PlannedCells:
    """Cells that are solved and committed together; `at` is the number of the block."""

    at: int
    cells: tuple[Cell, ...]


Kind = TypeVar("Kind", bound=PlannedCells)


@dataclass(frozen=True)
class PlannedBlock(PlannedCells):
    """Cells of the same features.

    `layers_at` are positions among the pooler's cells (see `probing.layer_choice.cells_of`).
    """

    dataset: str
    model: str
    pooler_at: int
    classifier_at: int
    layers_at: tuple[int, ...]

    @classmethod
    def joined(cls, blocks: Sequence[PlannedBlock]) -> PlannedBlock:
        """The layers of several blocks that differ in nothing else, as one."""
        return replace(
            blocks[0],
            layers_at=tuple(at for block in blocks for at in block.layers_at),
            cells=tuple(cell for block in blocks for cell in block.cells),
        )


@dataclass(frozen=True)
class Candidate:
    """A cell of the task that may be chosen: its block, and the last layer that it reads."""

    cell: Cell
    block: int
    depth: int


@dataclass(frozen=True)
class PlannedChoice(PlannedCells):
    """A chosen cell, with those of its controls, and what is chosen among."""

    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class PlannedEnsemble(PlannedCells):
    """The cell of several layers together, with those of its controls, and its layers' cells."""

    members: tuple[Candidate, ...]


@dataclass(frozen=True)
class PlannedPass:
    """One model reading one dataset, and the blocks that its activations feed.

    `choices` among the cells of the blocks, and `ensembles` of them, are made once all of these
    are finished.
    `findings` are those on how the model reads the texts.
    """

    dataset: NamedDataset
    model: NamedModel
    blocks: tuple[PlannedBlock, ...]
    findings: tuple[Finding, ...] = ()
    choices: tuple[PlannedChoice, ...] = ()
    ensembles: tuple[PlannedEnsemble, ...] = ()

    @property
    def committed(self) -> tuple[PlannedCells, ...]:
        """All cells that are committed together, in the order in which they run."""
        return *self.blocks, *self.choices, *self.ensembles

    def without(self, lost: Collection[str]) -> PlannedPass:
        """The same without the cells of some datasets."""
        return replace(
            self,
            blocks=_without(self.blocks, lost),
            choices=_without(self.choices, lost),
            ensembles=_without(self.ensembles, lost),
        )


@dataclass(frozen=True)
class PlannedTexts(PlannedCells):
    """The cell of a control that needs no activations.

    `model` is the one whose tokens it counts, `classifier_at` the classifier it is fitted with;
    None where it has none.
    """

    control: str
    dataset: NamedDataset
    model: NamedModel | None
    classifier_at: int | None


@dataclass(frozen=True)
class PlannedTransfer:
    """Probes of one model that are trained on `sources` and tested on each of `targets`.

    `joined` are the blocks that are fitted to the rows of all of them, read in the passes of the
    model, with what is chosen or averaged among them; it is no pass itself. `texts` are the
    controls that need no activations.
    """

    trained_on: str
    sources: tuple[NamedDataset, ...]
    targets: tuple[NamedDataset, ...]
    joined: PlannedPass
    texts: tuple[PlannedTexts, ...] = ()

    @property
    def committed(self) -> tuple[PlannedCells, ...]:
        """All cells that are committed together, in the order in which they run."""
        return *self.texts, *self.joined.committed

    def without(self, lost: Collection[str]) -> PlannedTransfer:
        """The same without some of the datasets that are tested."""
        return replace(
            self,
            targets=tuple(to for to in self.targets if to.name not in lost),
            joined=self.joined.without(lost),
            texts=_without(self.texts, lost),
        )


def _without(blocks: Sequence[Kind], lost: Collection[str]) -> tuple[Kind, ...]:
    kept = (tuple(cell for cell in block.cells if cell.dataset not in lost) for block in blocks)
    both = zip(blocks, kept, strict=True)
    return tuple(replace(block, cells=cells) for block, cells in both if cells)


@dataclass(frozen=True)
class Plan:
    """What a spec will run: `texts` before the passes, `transfers` after those of their model.

    `notes` say which combinations are skipped and why, `lacks` what makes cells fail or does not
    fit on this machine. `fetches` are what a run downloads first, of datasets whose cells are
    planned then. `data` are all datasets of the spec, also those that no classifier serves.
    """

    spec: Spec
    passes: tuple[PlannedPass, ...]
    texts: tuple[PlannedTexts, ...]
    cost: Cost
    notes: tuple[str, ...]
    lacks: tuple[str, ...] = ()
    fetches: tuple[Fetch, ...] = ()
    transfers: tuple[PlannedTransfer, ...] = ()
    data: tuple[NamedDataset, ...] = ()

    @property
    def datasets(self) -> list[NamedDataset]:
        """Every dataset once, in the order in which they are read first."""
        return list({one.dataset.name: one.dataset for one in self.passes}.values())

    @property
    def blocks(self) -> list[PlannedCells]:
        """All cells that are committed together, in the order in which they run."""
        passed = (block for one in self.passes for block in one.committed)
        transferred = (block for one in self.transfers for block in one.committed)
        return [*self.texts, *passed, *transferred]

    def beside(self, one: PlannedPass) -> list[PlannedCells]:
        """What stands beside the cells of a pass of a trained model: its controls elsewhere."""
        place = one.model.name, one.dataset.name
        others = [block for other in self.passes if other is not one for block in other.committed]
        return [
            each
            for each in (*self.texts, *others)
            for cell in each.cells[:1]
            if cell.control and is_of((cell.model, cell.dataset), place)
        ]

    @property
    def cells(self) -> list[Cell]:
        """All cells in the order in which they run."""
        return [cell for block in self.blocks for cell in block.cells]
