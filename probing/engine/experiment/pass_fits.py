"""Fit the blocks of a pass whose features can be had, each with what it is measured beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from threading import Lock

from probing.datasets import TextDataset
from probing.engine.blocks import Block
from probing.engine.classifiers import Classifier, needs_validation
from probing.engine.experiment.apart import MeasuredApart
from probing.engine.experiment.block_cells import Task, solve
from probing.engine.experiment.block_order import Arrangement
from probing.engine.experiment.choosing.leaders import Leaders
from probing.engine.experiment.conditional.conditioning import Conditioning, PassBaseline
from probing.engine.experiment.control_tasks import ControlTasks
from probing.engine.experiment.dataset_tokens import DatasetTokens
from probing.engine.experiment.passes.cell_flags import CellFlags
from probing.engine.experiment.passes.cut_texts import told_of_cut_texts
from probing.engine.experiment.passes.features import PassFeatures, Read
from probing.engine.experiment.passes.pass_reader import PassReader
from probing.engine.experiment.passes.record import PassRecord
from probing.engine.experiment.run_datasets import RunDatasets
from probing.engine.experiment.run_writer import Store
from probing.engine.experiment.scoring.fold_scores import Reading, Scorer
from probing.engine.models import Tokens
from probing.engine.shared_values import Memo
from probing.engine.splits import Labelling
from probing.events import Warned
from probing.plan import Cell, PlannedBlock, PlannedPass
from probing.spec import Spec, role_of


class PassFits:
    """Fits blocks into a store; `classifiers` is aligned with those of the spec.

    `passes` gives features, `tokens` what control tasks count.
    """

    def __init__(
        self,
        spec: Spec,
        classifiers: Sequence[Classifier],
        store: Store,
        device: str,
        datasets: RunDatasets,
        passes: PassReader,
        tokens: DatasetTokens,
        scorer: Scorer,
    ) -> None:
        self.spec, self.classifiers, self.store, self.device = spec, classifiers, store, device
        self.datasets, self.passes, self.tokens, self.scorer = datasets, passes, tokens, scorer
        self.conditioning = Conditioning(
            spec.conditional_on, tokens, store.run.path, passes.generated.behind
        )

    def run(
        self,
        one: PlannedPass,
        left: Sequence[PlannedBlock],
        leaders: Leaders | None,
        read_already: PassFeatures | None = None,
    ) -> Read:
        """Fit what is `left` of a pass, reading its texts where the cache lacks them.

        Raises `ProbingError` where that cannot be.
        """
        read = self.datasets.of(one.dataset)
        data, labellings = read.data, read.labellings
        one, left, own = self._with_control_tasks(one, left, data, labellings[0])
        features = read_already or self.passes.features(one, data, left)
        record = self.passes.opened(features) if read_already is None else features.record
        for block in left:
            if reason := features.impossible(block):
                self.store.fail([block], reason)
        left = [block for block in left if not features.impossible(block)]
        warn = partial(self._warn, " on ".join(features.names))
        pools = [self.spec.poolers[block.pooler_at].pool for block in left]
        for message in told_of_cut_texts(one, data, record, pools):
            warn(message)
        flags = CellFlags(one, data, record, warn)
        opening = Lock()  # blocks are fitted side by side, but a lost feature is one pass
        baseline = self.conditioning.of(one, data, features, opening)

        def task(blocks: Sequence[PlannedBlock], memo: Memo | None) -> Task:
            control = own.labellings.get(blocks[0].pooler_at)
            every = (*labellings, *([control] if control else []))
            made = self._task(blocks, data, every, features, record, flags, opening, memo)
            apart = [*read.codes, *self._beyond(blocks[0], baseline)]
            return replace(
                made,
                leaders=leaders,
                apart=apart,
                learner=read.learner,
                joins=bool(one.ensembles),
            )

        arranged = Arrangement(self.spec, one, self.classifiers, self.device, record.widths)
        solve(self.store, arranged.lanes(left, task), self.scorer)
        return features, record

    def _tokens_of(self, one: PlannedPass, data: TextDataset) -> Tokens:
        """What a pass reads: the tokens of the texts, and what was generated behind them."""
        return self.tokens.of(one.model, data, self.passes.generated.of(one, data))

    def _with_control_tasks(
        self,
        one: PlannedPass,
        left: Sequence[PlannedBlock],
        data: TextDataset,
        task: Labelling,
    ) -> tuple[PlannedPass, list[PlannedBlock], ControlTasks]:
        """The pass and what is left of it without control tasks that cannot be fitted."""
        made = ControlTasks.of(self.spec, one, data, task, self._tokens_of)
        lost = made.events(left, self.store.attempt)
        self.store.emit(event for event in lost if not self.store.is_finished([event.cell]))
        reasons = {(self.spec.poolers[at].label, why) for at, why in made.inapplicable.items()}
        for label, why in sorted(reasons):
            message = f"control_task: not applicable to {label}: {why}"
            self._warn(f"{one.model.name} on {one.dataset.name}", message)
        kept = {block.at: made.without(block) for block in one.blocks}
        one = replace(one, blocks=tuple(kept.values()))
        return one, [kept[block.at] for block in left], made

    def _task(
        self,
        blocks: Sequence[PlannedBlock],
        data: TextDataset,
        labellings: tuple[Labelling, ...],
        features: PassFeatures,
        record: PassRecord,
        flags: CellFlags,
        opening: Lock,
        memo: Memo | None,
    ) -> Task:
        block = PlannedBlock.joined(blocks)
        classifier = self.classifiers[block.classifier_at]
        roles = {role_of(cell.control) for cell in block.cells}
        labellings = labellings_for(classifier, [one for one in labellings if one.control in roles])

        def opened() -> Block:
            with opening:
                pooled, tokens = features.of(block), features.tokens(block)
                if not tokens:  # probes of tokens look at these themselves
                    flags.look(blocks, pooled, features.without_tokens(block))
            return Block(
                pooled,
                labellings,
                data.groups,
                data.task,
                len(data.classes),
                "standard" if self.spec.scale == "standard" else "none",
                self.device,
                memo,
                block.layers_at,
                holds_out=bool(self.spec.select),
                directs=self.spec.stability,
                logs_training=self.spec.training_log,
                tokens=tokens,
                partners=data.partners,
                halves=data.halves,
            )

        def reading(cell: Cell) -> Reading:
            return Reading(record.n_params, record.n_truncated, flags.of(cell), data.positive)

        return Task(blocks, classifier, reading, opened)

    def _beyond(
        self, block: PlannedBlock, baseline: PassBaseline | None
    ) -> Sequence[MeasuredApart]:
        """What measures the cells of a block beyond a baseline, if there is one."""
        if baseline is None:
            return ()
        return (baseline.of(block, self.classifiers[block.classifier_at]),)

    def _warn(self, where: str, message: str) -> None:
        self.store.emit([Warned(where, message)])


def labellings_for(
    classifier: Classifier, labellings: Sequence[Labelling]
) -> tuple[Labelling, ...]:
    """The labellings as a classifier trains on them: with a validation part, or without."""
    if needs_validation(classifier):
        return tuple(labellings)
    return tuple(one.whole for one in labellings)
