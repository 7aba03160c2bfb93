"""The stage of a run after the cells of a pass: its probes are fitted to all rows and saved.

No text is read again: the features are those of the pass. What cannot be saved is told in one
line, and the run goes on; what is there already stays, so that a resumed run makes the rest.
"""

from __future__ import annotations

import traceback
from collections.abc import Collection, Iterator, Sequence
from functools import partial

from probing.engine.blocks import EVERY_FOLD, Block, FoldFailure, FoldFit
from probing.engine.classifiers import Classifier, needs_validation
from probing.engine.classifiers.builtin.pairs.difference import OfDifferences
from probing.engine.classifiers.heads import head_of
from probing.engine.experiment.choosing.inner_fits import WithInnerScores
from probing.engine.experiment.passes.features import PassFeatures, Read
from probing.engine.experiment.passes.record import PassRecord
from probing.engine.experiment.run_datasets import RunDatasets
from probing.engine.experiment.run_writer import Store
from probing.engine.experiment.saved_probes.cards import Cards, Wanted
from probing.engine.experiment.saved_probes.described import ModelReader
from probing.engine.experiment.saved_probes.ensembles import FittedMember, ensemble_of
from probing.engine.experiment.saved_probes.fitted_probe import (
    FittedProbe,
    check_outputs,
    fitted_probe,
    pair_probe,
    token_probe,
)
from probing.engine.experiment.saved_probes.whole_fold import WholeFold, whole_fold
from probing.engine.experiment.unforeseen_errors import check_device, reason_of
from probing.errors import CellError, ProbeError, is_interruption
from probing.events import ProbesSaved, Warned
from probing.plan import Cell, Plan, PlannedBlock, PlannedCells, PlannedPass
from probing.plan.saved_probes import NONE, fold_name, probe_names, saves
from probing.plan.types import PlannedEnsemble
from probing.probes import Card, read_card, save
from probing.probes.files import check_file


