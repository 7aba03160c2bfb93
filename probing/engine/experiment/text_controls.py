"""Tasks of the controls that need no activations."""

from __future__ import annotations

import torch

from probing.datasets import TextDataset
from probing.engine.blocks import Block
from probing.engine.controls import TEXT_CONTROLS
from probing.engine.experiment.block_cells import Task
from probing.engine.experiment.fold_scores import Reading
from probing.engine.splits import Labelling
from probing.plan import PlannedTexts


def text_task(
    one: PlannedTexts, data: TextDataset, task: Labelling, device: str, flags: tuple[str, ...]
) -> Task:
    """What fits a control's cell to the labels and folds of the task; it has `flags`."""

    def opened() -> Block:
        return Block(
            torch.empty(1, len(data), 1, 0),
            (task,),
            data.groups,
            data.task,
            len(data.classes),
            "none",
            device,
        )

    reading = Reading(0, 0, flags, data.positive)
    return Task([one], TEXT_CONTROLS[one.control](), lambda _: reading, opened)
