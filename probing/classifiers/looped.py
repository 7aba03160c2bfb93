"""A user's class, fitted to one layer, labelling and fold of a block after another."""

from __future__ import annotations

import time
import traceback
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from probing.blocks import Block, FoldFailure, FoldFit
from probing.classifiers.answers import (
    RaisedError,
    called,
    checked_decision,
    checked_scores,
    is_probability,
)
from probing.classifiers.building import Probe, build, check_parameters
from probing.classifiers.fold_sets import Array, FoldSets, fold_sets, layer_features
from probing.classifiers.multi_step import MultiStepOpt
from probing.classifiers.protocol import tasks_of
from probing.classifiers.seeding import fit_seed, seeded
from probing.datasets.features import FeatureSet
from probing.errors import CellError


class Looped:
    """Fits `cls(**parameters)` anew for every layer, labelling and fold.

    The constructor is also given those of `input_size`, `n_outputs`, `task` and `seed` that it
    names. Raises `SpecError` for parameters that it does not take.
    """

    def __init__(self, cls: type, parameters: Mapping[str, Any] | None = None) -> None:
        self.cls, self.parameters = cls, dict(parameters or {})
        check_parameters(cls, self.parameters)
        self.tasks = tasks_of(cls)

    def fit(self, block: Block) -> Iterator[FoldFit | FoldFailure]:
        """Fit every fold; one in which the class raises comes back as a `FoldFailure`."""
        for layer_at in range(len(block.features)):
            features = layer_features(block, layer_at)
            for labelling_at, labelling in enumerate(block.labellings):
                for fold in range(len(labelling.folds)):
                    yield self._attempt(block, features, layer_at, labelling_at, fold)

    def _attempt(
        self, block: Block, features: Array, layer_at: int, labelling_at: int, fold: int
    ) -> FoldFit | FoldFailure:
        try:
            return self._fitted(block, features, layer_at, labelling_at, fold)
        except (RaisedError, CellError) as error:
            if isinstance(error, RaisedError):
                traceback.print_exception(error.cause)
            return FoldFailure(layer_at, labelling_at, fold, str(error))

    def _fitted(
        self, block: Block, features: Array, layer_at: int, labelling_at: int, fold: int
    ) -> FoldFit:
        began = time.perf_counter()
        sets = fold_sets(
            block, features, labelling_at, fold, as_tensors=issubclass(self.cls, MultiStepOpt)
        )
        seed = fit_seed(block.labellings[labelling_at].seed, fold)
        with seeded(seed, block.device), warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            probe = self._trained(block, sets, seed)
            val_scores = self._val_scores(block, probe, sets.val)
            test_scores, decision = self._tested(block, probe, sets)
        return FoldFit(
            layer_at=layer_at,
            labelling_at=labelling_at,
            fold=fold,
            val_scores=val_scores,
            test_scores=test_scores,
            decision=decision,
            probabilities=is_probability(probe, test_scores),
            n_params=int(getattr(probe, "n_params_", 0)),
            fit_s=time.perf_counter() - began,
            flags=_flags(caught),
        )

    def _trained(self, block: Block, sets: FoldSets, seed: int) -> Probe:
        n_outputs = block.n_classes if block.task == "multiclass" else 1
        sizes = {"input_size": sets.input_size, "n_outputs": n_outputs}
        given = sizes | {"task": block.task, "seed": seed}
        probe: Probe = self._call("__init__", build, self.cls, self.parameters, given)
        if isinstance(probe, MultiStepOpt):
            probe.to(block.device)
        options = {"pooler": None, "single_batch": False}
        classes = block.task != "regression"
        self._call("fit", probe.fit, sets.train, sets.val, classification=classes, **options)
        return probe

    def _val_scores(self, block: Block, probe: Probe, val: FeatureSet) -> NDArray[np.float64]:
        """Thresholds are set on the way; nothing of the user's is called without rows."""
        if not len(val):
            return np.empty((0, block.n_classes) if block.task == "multiclass" else 0)
        self._call("set_thresholds", probe.set_thresholds, val)
        scores = self._call("predict", probe.predict, val)[0]
        return checked_scores(block, scores, len(val), self._name)

    def _tested(
        self, block: Block, probe: Probe, sets: FoldSets
    ) -> tuple[NDArray[np.float64], NDArray[np.int64] | None]:
        """Scores, and the decision: its own, else by the thresholds it could set."""
        predicted = self._call("predict", probe.predict, sets.test)
        n_rows = len(sets.test)
        scores = checked_scores(block, predicted[0], n_rows, self._name)
        if block.task == "regression":
            return scores, None
        decision = self._call("decide", probe.decide, sets.test)
        if decision is None and len(sets.val):
            decision = predicted[1]
        if decision is None:
            return scores, None
        return scores, checked_decision(block, decision, n_rows, self._name)

    @property
    def _name(self) -> str:
        return self.cls.__name__

    def _call(self, stage: str, *call: Any, **named: Any) -> Any:
        return called(f"{self._name}.{stage}", *call, **named)


def _flags(caught: list[warnings.WarningMessage]) -> tuple[str, ...]:
    names = {one.category.__name__ for one in caught}
    return ("not converged",) if "ConvergenceWarning" in names else ()
