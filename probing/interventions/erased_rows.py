"""From what folds showed under erasing to rows, one for each place, eraser and measure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import polars as pl

from probing.interventions.erasures import PLAIN, RANDOM, Erasure, erasures_of, plain_of
from probing.interventions.means import (
    NOTHING_FITTED,
    Mean,
    Training,
    explained_change,
    explained_of,
    mean_of,
    share_of,
)
from probing.interventions.requests import Erase
from probing.interventions.rows import frame_of, told

Values = Mapping[str, Any]
Both = Sequence[tuple[Values, Values]]  # of each fold the unit, and the model as it is
OF_TEXTS = ("loss", "log_odds")


@dataclass(frozen=True)
class Erased:
    """The units that are done, by key; `groups` are those of all texts of the dataset.

    `n_folds` are those that the dataset has, `targets` its numbers, none where it has classes.
    Means are over the test texts of the folds that are done, each paired with what the model as it
    is shows of the same text.
    """

    request: Erase
    done: Mapping[str, Values]
    facts: Mapping[str, Any]  # of every row: probe, model and site
    groups: Sequence[int]
    n_folds: int
    majority: float | None = None  # the accuracy of the most frequent class of the training parts
    targets: Sequence[float] = ()
    dataset: str = ""

    def frames(self) -> dict[str, pl.DataFrame]:
        """What is written of it, by the name of the file."""
        return {"rows": self.rows()}

    @property
    def score(self) -> str:
        """The measure of a new probe: accuracy, or R² of numbers."""
        return "r2" if self.targets else "accuracy"

    def rows(self) -> pl.DataFrame:
        """A row for each place, eraser, layer that is read and measure."""
        return frame_of(row for row in self._rows())

    def _rows(self) -> Iterator[dict[str, Any]]:
        units = [one for one in erasures_of(self.request, self.n_folds) if one.key in self.done]
        for one in dict.fromkeys((unit.method, unit.layers, unit.draw) for unit in units):
            folds = [unit for unit in units if (unit.method, unit.layers, unit.draw) == one]
            own = {"kind": "erase", **self.facts, **_named(folds[0])}
            for measure, read_layer, mean in self._means(folds):
                yield {**own, "measure": measure, "read_layer": read_layer, **told(mean)}

    def _means(self, folds: Sequence[Erasure]) -> Iterator[tuple[str, int | None, Mean | None]]:
        pairs = [
            (self.done[one.key], self.done.get(plain_of(self.request, one.fold).key))
            for one in folds
        ]
        both = [(after, before) for after, before in pairs if before is not None]
        if not both:
            return
        rows = [row for after, _ in both for row in after["rows"]]
        for at, layer in enumerate(both[0][0]["layers"]):
            yield from self._of_probes(both, rows, at, layer)
        groups = [self.groups[row] for row in rows]
        is_fitted = folds[0].method not in (PLAIN, RANDOM)
        training = _training(both, 1.0) if is_fitted else NOTHING_FITTED
        for name in OF_TEXTS:
            if name in both[0][0]:
                after = [value for one, _ in both for value in one[name]]
                before = [value for _, one in both for value in one[name]]
                yield name, None, mean_of(_numbers(after), groups, training)
                yield f"{name}_change", None, mean_of(_less(after, before), groups, training)

    def _of_probes(
        self, both: Both, rows: Sequence[int], at: int, layer: int
    ) -> Iterator[tuple[str, int | None, Mean | None]]:
        """What the new probes of a layer find, and by how much less than in the model as it is."""
        places = [one["layers"].index(layer) for _, one in both]
        groups = [self.groups[row] for row in rows]
        mine = [one["optimism"][at] for one, _ in both]
        theirs = [one["optimism"][place] for (_, one), place in zip(both, places, strict=True)]
        own = _training(both, fmean(mine))
        change = _training(both, max(fmean(mine), fmean(theirs)))
        name = "predicts" if self.targets else "hits"
        after = [value for one, _ in both for value in one[name][at]]
        before = [
            value
            for (_, one), place in zip(both, places, strict=True)
            for value in one[name][place]
        ]
        if self.targets:
            targets = [self.targets[row] for row in rows]
            yield "r2", layer, explained_of(after, targets, groups, own)
            changed = explained_change(after, before, targets, groups, change)
            yield "r2_change", layer, changed
        else:
            yield "accuracy", layer, share_of(after, groups, own)
            yield "accuracy_change", layer, mean_of(_less(after, before), groups, change)
        trained = [one["trained"][at] for one, _ in both]
        measure = "training_r2" if self.targets else "training_accuracy"
        yield measure, layer, _share([one for one in trained if one is not None])


def _training(both: Both, optimism: float) -> Training:
    return Training(len(both), fmean(one["n_train"] for one, _ in both), optimism)


def _less(after: Sequence[float | None], before: Sequence[float | None]) -> list[float]:
    pairs = zip(_numbers(after), _numbers(before), strict=True)
    return [one - other for one, other in pairs]


def _numbers(values: Sequence[float | None]) -> list[float]:
    return [math.nan if value is None else float(value) for value in values]


def _share(values: Sequence[float]) -> Mean | None:
    """The mean over folds, whose training texts overlap: without an interval."""
    if not values:
        return None
    return Mean(math.fsum(values) / len(values), None, None, len(values), len(values))


def _named(one: Erasure) -> dict[str, Any]:
    is_random, is_plain = one.method == RANDOM, one.method == PLAIN
    return {
        "control": one.method if is_random else "",
        "draw": one.draw if is_random else None,
        "edit": one.method,
        "layer": one.layers[0] if len(one.layers) == 1 and not is_plain else None,
    }
