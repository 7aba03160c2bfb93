"""Fit a user's class to every layer, labelling and fold of a block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from probing.engine.blocks import Block, FoldFailure, FoldFit
from probing.engine.classifiers.protocol import kind_of, tasks_of
from probing.engine.classifiers.users.building import check_parameters
from probing.engine.classifiers.users.fold_fit import FoldFitter
from probing.engine.classifiers.users.fold_sets import Place
from probing.engine.classifiers.users.serial_folds import networks_together
from probing.engine.classifiers.users.workers.fits_apart import fitted_apart
from probing.engine.classifiers.users.workers.parallel_folds import fitted_by_workers


class Looped:
    """Fits `cls(**parameters)` anew for every layer, labelling and fold.

    The constructor is also given those of `input_size`, `n_outputs`, `task` and `seed` that it
    names. Networks are trained together where that gives what training one by one does; all
    else is fitted one by one, in worker processes where that takes long. Raises `SpecError` for
    parameters that the class does not take. A class that may end the process that fits it is
    fitted in another one where `is_apart`, to the same scores.
    """

    def __init__(self, cls: type, parameters: Mapping[str, Any] | None = None) -> None:
        self.cls, self.parameters = cls, dict(parameters or {})
        check_parameters(cls, self.parameters)
        self.tasks = tasks_of(cls)
        self.is_apart = False

    @property
    def only_needs_cores(self) -> bool:
        """Whether folds are given as arrays, so that fitting them leaves a GPU alone."""
        return kind_of(self.cls) != "MultiStepOpt"

    @property
    def may_end_the_process(self) -> bool:
        """Whether it runs somebody's code in this process, whatever that may do."""
        return not self.is_apart

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

    def fit(self, block: Block) -> Iterator[FoldFit | FoldFailure]:
        """Fit every fold; one in which the class raises comes back as a `FoldFailure`."""
        fitter, places = FoldFitter(self.cls, self.parameters), places_of(block)
        if self.is_apart:
            yield from fitted_apart(fitter, block, places)
            return
        places = yield from networks_together(fitter, block, places)
        yield from fitted_by_workers(fitter, block, places)


def places_of(block: Block) -> list[Place]:
    """Every fold of the block, layer by layer."""
    return [
        Place(layer_at, labelling_at, fold)
        for layer_at in range(len(block.features))
        for labelling_at, labelling in enumerate(block.labellings)
        for fold in range(len(labelling.folds))
    ]
