"""Execute a plan: one forward pass per model and dataset, then its blocks, cell by cell."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from probing import datasets
from probing.blocks import Block
from probing.classifiers import Classifier
from probing.datasets import TextDataset
from probing.errors import ProbingError, RunError
from probing.events import CellFailed, PassDone, PassProgressed, PassStarted, Warned
from probing.experiment.scoring import Reading, Scorer, score
from probing.experiment.solving import solve
from probing.experiment.storing import Store
from probing.extraction import Extraction, PassProgress, extract
from probing.models import LMModel
from probing.plan import Plan, PlannedBlock, PlannedPass
from probing.spec import PoolerSpec
from probing.splits import Labelling, make_labellings

PROGRESS_S = 1.0
LAST_TOKEN_POOLS = ("token", "last")


class Execution:
    """Runs the passes of a plan and writes what comes out into a store.

    `classifiers` is aligned with the spec's; `scorer` turns a fold's scores into metrics.
    """

    def __init__(
        self,
        plan: Plan,
        classifiers: Sequence[Classifier],
        store: Store,
        device: str,
        base: Path,
        scorer: Scorer = score,
    ) -> None:
        self.plan, self.spec = plan, plan.spec
        self.classifiers, self.store, self.device, self.base = classifiers, store, device, base
        self.scorer = scorer
        self._model: tuple[str, LMModel] | None = None
        self._data: dict[str, tuple[TextDataset, tuple[Labelling, ...]]] = {}
        self.error: ProbingError | None = None

    def run(self) -> None:
        """Run every pass that has unfinished cells; a pass that fails does not stop the others."""
        for one in self.plan.passes:
            left = [
                block
                for block in one.blocks
                if not self.store.is_finished(cell.id for cell in block.cells)
            ]
            if left:
                self._run_pass(one, left)

    def _run_pass(self, one: PlannedPass, left: Sequence[PlannedBlock]) -> None:
        try:
            data, labellings = self._labelled(one)
            model = self._loaded(one)
            extraction = self._extracted(one, model, data, left)
        except ProbingError as error:
            if isinstance(error, RunError):
                raise
            self.error = error
            self._fail(left, str(error))
            return
        for block in left:
            self._run_block(block, data, labellings, extraction, model.n_params)

    def _labelled(self, one: PlannedPass) -> tuple[TextDataset, tuple[Labelling, ...]]:
        name = one.dataset.name
        if name not in self._data:
            data = datasets.load(one.dataset.spec, Path(one.dataset.facts.path), self.spec.seed)
            labellings = make_labellings(data, self.spec, name)
            self.store.keep_folds(name, {labelling_key(each): each.folds for each in labellings})
            self._data[name] = data, labellings
        return self._data[name]

    def _loaded(self, one: PlannedPass) -> LMModel:
        if self._model is None or self._model[0] != one.model.name:
            self._model = None
            model = LMModel.from_spec(one.model.spec, self.device, self.spec.dtype, self.base)
            self._model = one.model.name, model
        return self._model[1]

    def _extracted(
        self,
        one: PlannedPass,
        model: LMModel,
        data: TextDataset,
        left: Sequence[PlannedBlock],
    ) -> Extraction:
        names = one.model.name, one.dataset.name
        self.store.emit([PassStarted(*names, len(data.texts), model.n_params)])
        extraction = extract(
            model,
            data.texts,
            list(dict.fromkeys(self._pooler(block) for block in left)),
            batches=self.store.batches(*names),
            on_progress=_Throttle(self.store, names),
            on_batches=lambda batches: self.store.keep_batches(*names, batches),
        )
        cut = int(extraction.truncated.sum())
        self.store.emit(
            [
                PassDone(
                    *names,
                    len(data.texts),
                    extraction.n_tokens,
                    cut,
                    len(extraction.batches),
                    extraction.elapsed_s,
                )
            ]
        )
        self._warn_of_cut_texts(names, cut, len(data.texts), model, left)
        return extraction

    def _warn_of_cut_texts(
        self,
        names: tuple[str, str],
        cut: int,
        n_texts: int,
        model: LMModel,
        left: Sequence[PlannedBlock],
    ) -> None:
        if not cut:
            return
        message = f"{cut} of {n_texts} texts are cut at {model.max_length} tokens"
        if any(self._pooler(block).pool in LAST_TOKEN_POOLS for block in left):
            message += "; their last token is not the text's last"
        self.store.emit([Warned(" on ".join(names), message)])

    def _run_block(
        self,
        block: PlannedBlock,
        data: TextDataset,
        labellings: tuple[Labelling, ...],
        extraction: Extraction,
        n_params: int,
    ) -> None:
        given = Block(
            extraction.features[self._pooler(block)][list(block.layers_at)],
            labellings,
            data.groups,
            data.task,
            len(data.classes),
            "standard" if self.spec.scale == "standard" else "none",
            self.device,
        )
        reading = Reading(
            n_model_params=n_params,
            n_truncated=int(extraction.truncated.sum()),
            flags=self._flags(block, extraction),
        )
        classifier = self.classifiers[block.classifier_at]
        solve(self.store, block, classifier, given, reading, self.scorer)

    def _flags(self, block: PlannedBlock, extraction: Extraction) -> tuple[str, ...]:
        pooler = self._pooler(block)
        last = extraction.final_norm_layer
        normed = pooler.site == "resid" and any(cell.layer == last for cell in block.cells)
        return ("after the final norm",) if last is not None and normed else ()

    def _pooler(self, block: PlannedBlock) -> PoolerSpec:
        return self.spec.poolers[block.pooler_at]

    def _fail(self, blocks: Sequence[PlannedBlock], reason: str) -> None:
        self.store.emit(
            CellFailed(cell.id, self.store.attempt, reason)
            for block in blocks
            for cell in block.cells
            if not self.store.is_finished([cell.id])
        )


def labelling_key(labelling: Labelling) -> str:
    """The name of a labelling in `plan.json`: `task`, or the control with its permutation."""
    return f"{labelling.control}/{labelling.permutation}" if labelling.control else "task"


class _Throttle:
    """Logs the progress of a pass at most once a second."""

    def __init__(self, store: Store, names: tuple[str, str]) -> None:
        self.store, self.names, self.last = store, names, 0.0

    def __call__(self, now: PassProgress) -> None:
        clock = time.monotonic()
        if clock - self.last < PROGRESS_S and now.texts_done < now.texts_total:
            return
        self.last = clock
        self.store.emit(
            [
                PassProgressed(
                    *self.names,
                    now.texts_done,
                    now.texts_total,
                    now.tokens_done,
                    now.tokens_total,
                    now.elapsed_s,
                )
            ]
        )
