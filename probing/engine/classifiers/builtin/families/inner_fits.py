"""Held-out scores of training rows from inner folds, for classifiers that choose no strength."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from probing.engine.classifiers.builtin.families.outcomes import Failure, Outcome
from probing.engine.classifiers.builtin.families.training_parts import Training

Place = tuple[int, int]
Result = Outcome | Failure


class InnerFits:
    """Trainings and those of their inner folds, fitted together and told apart again."""

    def __init__(self, parts: Sequence[Training], can_fit: Callable[[Training], bool]) -> None:
        self.inner = {_place(part): _sound(part.inner_trainings, can_fit) for part in parts}
        self.every = [*parts, *(one for inner in self.inner.values() for one in inner)]

    def whole(self, batches: Iterable[Sequence[Result]]) -> Iterator[list[Result]]:
        """The outcomes of the trainings, as soon as all of their inner folds have come too."""
        waiting: dict[Place, list[Result]] = defaultdict(list)
        for batch in batches:
            done = []
            for one in batch:
                place = _place(one.training)
                waiting[place].append(one)
                if len(waiting[place]) == 1 + len(self.inner[place]):
                    done.append(_joined(waiting.pop(place)))
            yield done


def _sound(inner: list[Training], can_fit: Callable[[Training], bool]) -> list[Training]:
    """All, or none where one of them lacks a class."""
    return inner if all(map(can_fit, inner)) else []


def _place(part: Training) -> Place:
    return part.labelling_at, part.fold


def _joined(found: Sequence[Result]) -> Result:
    (whole,) = (one for one in found if one.training.inner_at is None)
    inner = [one for one in found if one.training.inner_at is not None]
    fits = [one for one in inner if isinstance(one, Outcome)]
    if isinstance(whole, Failure) or not fits or len(fits) < len(inner):
        return whole
    return replace(whole, held_out=_in_order(whole.training, fits))


def _in_order(part: Training, fits: Sequence[Outcome]) -> Tensor:
    """The scores in the order of the training rows."""
    rows = torch.cat([torch.from_numpy(one.training.scored) for one in fits])
    scores = torch.cat([one.scores for one in fits])
    every = scores.new_empty(len(part.targets), *scores.shape[1:])
    every[rows.to(scores.device)] = scores
    return every[torch.from_numpy(part.train).to(scores.device)]
