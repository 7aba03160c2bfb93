"""Execute a plan: one forward pass per model and dataset, then its blocks, cell by cell."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from itertools import groupby
from pathlib import Path

from probing.datasets import KeptDatasets
from probing.engine.classifiers import Classifier
from probing.engine.experiment.block_cells import Group, solve
from probing.engine.experiment.block_order import Arrangement
from probing.engine.experiment.choosing.chosen_cells import choose
from probing.engine.experiment.choosing.inner_score import metric_of
from probing.engine.experiment.choosing.leaders import Leaders
from probing.engine.experiment.dataset_tokens import DatasetTokens
from probing.engine.experiment.ensembles.ensemble_cells import make_ensemble
from probing.engine.experiment.pass_fits import PassFits, labellings_for
from probing.engine.experiment.passes.cell_flags import text_flags
from probing.engine.experiment.passes.features import PassFeatures, Read
from probing.engine.experiment.passes.pass_reader import PassReader
from probing.engine.experiment.run_datasets import RunDatasets
from probing.engine.experiment.run_writer import Store
from probing.engine.experiment.saved_probes.described import ModelReader
from probing.engine.experiment.saved_probes.stage import SavedProbes
from probing.engine.experiment.scoring.conclusions import conclude
from probing.engine.experiment.scoring.fold_scores import Scorer, score
from probing.engine.experiment.scoring.layer_comparison import compare_layers
from probing.engine.experiment.text_controls import TextControls
from probing.engine.experiment.transfers.stage import TransferStage
from probing.engine.experiment.unforeseen_errors import check_device
from probing.engine.experiment.units.dealing import Dealing
from probing.engine.experiment.units.orders import Order
from probing.engine.threads import ALONE
from probing.errors import ProbingError, RunError
from probing.events import Warned
from probing.plan import (
    Plan,
    PlannedBlock,
    PlannedCells,
    PlannedPass,
    PlannedTexts,
    PlannedTransfer,
)
from probing.plan.types import NamedDataset, NamedModel
from probing.spec import CONTROLS
from probing.token_stage import as_read, choices_of


class Execution:
    """Runs the passes of a plan and writes what comes out into a store.

    `classifiers` is aligned with the spec's; `scorer` turns a fold's scores into metrics.
    With `dealing`, workers read the texts, fit the blocks and make the probes that are saved.
    `kept` are the datasets that the plan has read.
    """

    def __init__(
        self,
        plan: Plan,
        classifiers: Sequence[Classifier],
        store: Store,
        device: str,
        base: Path,
        scorer: Scorer = score,
        dealing: Dealing | None = None,
        kept: KeptDatasets | None = None,
    ) -> None:
        self.dealing = dealing
        self.plan, self.spec = plan, plan.spec
        self.classifiers, self.store, self.device, self.base = classifiers, store, device, base
        self.scorer = scorer
        self.passes = PassReader(plan, store, device, base, dealing)
        asking = {one.dataset.spec.generate for one in plan.passes}
        poolers = [as_read(one, generate) for generate in asking for one in self.spec.poolers]
        tokens = DatasetTokens(base, choices_of(poolers))
        self.text_controls = TextControls(
            self.spec, classifiers, tokens, device, self.passes.generated.behind_texts
        )
        self.datasets = RunDatasets(self.spec, store, KeptDatasets() if kept is None else kept)
        self.fits = PassFits(
            self.spec, classifiers, store, device, self.datasets, self.passes, tokens, scorer
        )
        self.transfers = TransferStage(
            plan, store, classifiers, self.datasets, self.text_controls, device, scorer, dealing
        )
        self.saving = SavedProbes(
            plan, store, classifiers, self.datasets, ModelReader(base, device, plan.spec.dtype)
        )
        self._read: dict[tuple[str, str], Read] = {}  # of the passes that are needed again
        self.error: ProbingError | None = None

    def run(self) -> None:
        """Run every pass that has unfinished cells; a pass that fails does not stop the others."""
        for model, passes in groupby(self.plan.passes, lambda one: one.model.name):
            for one in passes:
                self._run_one(one)
            for transfer in self.plan.transfers:
                if transfer.joined.model.name == model:
                    self._transfer(transfer)
            self._read.clear()
        self.transfers.conclude()

    def _run_one(self, one: PlannedPass) -> None:
        """Run what a pass still has to do, and the controls of its dataset."""
        self._run_texts(one, late=False)
        left = self._left(one)
        leaders = self._leaders(one)
        if left and self.dealing is not None:
            self._deal_pass(one, left, self.dealing)
            leaders = self._leaders(one)
        elif left:
            self._run_pass(one, left, leaders)
        if leaders is not None:
            self._choose(one, leaders)
        self._join(one)
        self._run_texts(one, late=True)
        self._conclude(one)
        if self.saving.may_save(one):
            with self._failing([]):
                self._save(one)
            if not any(self._is_moved(one, each) for each in self.plan.transfers):
                self._read.pop((one.dataset.name, one.model.name), None)

    def _transfer(self, one: PlannedTransfer) -> None:
        """Test probes of some datasets on others, each of which has been read."""
        early = [text for text in one.texts if not CONTROLS[text.control].late]
        with self._failing(early):
            self.transfers.run_texts(one, early)
        with self._failing(one.joined.committed):
            self.transfers.run(one, self._read_before)
        with self._failing(one.texts):
            self.transfers.run_texts(one, one.texts)

    def _save(self, one: PlannedPass) -> None:
        """Save the probes of a pass that are asked for and not there."""
        left = self.saving.left(one)
        if not left:
            return
        features, record = self._read_before(one.dataset, one.model)
        if self.dealing is not None and len(left) > 1 and features.is_shared:
            seen_to = self.dealing.probes(one, [[each] for each in left])
            left = [each for each in left if each.at not in seen_to]
        self.saving.run(one, [each.at for each in left], (features, record))

    def _read_before(self, dataset: NamedDataset, model: NamedModel) -> Read:
        """What the pass of a model over a dataset made; a resumed run finds it in the cache."""
        key = dataset.name, model.name
        if key not in self._read:
            one = next(one for one in self.plan.passes if (one.dataset.name, one.model.name) == key)
            features = self.passes.features(one, self.datasets.of(dataset).data, one.blocks)
            self._read[key] = features, self.passes.opened(features)
        return self._read[key]

    def _conclude(self, one: PlannedPass) -> None:
        """Compare a pass, or the one that it stands beside, with its controls once all are over."""
        cell = one.blocks[0].cells[0]
        place = cell.model, cell.dataset
        for task in self.plan.passes:
            if (task.model.name, task.dataset.name) != place:
                continue
            beside = self.plan.beside(task)
            if all(self.store.is_finished(c.id for c in each.cells) for each in beside):
                conclude(self.store, task, beside)
        if self.spec.stability and one.blocks:
            compare_layers(self.store, one)

    def _run_texts(self, one: PlannedPass, *, late: bool) -> None:
        """Compute the controls of a dataset that need no activations, now or later."""
        for each in self._texts_of(one, late=late):
            if not self.store.is_finished([each.cells[0].id]):
                self._run_text(each)

    def _texts_of(self, one: PlannedPass, *, late: bool) -> list[PlannedTexts]:
        """Those controls; what reads what a model has said comes with its pass."""
        is_said = bool(one.dataset.spec.generate)
        return [
            each
            for each in self.plan.texts
            if each.dataset == one.dataset
            and CONTROLS[each.control].late == late
            and (not is_said or each.model in (None, one.model))
        ]

    def _run_text(self, one: PlannedTexts) -> None:
        with self._failing([one]):
            read = self.datasets.of(one.dataset)
            flags = text_flags(one.dataset, read.data)
            task = self.text_controls.task(one, read.data, read.labellings, flags)
            task = replace(task, apart=read.codes, learner=read.learner)
            solve(self.store, [lambda: iter([Group([task], ALONE)])], self.scorer)

    def _leaders(self, one: PlannedPass) -> Leaders | None:
        """Where cells of a pass are still to be chosen: who leads among what is committed."""
        if self.store.is_finished(cell.id for choice in one.choices for cell in choice.cells):
            return None
        metric = metric_of(self.spec.select_by, one.dataset.facts.task)
        return Leaders(self.store, one.choices, metric)

    def _choose(self, one: PlannedPass, leaders: Leaders) -> None:
        """Make the chosen cells of a pass."""
        with self._failing(one.choices):
            read = self.datasets.of(one.dataset)
            choose(self.store, leaders, one.choices, read.data, read.labellings)

    def _join(self, one: PlannedPass) -> None:
        """Make the ensembles over the layers of a pass."""
        blocks = {block.at: block for block in one.blocks}
        for planned in one.ensembles:
            if self.store.is_finished(cell.id for cell in planned.cells):
                continue
            with self._failing([planned]):
                read = self.datasets.of(one.dataset)
                classifier = self.classifiers[blocks[planned.members[0].block].classifier_at]
                labellings = labellings_for(classifier, read.labellings)
                make_ensemble(self.store, planned, read.data, labellings, self.scorer)

    def fit(self, numbers: Collection[int]) -> None:
        """Fit some blocks of the plan, whose features are there, as a worker does."""
        for one in self.plan.passes:
            if blocks := [block for block in one.blocks if block.at in numbers]:
                self._run_pass(one, blocks, self._leaders(one))
        for text in self.plan.texts:
            if text.at in numbers:
                self._run_text(text)
        for moved in self.plan.transfers:
            self._fit_transfer(moved, numbers)

    def _fit_transfer(self, one: PlannedTransfer, numbers: Collection[int]) -> None:
        texts = [text for text in one.texts if text.at in numbers]
        with self._failing(texts):
            self.transfers.run_texts(one, texts)
        blocks = [block for block in one.joined.blocks if block.at in numbers]
        if blocks:
            self._keep_of(one.joined.model)
            with self._failing(blocks):
                self.transfers.fit(one, numbers, self._read_before)

    def save(self, one: PlannedPass, numbers: Collection[int]) -> None:
        """Save the probes of some blocks of a pass, as a worker does."""
        self._keep_of(one.model)
        self.saving.run(one, numbers, self._read_before(one.dataset, one.model))

    def _keep_of(self, model: NamedModel) -> None:
        """Forget what other models have read."""
        self._read = {key: read for key, read in self._read.items() if key[1] == model.name}

    def _deal_pass(self, one: PlannedPass, left: Sequence[PlannedBlock], dealing: Dealing) -> None:
        """Have workers run what is left of a pass; what they cannot see is fitted here."""
        with self._failing(left):
            features = self.passes.features(one, self.datasets.of(one.dataset).data, left)
            record = self.passes.opened(features)
            if not features.is_shared:
                message = "the cache does not hold the features, so they are fitted without workers"
                self.store.emit([Warned(" on ".join(features.names), message)])
                self._run_pass(one, left, self._leaders(one), features)
                return
            self._keep(one, (features, record))
            arranged = Arrangement(self.spec, one, self.classifiers, self.device, record.widths)
            self.passes.cache.flush()  # of a store that workers read
            # bags of words take longest
            groups: list[Sequence[PlannedCells]] = [[x] for x in self._texts_of(one, late=True)]
            groups += arranged.apart(one.blocks)
            near = {block.at: features.node_of(block) for block in one.blocks}
            dealing.fits(one, groups, ahead=partial(self._ahead, one), near=near)

    def _ahead(self, one: PlannedPass) -> Order | None:
        """Give out the texts of the pass after this one, where they can be read beside its fits."""
        later = self.plan.passes[self.plan.passes.index(one) + 1 :]
        for each in later:
            left = self._left(each)
            if left and self.datasets.has_room(each.dataset):
                with suppress(ProbingError):  # which is told when its turn comes
                    data = self.datasets.of(each.dataset).data
                    return self.passes.ahead(each, data, left)
            if left:
                break
        return None

    def _left(self, one: PlannedPass) -> list[PlannedBlock]:
        """The blocks of a pass that are not finished."""
        blocks = one.blocks
        return [one for one in blocks if not self.store.is_finished(c.id for c in one.cells)]

    def _run_pass(
        self,
        one: PlannedPass,
        left: Sequence[PlannedBlock],
        leaders: Leaders | None,
        features: PassFeatures | None = None,
    ) -> None:
        with self._failing(left):
            self._keep(one, self.fits.run(one, left, leaders, features))

    def _keep(self, one: PlannedPass, read: Read) -> None:
        """Keep what was read where it is needed again."""
        is_moved = any(self._is_moved(one, each) for each in self.plan.transfers)
        if is_moved or self.saving.may_save(one):
            self._read[one.dataset.name, one.model.name] = read

    def _is_moved(self, one: PlannedPass, transfer: PlannedTransfer) -> bool:
        """Whether a transfer reads the features of a pass."""
        parts = (*transfer.sources, *transfer.targets)
        return transfer.joined.model == one.model and one.dataset in parts

    @contextmanager
    def _failing(self, blocks: Sequence[PlannedCells]) -> Iterator[None]:
        """An error inside fails what is not finished of `blocks`, and no other cell."""
        try:
            yield
        except ProbingError as error:
            if isinstance(error, RunError):
                raise
            self.error = error
            self.store.fail(blocks, str(error))
            check_device(error.__cause__)
