"""The grids from which C and alpha are chosen, and the flags on a choice."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from probing.engine.classifiers.builtin.families.training_parts import Training
from probing.errors import SpecError


def c_values(C: float | None, n_strengths: int, weakest: int = 4) -> Tensor:
    """The values of C to choose from: the one that is given, or logspace(-4, weakest)."""
    grid = np.array([C]) if C is not None else np.logspace(-4, weakest, n_strengths)
    return torch.from_numpy(grid)


def alpha_grid() -> Tensor:
    """The ridge strengths to choose from: logspace(-3, 6), 10 values."""
    return torch.from_numpy(np.logspace(-3, 6, 10))


def choice_flags(name: str, at_edge: bool, converged: bool) -> tuple[str, ...]:
    """Flags on a choice: at the edge of its grid, or not converged."""
    said = ((f"{name} at the grid's edge", at_edge), ("not converged", not converged))
    return tuple(flag for flag, holds in said if holds)


def check_positive(classifier: str, **parameters: object) -> None:
    """Refuse parameters that are not positive numbers; None stands for a choice to be made."""
    for name, value in parameters.items():
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if value is not None and not (number and 0 < float(str(value)) < np.inf):
            raise SpecError(f"{name} = {value!r} must be a positive number", where=classifier)


def check_counts(classifier: str, **parameters: object) -> None:
    """Refuse parameters that are not whole numbers from 1 on."""
    for name, value in parameters.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise SpecError(
                f"{name} = {value!r} must be a whole number of at least 1", where=classifier
            )


def one_class_inside(part: Training, name: str) -> str | None:
    """Why log losses cannot be compared inside a training part, or None.

    Of a fit that lacks a class the intercept has no bound.
    """
    inner, targets = part.inner_of_texts, part.targets[:: part.n_samples][part.texts.train]
    n_inner = int(inner.max(initial=0)) + 1
    place = targets.astype(np.int64) * n_inner + inner
    members = np.bincount(place, minlength=n_inner)
    members = np.pad(members, (0, -len(members) % n_inner)).reshape(-1, n_inner)
    lone = np.flatnonzero((members > 0).sum(axis=1) == 1)
    if not len(lone):
        return None
    why = f"class {lone[0]} stands in a single inner fold"
    return f"{name} cannot be chosen: {why} of the training part; set {name}"


def cannot_choose(part: Training, name: str) -> str | None:
    """Why no strength can be chosen inside a training part, or None."""
    if len(np.unique(part.inner)) >= 2:
        return None
    return f"{name} cannot be chosen: the training part has only one inner fold; set {name}"
