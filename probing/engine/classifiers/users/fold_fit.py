"""Fit a user's class to one fold in three steps: build, train, score."""

from __future__ import annotations

import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from probing.datasets.feature_set import FeatureSet
from probing.engine.blocks import Block, FittedState, FoldFailure, FoldFit, TextScores
from probing.engine.classifiers.protocol import kind_of
from probing.engine.classifiers.users.building import Probe, build
from probing.engine.classifiers.users.fold_sets import FoldSets, LayerSets, Place, check_classes
from probing.engine.classifiers.users.kept_state import state_of
from probing.engine.classifiers.users.linear_weights import weights_of
from probing.engine.classifiers.users.output_checks import (
    RaisedError,
    called,
    checked_decision,
    checked_probabilities,
    checked_scores,
)
from probing.engine.classifiers.users.seeding import seeded
from probing.engine.metrics import log_odds
from probing.engine.splits.seeds import seed_of
from probing.errors import CellError

Made = TypeVar("Made")


class FoldFitter:
    """Fits `cls(**parameters)` to one fold after another."""

    def __init__(self, cls: type, parameters: Mapping[str, Any]) -> None:
        self.cls, self.parameters = cls, parameters

    def fit(self, block: Block, place: Place, layer: LayerSets) -> FoldFit | FoldFailure:
        """One fold of a layer; what the class raises is printed, and is the reason of a failure."""
        return self.attempt(place, lambda: self._fitted(block, place, layer))

    def attempt(self, place: Place, make: Callable[[], Made]) -> Made | FoldFailure:
        """What `make` gives, or why it cannot."""
        try:
            return make()
        except (RaisedError, CellError) as error:
            if isinstance(error, RaisedError):
                traceback.print_exception(error.cause)
            return FoldFailure(*place, str(error))

    def _fitted(self, block: Block, place: Place, layer: LayerSets) -> FoldFit:
        began = time.perf_counter()
        sets = self.cut(block, place, layer)
        with seeded(self.seed(block, place), block.device), noted() as caught:
            probe = self.built(block, place, sets)
            if block.watch is not None and probe.kind == "MultiStepOpt":
                probe.watch_ = partial(block.watch, [place])  # type: ignore[union-attr]
            options = {"pooler": None, "single_batch": False}
            classes = block.task != "regression"
            self.call("fit", probe.fit, sets.train, sets.val, classification=classes, **options)
            scores = self.scores(block, place, probe, sets)
        elapsed_s = time.perf_counter() - began
        return self.outcome(place, probe, scores, flags_of(caught), elapsed_s)

    def seed(self, block: Block, place: Place) -> int:
        """The seed of the fold, which no other part of the block has a say in."""
        return seed_of(block.labellings[place.labelling_at].seed, "fit", place.fold)

    def cut(self, block: Block, place: Place, layer: LayerSets) -> FoldSets:
        """The sets of the fold; raises `CellError` for what cannot be fitted."""
        check_classes(block, place, getattr(self.cls, "least_per_class", 1))
        return layer.sets(place.labelling_at, place.fold)

    def built(self, block: Block, place: Place, sets: FoldSets) -> Probe:
        """A new object of the class, on the block's device."""
        given = self._given(block, place)
        probe: Probe = self.call("__init__", build, self.cls, self.parameters, given)
        if probe.kind == "MultiStepOpt":
            probe.to(block.device)  # type: ignore[union-attr]
            probe.logs_training_ = block.logs_training  # type: ignore[union-attr]
        return probe

    def _given(self, block: Block, place: Place) -> dict[str, Any]:
        """What a constructor is told, as far as it names it."""
        n_outputs = block.n_classes if block.task == "multiclass" else 1
        sizes = {"input_size": int(block.features.shape[3]), "n_outputs": n_outputs}
        return {**sizes, "task": block.task, "seed": self.seed(block, place)}

    def _state(self, block: Block, place: Place, probe: Probe) -> FittedState:
        return state_of(probe, block, place, self._given(block, place))

    def scores(self, block: Block, place: Place, probe: Probe, sets: FoldSets) -> dict[str, Any]:
        """The part of a `FoldFit` that a trained object answers."""
        held_out = self._held_out(block, place, probe, sets)
        test_scores, decision = self._tested(block, probe, sets)
        shares = None
        if block.task != "regression":
            shares = self.call("predict_proba", probe._probabilities, sets.test)
        return {
            "held_out": held_out,
            "test_scores": ranking(probe, test_scores),
            "decision": decision,
            "probabilities": checked_probabilities(shares, test_scores),
            "weights": weights_of(probe, block, place) if block.directs else None,
            "state": self._state(block, place, probe) if block.keeps else None,
            "n_params": int(getattr(probe, "n_params_", 0)),
        }

    def outcome(
        self,
        place: Place,
        probe: Probe,
        scores: Mapping[str, Any],
        flags: tuple[str, ...],
        elapsed_s: float,
    ) -> FoldFit:
        """The fit, with what the object says that it chose and what must be known."""
        flags += tuple(getattr(probe, "flags_", ()))
        chosen = dict(getattr(probe, "chosen_", {}))
        log = getattr(probe, "training_log_", None)
        return FoldFit(*place, **scores, fit_s=elapsed_s, chosen=chosen, flags=flags, training=log)

    def _held_out(
        self, block: Block, place: Place, probe: Probe, sets: FoldSets
    ) -> TextScores | None:
        """What thresholds are set on: the validation part, else fits of the inner folds."""
        if len(sets.val):
            self.call("set_thresholds", probe.set_thresholds, sets.val)
            scores = self._checked(block, probe, sets.val)
            texts = block.labellings[place.labelling_at].folds[place.fold].val
            return TextScores(texts, scores) if block.task == "binary" else None
        if block.task != "binary" or kind_of(self.cls) != "estimator":
            return None
        return self._of_inner_folds(block, place, sets.train)

    def _of_inner_folds(self, block: Block, place: Place, train: FeatureSet) -> TextScores | None:
        """Scores of the training texts, each by a fit that left its inner fold out."""
        labelling = block.labellings[place.labelling_at]
        inner = labelling.inner_of(place.fold).repeat(block.features.shape[2])
        scores = np.empty(len(train))
        if len(np.unique(inner)) < 2:
            return None
        for out in (inner == number for number in np.unique(inner)):
            kept, left = (
                FeatureSet(train.features[rows], train.targets[rows]) for rows in (~out, out)
            )
            if len(np.unique(kept.targets)) < block.n_classes:
                return None
            probe = self.built(block, place, FoldSets(kept, left, left))
            self.call("fit", probe.fit, kept, left)
            scores[out] = self._checked(block, probe, left)
        return TextScores(labelling.folds[place.fold].train, scores)

    def _checked(self, block: Block, probe: Probe, samples: FeatureSet) -> NDArray[np.float64]:
        scores = self.call("predict", probe.predict, samples)[0]
        return ranking(probe, checked_scores(block, scores, len(samples), self.cls.__name__))

    def _tested(
        self, block: Block, probe: Probe, sets: FoldSets
    ) -> tuple[NDArray[np.float64], NDArray[np.int64] | None]:
        """Scores, and the decision: its own, else by the thresholds it could set."""
        predicted = self.call("predict", probe.predict, sets.test)
        n_rows = len(sets.test)
        scores = checked_scores(block, predicted[0], n_rows, self.cls.__name__)
        if block.task == "regression":
            return scores, None
        decision = self.call("decide", probe.decide, sets.test)
        if decision is None and len(sets.val):
            decision = predicted[1]
        if decision is None:
            return scores, None
        return scores, checked_decision(block, decision, n_rows, self.cls.__name__)

    def call(self, stage: str, *call: Any, **named: Any) -> Any:
        """Run the user's code; what it raises becomes a `RaisedError` that names the stage."""
        return called(f"{self.cls.__name__}.{stage}", *call, **named)


def ranking(probe: Probe, scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores that change sides at 0: of probabilities their log odds."""
    inside = bool(((scores >= 0) & (scores <= 1)).all())
    is_share = probe.classification_ and probe.gives_probabilities_ and inside
    return log_odds(scores) if is_share else scores


@contextmanager
def noted() -> Iterator[list[warnings.WarningMessage]]:
    """Every warning inside, noted instead of shown."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield caught


def flags_of(caught: list[warnings.WarningMessage]) -> tuple[str, ...]:
    """What the warnings of a fit mean for its reader."""
    names = {one.category.__name__ for one in caught}
    return ("not converged",) if "ConvergenceWarning" in names else ()