class SavedProbes:
    """Saves the probes that a spec asks for; `classifiers` are those of the spec."""

    def __init__(
        self,
        plan: Plan,
        store: Store,
        classifiers: Sequence[Classifier],
        datasets: RunDatasets,
        reader: ModelReader,
    ) -> None:
        self.plan, self.spec, self.store = plan, plan.spec, store
        self.classifiers, self.datasets, self.device = classifiers, datasets, reader.device
        self.names = probe_names(plan.passes)
        self.cards = Cards(plan, store, datasets, reader, self.names)

    def may_save(self, one: PlannedPass) -> bool:
        """Whether a pass may have probes to save, once its cells are there."""
        if self.spec.save_probes == NONE or one.model.random_seed is not None:
            return False
        made = (*one.blocks, *one.ensembles)
        return bool(self.spec.select) or any(saves(self.spec, each.cells[0]) for each in made)

    def left(self, one: PlannedPass) -> list[PlannedCells]:
        """The blocks and ensembles of a pass whose probes are to be saved, and are not there."""
        wanted = [each.block for each in self._wanted(one) if not self._is_saved(each)]
        return [*wanted, *self._ensembles(one)]

    def run(self, one: PlannedPass, numbers: Collection[int], read: Read) -> None:
        """Save probes of a pass: those of the blocks and ensembles with such `numbers`."""
        features, record = read
        wanted = [each for each in self._wanted(one) if each.block.at in numbers]
        ensembles = [each for each in self._ensembles(one) if each.at in numbers]
        makings = [
            (each.cell, partial(self._made, one, each, features, record)) for each in wanted
        ] + [
            (each.cells[0], partial(self._ensemble, one, each, features, record))
            for each in ensembles
        ]
        names: list[str] = []
        for cell, make in makings:
            try:
                for card, probe in make():
                    save(self.store.run.probes, card, probe.arrays)
                    names.append(card.name)
            except BaseException as error:  # whatever a classifier does, the run goes on
                if is_interruption(error):
                    raise
                self._tell(cell, error)
        if names:
            self.store.emit([ProbesSaved(one.model.name, one.dataset.name, tuple(names))])

    def _tell(self, cell: Cell, error: BaseException) -> None:
        if not isinstance(error, CellError):
            traceback.print_exc()
        why = str(error) if isinstance(error, CellError) else reason_of(error)
        self.store.emit([Warned(self.names[cell.id], f"the probe is not saved: {why}")])
        check_device(error)

    def _wanted(self, one: PlannedPass) -> Iterator[Wanted]:
        """The cells of a pass to save, that are done; a chosen one with the score of its choice."""
        chosen = self._chosen(one)
        for block in one.blocks:
            cell = block.cells[0]
            if cell.control or not self.store.state.is_done(cell.id):
                continue
            if cell.id in chosen or saves(self.spec, cell):
                yield Wanted(block, chosen.get(cell.id, cell))

    def _ensembles(self, one: PlannedPass) -> Iterator[PlannedEnsemble]:
        """The ensembles of a pass to save, that are done and not there."""
        for each in one.ensembles:
            cell = each.cells[0]
            is_asked = self.store.state.is_done(cell.id) and saves(self.spec, cell)
            if is_asked and not self._is_whole(self.names[cell.id]):
                yield each

    def _chosen(self, one: PlannedPass) -> dict[str, Cell]:
        """The cells that were chosen on all texts, each with the cell of its choice."""
        found: dict[str, Cell] = {}
        for choice in one.choices:
            state = self.store.state.cells.get(choice.cells[0].id)
            if state is not None and state.done and state.choice is not None:
                found[state.choice.final.get("cell", "")] = choice.cells[0]
        if self.spec.select:  # what is alone is not chosen among others
            several = {each.cell.id for choice in one.choices for each in choice.candidates}
            alone = [block.cells[0] for block in one.blocks if block.cells[0].id not in several]
            found |= {cell.id: cell for cell in alone}
        return found

    def _is_saved(self, wanted: Wanted) -> bool:
        n_folds = len({fold.fold for fold in self.store.state.cells[wanted.cell.id].folds})
        folds = [None, *range(n_folds)] if self._keeps_folds(wanted) else [None]
        return all(self._is_whole(fold_name(self.names[wanted.cell.id], at)) for at in folds)

    def _keeps_folds(self, wanted: Wanted) -> bool:
        """Whether the probes of the folds are saved too.

        Those of tokens learn from texts in an order that all folds share: alone they are others.
        """
        reads_tokens = self.spec.poolers[wanted.block.pooler_at].reads_tokens
        return self.spec.save_fold_probes and not reads_tokens

    def _is_whole(self, name: str) -> bool:
        path = self.store.run.probes / f"{name}.json"
        try:
            check_file(path, read_card(path))
        except ProbeError:
            return False
        return True

    def _made(
        self, one: PlannedPass, wanted: Wanted, features: PassFeatures, record: PassRecord
    ) -> Iterator[tuple[Card, FittedProbe]]:
        """The probes of a cell: that of all rows, then those of the folds that are asked for."""
        keeps_folds = self._keeps_folds(wanted)
        whole = self._block(one, wanted.block, features, with_folds=keeps_folds)
        classifier = self.classifiers[wanted.block.classifier_at]
        for fit in _fits(classifier, whole):
            probe = _probe(fit, whole, classifier)
            yield self.cards.of(one, wanted, whole, fit, probe, record), probe

    def _ensemble(
        self,
        one: PlannedPass,
        planned: PlannedEnsemble,
        features: PassFeatures,
        record: PassRecord,
    ) -> Iterator[tuple[Card, FittedProbe]]:
        """The probe of an ensemble: its layers, fitted to all rows, and their mean."""
        blocks = {block.at: block for block in one.blocks}
        members = [self._member(one, blocks[each.block], features) for each in planned.members]
        cell, task = planned.cells[0], self.datasets.of(one.dataset).data.task
        made = ensemble_of(members, task)
        card = self.cards.of_ensemble(one, cell, members, made, record)
        head = head_of(card, made.probe.arrays, card.name)
        check_outputs(made.fit, head, card.link, made.tested)
        yield card, made.probe

    def _member(
        self, one: PlannedPass, block: PlannedBlock, features: PassFeatures
    ) -> FittedMember:
        whole = self._block(one, block, features, with_folds=False)
        classifier = self.classifiers[block.classifier_at]
        fit = next(_fits(classifier, whole))
        if isinstance(classifier, OfDifferences):
            raise CellError("its layers compare the texts of a pair")
        if whole.block.tokens:
            raise CellError("its layers look at all tokens of a text")
        return FittedMember(block, whole, fit, _probe(fit, whole, classifier))

    def _block(
        self,
        one: PlannedPass,
        planned: PlannedBlock,
        features: PassFeatures,
        *,
        with_folds: bool,
    ) -> WholeFold:
        """The features of a block, with the fold of all rows."""
        read = self.datasets.of(one.dataset)
        data, classifier = read.data, self.classifiers[planned.classifier_at]
        pooled, stops_early = features.of(planned), needs_validation(classifier)
        if pooled.shape[2] > 1:
            raise CellError(
                f"each text is {pooled.shape[2]} samples, so it has no score of its own"
            )
        labelling = read.labellings[0] if stops_early else read.labellings[0].whole
        block = Block(
            pooled,
            (labelling,),
            data.groups,
            data.task,
            len(data.classes),
            "standard" if self.spec.scale == "standard" else "none",
            self.device,
            tokens=features.tokens(planned),
            partners=data.partners,
            halves=data.halves,
        )
        return whole_fold(
            block,
            self.store.run.path,
            val_size=self.spec.val_size if stops_early else 0.0,
            with_folds=with_folds,
        )


def _probe(fit: FoldFit, whole: WholeFold, classifier: Classifier) -> FittedProbe:
    if whole.block.tokens:
        return token_probe(fit, classifier, whole.block.tokens[0], whole.fold_of(fit).test)
    tested = whole.tested(fit).numpy()
    if isinstance(classifier, OfDifferences):
        return pair_probe(fit, tested, whole.partners(fit).numpy())
    return fitted_probe(fit, tested, classifier, whole.trained(fit))


def _fits(classifier: Classifier, whole: WholeFold) -> Iterator[FoldFit]:
    """The fits of all folds; raises `CellError` where one fails."""
    for fit in WithInnerScores(classifier).fit(whole.block):
        if isinstance(fit, FoldFailure):
            at = whole.number_of(fit)
            where = "" if at in (None, EVERY_FOLD) else f"fold {at}: "
            raise CellError(f"{where}{fit.reason}")
        yield fit
