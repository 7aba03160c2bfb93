"""How far the directions and the predictions of probes agree between folds and layers.

Directions are those of the weights in the units of the features, so that layers and folds, which
are scaled by different numbers, can be compared. Predictions are compared by the share that are
equal and by Cohen's kappa (1960), "A coefficient of agreement for nominal scales", which is 0
where two probes agree as often as their class frequencies make it likely.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from probing.probes.directions import unit_directions

Numbers = NDArray[np.float64]


def directions_of(weights: Numbers) -> NDArray[np.float32]:
    """Unit vectors `[k, d]` of weights `[k, d]`, those of probes."""
    return unit_directions(weights).astype(np.float32)


def cosine_of_folds(directions: NDArray[np.float32]) -> float | None:
    """The mean cosine over pairs of folds and over classes, of `[n_folds, k, d]`."""
    n_folds = len(directions)
    if n_folds < 2 or not _all_there(directions):
        return None
    squares = (directions.sum(axis=0, dtype=np.float64) ** 2).sum(axis=1)
    return float(np.mean((squares - n_folds) / (n_folds * (n_folds - 1))))


def cosine_of_layers(
    lower: NDArray[np.float32] | None, upper: NDArray[np.float32] | None
) -> float | None:
    """The mean cosine over folds and classes between two layers of one width."""
    if lower is None or upper is None or lower.shape != upper.shape:
        return None
    if not (_all_there(lower) and _all_there(upper)):
        return None
    return float(np.mean((lower.astype(np.float64) * upper).sum(axis=2)))


def _all_there(directions: NDArray[np.float32]) -> bool:
    return bool(directions.any(axis=2).all())


def agreement(
    lower: Mapping[str, Any], upper: Mapping[str, Any]
) -> tuple[float | None, float | None]:
    """The share of test texts that two cells decide alike, and Cohen's kappa.

    Each holds `text`, `fold` and `prediction`, `[n]`. None where they were tested on different
    texts; kappa too where both always decide for one class.
    """
    both = [_in_order(one) for one in (lower, upper)]
    if not np.array_equal(both[0][:2], both[1][:2]):
        return None, None
    first, second = both[0][2], both[1][2]
    share = float((first == second).mean())
    classes = np.union1d(first, second)
    by_chance = sum(float((first == one).mean() * (second == one).mean()) for one in classes)
    return share, None if by_chance == 1 else (share - by_chance) / (1 - by_chance)


def _in_order(one: Mapping[str, Any]) -> NDArray[np.int64]:
    rows = np.stack([np.asarray(one[name]) for name in ("fold", "text", "prediction")])
    return rows[:, np.lexsort(rows[1::-1])].astype(np.int64)


def arrays_of(arrays: Mapping[str, Any], cell: str, names: Sequence[str]) -> dict[str, Any] | None:
    """Some arrays of a cell by their names; None where one is missing."""
    found = {name: arrays.get(f"{cell}.{name}") for name in names}
    return None if any(one is None for one in found.values()) else found
