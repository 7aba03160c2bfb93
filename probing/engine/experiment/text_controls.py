"""Tasks of the controls that need no activations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import torch

from probing.datasets import TextDataset
from probing.engine.blocks import Block
from probing.engine.classifiers import Classifier, needs_validation
from probing.engine.controls import TEXT_CONTROLS, Given
from probing.engine.experiment.block_cells import Task
from probing.engine.experiment.dataset_tokens import DatasetTokens
from probing.engine.experiment.scoring.fold_scores import Reading
from probing.engine.experiment.unforeseen_errors import unforeseen
from probing.engine.models import Continuations
from probing.engine.splits import Labelling
from probing.plan import PlannedTexts
from probing.spec import Spec


class TextControls:
    """Makes the tasks of controls; `classifiers` is aligned with those of the spec.

    `behind` gives what the model of a control continues the rows of its dataset by.
    """

    def __init__(
        self,
        spec: Spec,
        classifiers: Sequence[Classifier],
        tokens: DatasetTokens,
        device: str,
        behind: Callable[[PlannedTexts, TextDataset], Continuations | None],
    ) -> None:
        self.spec, self.classifiers, self.tokens, self.device = spec, classifiers, tokens, device
        self.behind = behind

    def task(
        self,
        one: PlannedTexts,
        data: TextDataset,
        labellings: Sequence[Labelling],
        flags: tuple[str, ...],
    ) -> Task:
        """What fits a control's cell to the labels and folds of the task; it has `flags`.

        Raises `ProbingError` where its features cannot be had.
        """
        with unforeseen(f"{one.control} on {one.dataset.name}"):
            fits, features = TEXT_CONTROLS[one.control](self._given(one, data))
        task = labellings[0] if needs_validation(fits) else labellings[0].whole
        block = Block(
            torch.from_numpy(features)[None, :, None],
            (task,),
            data.groups,
            data.task,
            len(data.classes),
            "standard" if self.spec.scale == "standard" else "none",
            self.device,
            partners=data.partners,
            halves=data.halves,
        )
        reading = Reading(0, 0, flags, data.positive)
        return Task([one], fits, lambda _: reading, lambda: block)

    def _given(self, one: PlannedTexts, data: TextDataset) -> Given:
        tokens = partial(self.tokens.of, one.model, data) if one.model else None
        at = one.classifier_at
        classifier = None if at is None else self.classifiers[at]
        return Given(data.marked, tokens, classifier, self.behind(one, data))
