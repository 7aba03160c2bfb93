"""What a fold asks of a probe of tokens, and the fit that its scores make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from probing.engine.blocks import Block, FoldFailure, FoldFit, TextScores
from probing.engine.classifiers.bases.multi_step import NO_VALIDATION
from probing.engine.metrics import class_log_odds, probabilities_of
from probing.engine.splits import Fold

LEAST_PER_CLASS = 2
Scores = NDArray[np.float64]


@dataclass(frozen=True)
class ProbeOfFold:
    """A fold to train for: its place, its targets, and the unit of its targets."""

    labelling_at: int
    at: int
    fold: Fold
    targets: NDArray[Any]
    mean: float
    unit: float


def probe_of(block: Block, labelling_at: int, at: int) -> ProbeOfFold:
    """The probe of a fold; numbers in units of their deviation in its training part."""
    labelling = block.labellings[labelling_at]
    fold, targets = labelling.folds[at], labelling.targets
    if block.task != "regression":
        return ProbeOfFold(labelling_at, at, fold, targets, 0.0, 1.0)
    own = targets[fold.train]
    return ProbeOfFold(labelling_at, at, fold, targets, float(own.mean()), float(own.std()))


def unfit(block: Block, targets: NDArray[Any], fold: Fold) -> str:
    """Why a fold cannot be trained for; empty where it can."""
    if block.task == "regression":
        constant = np.ptp(targets[fold.train]) == 0
        return "all training targets are the same number" if constant else ""
    counts = np.bincount(targets[fold.train].astype(np.int64), minlength=block.n_classes)
    least = int(counts.argmin())
    if counts[least] >= LEAST_PER_CLASS:
        return ""
    texts = f"{counts[least] or 'no'} training text{'s' if counts[least] != 1 else ''}"
    return f"class {least} has {texts}; at least {LEAST_PER_CLASS} are needed"


def count_outputs(block: Block) -> int:
    """The outputs of a probe: one for each class of several, else one."""
    return block.n_classes if block.task == "multiclass" else 1


def mask_of(rows: NDArray[np.int64], n_texts: int) -> Tensor:
    """Which of all texts these are, `[n_texts]`."""
    mask = torch.zeros(n_texts, dtype=torch.bool)
    mask[torch.from_numpy(rows)] = True
    return mask


def targets_of(block: Block, one: ProbeOfFold) -> Tensor:
    """Classes, or numbers in units of their training deviation."""
    if block.task == "multiclass":
        return torch.from_numpy(one.targets.astype(np.int64))
    return torch.from_numpy((one.targets - one.mean) / one.unit).float()


def bias_of(block: Block, one: ProbeOfFold) -> Tensor:
    """Outputs `[k]` that know no text."""
    if block.task == "regression":
        return torch.zeros(1)
    classes = one.targets[one.fold.train].astype(np.int64)
    counts = np.bincount(classes, minlength=block.n_classes)
    logs = torch.from_numpy(np.log(counts / counts.sum())).float()
    return logs[1:] - logs[:1] if block.task == "binary" else logs


def _of_classes(outputs: Tensor, targets: Tensor) -> Tensor:
    return functional.cross_entropy(outputs.movedim(2, 1), targets, reduction="none")


def _of_two(outputs: Tensor, targets: Tensor) -> Tensor:
    found: Tensor = functional.binary_cross_entropy_with_logits(
        outputs[..., 0], targets, reduction="none"
    )
    return found


def _of_numbers(outputs: Tensor, targets: Tensor) -> Tensor:
    return (outputs[..., 0] - targets) ** 2


LOSSES = {"binary": _of_two, "multiclass": _of_classes, "regression": _of_numbers}


def text_scores(block: Block, outputs: Tensor, one: ProbeOfFold) -> Scores:
    """Log odds, of class 1 or of each class against the rest; numbers on their scale."""
    numbers = outputs.double().numpy()
    if block.task == "multiclass":
        return class_log_odds(numbers)
    scores: Scores = numbers[:, 0] * one.unit + one.mean
    return scores


def result_of(
    block: Block,
    place: tuple[int, int, int],
    one: ProbeOfFold,
    scores: Scores,
    told: Mapping[str, Any],
) -> FoldFit | FoldFailure:
    """The fit of a fold from the scores of all texts."""
    if not np.isfinite(scores).all():
        return FoldFailure(*place, "the fitted scores are not finite")
    fold = one.fold
    tested = scores[fold.test]
    decision = None
    if block.task != "regression":
        decision = (tested.argmax(1) if tested.ndim > 1 else tested > 0).astype(np.int64)
    held_out = None
    if block.task == "binary" and len(fold.val):
        held_out = TextScores(fold.val, scores[fold.val])
    return FoldFit(
        *place,
        test_scores=tested,
        decision=decision,
        probabilities=None if decision is None else probabilities_of(tested),
        held_out=held_out,
        seen=TextScores(fold.seen, scores[fold.seen]),
        flags=() if len(fold.val) else (NO_VALIDATION,),
        **told,
    )
