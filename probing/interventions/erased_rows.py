"""From what folds showed under erasing to rows, one for each place, eraser and measure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from probing.interventions.erasures import PLAIN, RANDOM, Erasure, erasures_of, plain_of
from probing.interventions.means import Mean, mean_of, share_of
from probing.interventions.requests import Erase
from probing.interventions.rows import frame_of, told

Values = Mapping[str, Any]
OF_TEXTS = ("loss", "log_odds")


@dataclass(frozen=True)
class Erased:
    """The units that are done, by key; `groups` are those of all texts of the dataset.

    `n_folds` are those that the dataset has. Means are over the test texts of the folds that are
    done, each paired with what the model as it is shows of the same text.
    """

    request: Erase
    done: Mapping[str, Values]
    facts: Mapping[str, Any]  # of every row: probe, model and site
    groups: Sequence[int]
    n_folds: int
    majority: float | None = None  # the accuracy of the most frequent class of the training parts

    def frames(self) -> dict[str, pl.DataFrame]:
        """What is written of it, by the name of the file."""
        return {"rows": self.rows()}

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
        groups = [self.groups[row] for after, _ in both for row in after["rows"]]
        for at, layer in enumerate(both[0][0]["layers"]):
            after = [value for one, _ in both for value in one["correct"][at]]
            before = [
                value for _, one in both for value in one["correct"][one["layers"].index(layer)]
            ]
            yield "accuracy", layer, share_of(after, groups)
            yield "accuracy_change", layer, mean_of(_less(after, before), groups)
            yield "training_accuracy", layer, _share([one["trained"][at] for one, _ in both])
        for name in OF_TEXTS:
            if name in both[0][0]:
                after = [value for one, _ in both for value in one[name]]
                before = [value for _, one in both for value in one[name]]
                yield name, None, mean_of(_numbers(after), groups)
                yield f"{name}_change", None, mean_of(_less(after, before), groups)


def _less(after: Sequence[float | None], before: Sequence[float | None]) -> list[float]:
    pairs = zip(_numbers(after), _numbers(before), strict=True)
    return [one - other for one, other in pairs]


def _numbers(values: Sequence[float | None]) -> list[float]:
    return [math.nan if value is None else float(value) for value in values]


def _share(values: Sequence[float]) -> Mean:
    """The mean over folds, whose training texts overlap: without an interval."""
    return Mean(math.fsum(values) / len(values), None, None, len(values), len(values))


def _named(one: Erasure) -> dict[str, Any]:
    is_random, is_plain = one.method == RANDOM, one.method == PLAIN
    return {
        "control": one.method if is_random else "",
        "draw": one.draw if is_random else None,
        "edit": one.method,
        "layer": one.layers[0] if len(one.layers) == 1 and not is_plain else None,
    }
