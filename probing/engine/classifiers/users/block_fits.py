"""Fit a user's class to every layer, labelling and fold of a block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from probing.engine.blocks import Block, FoldFailure, FoldFit
from probing.engine.classifiers.protocol import kind_of, tasks_of
from probing.engine.classifiers.users.building import check_parameters
from probing.engine.classifiers.users.fold_sets import Place
from probing.engine.classifiers.users.here import fitted_here
from probing.engine.classifiers.users.workers.fits_apart import Apart
from probing.engine.classifiers.users.workers.nursery import Nursery
from probing.engine.classifiers.users.workers.process import CannotWorkError


class UserClass:
    """A class of somebody else, which may do anything to the process that fits it.

    It is fitted in a fork of `nursery`, where there is one; in a process that loads it anew where
    `is_apart`, as what has ended a runner before; or else here. The scores are the same. Raises
    `SpecError` for parameters that the class does not take.
    """

    def __init__(self, cls: type, parameters: Mapping[str, Any] | None = None) -> None:
        self.cls, self.parameters = cls, dict(parameters or {})
        check_parameters(cls, self.parameters)
        self.is_apart = False
        self.nursery: Nursery | None = None

    def may_end_the_process(self, device: str) -> bool:
        """Whether it runs in this process, whatever it may do there."""
        return not self.is_apart and self._nursery(device) is None

    def fit(self, block: Block) -> Iterator[FoldFit | FoldFailure]:
        """Fit every fold; one in which the class raises comes back as a `FoldFailure`."""
        left, nursery = dict.fromkeys(places_of(block)), self._nursery(block.device)
        apart = Apart(self.cls, self.parameters, nursery)
        if self.is_apart:
            yield from apart.surely(block, left)
            return
        if nursery is not None:
            try:
                yield from apart.fits(block, left)
                return
            except CannotWorkError:  # no room for it; here there may be
                pass
        yield from fitted_here(self.cls, self.parameters, block, list(left))

    def _nursery(self, device: str) -> Nursery | None:
        """What computes on a GPU stays in the process that has its memory."""
        is_for_arrays = kind_of(self.cls) in ("estimator", "SingleStepOpt")
        return self.nursery if device == "cpu" or is_for_arrays else None


class Looped(UserClass):
    """Fits `cls(**parameters)` anew for every layer, labelling and fold.

    The constructor is also given those of `input_size`, `n_outputs`, `task` and `seed` that it
    names.
    """

    def __init__(self, cls: type, parameters: Mapping[str, Any] | None = None) -> None:
        super().__init__(cls, parameters)
        self.tasks = tasks_of(cls)

    @property
    def only_needs_cores(self) -> bool:
        """Whether folds are given as arrays, so that fitting them leaves a GPU alone."""
        return kind_of(self.cls) != "MultiStepOpt"

    @property
    def needs_validation(self) -> bool:
        """Whether `fit` is given a validation set: that of the library's own bases is."""
        return kind_of(self.cls) != "estimator"

    @property
    def trains_layers(self) -> bool:
        """Whether a GPU trains the networks of many layers at once."""
        return kind_of(self.cls) == "MultiStepOpt"

    def gives_inner_scores(self, task: str) -> bool:
        """Whether held-out scores are by fits of the inner folds: those of an estimator are."""
        return task == "binary" and not self.needs_validation


class Whole(UserClass):
    """Has `cls(**parameters)` fit all layers, labellings and folds of a block in its own way."""

    def __init__(self, cls: type, parameters: Mapping[str, Any] | None = None) -> None:
        super().__init__(cls, parameters)
        self._made: Any = cls(**self.parameters)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_made"], name)


def places_of(block: Block) -> list[Place]:
    """Every fold of the block, layer by layer."""
    return [
        Place(layer_at, labelling_at, fold)
        for layer_at in range(len(block.features))
        for labelling_at, labelling in enumerate(block.labellings)
        for fold in range(len(labelling.folds))
    ]
