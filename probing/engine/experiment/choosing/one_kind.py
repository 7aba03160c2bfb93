"""Give the folds of a chosen cell the metrics that all of its classifiers have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from probing.engine.experiment.choosing.candidates import Kept
from probing.events import FoldDone

Folds = Sequence[tuple[FoldDone, Kept]]

OF_PROBABILITIES = ("brier", "ece", "v_information")
NO_PROBABILITIES = "the classifier gives no probabilities"


def of_one_kind(folds: Folds) -> Folds:
    """The folds without probabilities and their metrics, where a classifier of some has none.

    Their mean over the other folds would be that of another cell.
    """
    lacking = [event.reasons.get("brier") == NO_PROBABILITIES for event, _ in folds]
    if not any(lacking):
        return folds
    return [(_without(event), _plain(kept)) for event, kept in folds]


def _without(event: FoldDone) -> FoldDone:
    there = [name for name in OF_PROBABILITIES if name in event.metrics]
    return replace(
        event,
        metrics={**event.metrics, **dict.fromkeys(there)},
        reasons={**event.reasons, **dict.fromkeys(there, NO_PROBABILITIES)},
    )


def _plain(kept: Kept) -> Kept:
    if kept.tested is None:
        return kept
    return replace(kept, tested=replace(kept.tested, probabilities=None, bits=None, null_bits=None))
