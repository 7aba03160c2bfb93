"""Ridge regression of many training sets and strengths in closed form.

Each minimises `Σ |y - Wx - c|² + alpha |W|²` over the rows it is trained on, in features that are
scaled by these rows where that is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from probing.engine.solvers.ridge.conjugate_gradients import searched_predictions
from probing.engine.solvers.ridge.from_scatter import ScatterRidge
from probing.engine.solvers.ridge.left_out_rows import everywhere, left_out_predictions
from probing.engine.solvers.ridge.one_training_set import Alone
from probing.engine.solvers.rows.lazy_attributes import lazy
from probing.engine.solvers.rows.memory_budget import blocks
from probing.engine.solvers.rows.principal_basis import Basis
from probing.engine.solvers.rows.scatter import padded_rows
from probing.engine.solvers.rows.streamed_rows import Rows
from probing.engine.solvers.rows.training_sets import TrainingSets

_ITERATIONS = 10  # that a problem takes in a race of strengths


@dataclass(frozen=True)
class Features:
    """The features `[n, d]` of a layer, centred; where `scaled` divided by their deviations, and
    by those of each training set when that is solved. `find_basis` gives their principal
    coordinates, and is called where these are used."""

    X: Rows
    scaled: bool
    find_basis: Callable[[], Basis]

    @property
    def is_wide(self) -> bool:
        """Whether there are as many features as rows, or more."""
        return self.X.shape[1] >= len(self.X)

    @lazy
    def basis(self) -> Basis:
        """The principal coordinates of all rows."""
        return self.find_basis()


@dataclass(frozen=True)
class Shared:
    """Training sets with the rows they share: `masks` `[b, n]` and targets `[b, n, q]`.

    `wanted` `[b, n]` are the rows to predict, `sets` `[b, q]` the places of the columns among all
    training sets.
    """

    masks: Tensor
    wanted: Tensor
    targets: Tensor
    sets: Tensor


def ridge_predictions(features: Features, sets: TrainingSets, alphas: Tensor) -> Tensor:
    """Predictions `[g, m, n]` of the rows that are wanted of each set, 0 for the others.

    `alphas` are `[n_trainings, m]`: the columns of a training share them.
    """
    if not (features.is_wide or features.X.is_held):
        return torch.cat(list(_by_scatter(features, sets, alphas)))
    shared = _sharing(sets, bool((alphas == alphas[0]).all()))
    alphas = alphas[shared.sets[:, 0] // sets.n_columns]
    X = features.X
    predictions = alphas.new_zeros(len(sets), alphas.shape[1], len(X))
    each = _bytes_each(features, shared, alphas)
    for part in blocks(len(shared.masks), each, X.device):
        masks, targets = shared.masks[part], shared.targets[part]
        wanted = shared.wanted[part]
        found, sound = _together(features, masks, wanted, targets, alphas[part])
        for at in (~sound).any(1).nonzero().flatten().tolist():
            alone = Alone(X, masks[at], targets[at], scaled=features.scaled)
            weak = ~sound[at]
            own = alone.predictions(alphas[part][at, weak], wanted[at])
            found[at, weak] = _padded(own, found.shape[2])
        _put(predictions, found, wanted, shared.sets[part])
    return predictions


def scatter_pays(features: Features, sets: TrainingSets, m: int) -> bool:
    """Whether the strengths of `sets`, one of m each, are sooner found from scatter matrices.

    They are in double precision, and need no iterations over the rows.
    """
    n, d = features.X.shape
    n_inner = max(1, sets.n_inner)
    scatter = 2 * n * d**2 + 20 * n_inner * d**3
    iterating = n_inner * m * 4 * n * d * _ITERATIONS * sets.n_columns
    return not features.X.is_held or scatter < iterating


def _by_scatter(features: Features, sets: TrainingSets, alphas: Tensor) -> Iterator[Tensor]:
    """`[columns, m, n]` for each training."""
    return ScatterRidge(features.X, sets, scaled=features.scaled).predictions(alphas)


def _sharing(sets: TrainingSets, same_alphas: bool) -> Shared:
    """Training sets of the same rows as columns of one, where all rows have as many."""
    places = torch.arange(len(sets), device=sets.inner.device).view(-1, sets.n_columns)
    rows, which = torch.unique(sets.distinct_masks, dim=0, return_inverse=True)
    times = which.bincount()
    if same_alphas and int(times.amin()) == int(times.amax()):
        places = places[which.argsort(stable=True)].view(len(rows), -1)
    targets = sets.targets[places].mT.to(torch.float64)
    return Shared(sets.masks[places[:, 0]], sets.wanted[places[:, 0]], targets, places)


def _together(
    features: Features, masks: Tensor, wanted: Tensor, targets: Tensor, alphas: Tensor
) -> tuple[Tensor, Tensor]:
    """Predictions `[b, m, p, q]` of the wanted rows, as far as that is exact, `[b, m]`."""
    if not features.is_wide:
        return searched_predictions(features.basis, masks, targets, alphas, wanted)
    if features.scaled or _costs(features.X, masks, alphas.shape[1]) > 1:
        longest = int(wanted.sum(1).amax())
        found = targets.new_zeros(*alphas.shape, longest, targets.shape[2])
        return found, torch.zeros_like(alphas, dtype=torch.bool)
    out = left_out_predictions(features.basis, targets, ~masks, alphas)
    if not bool((masks & wanted).any()):
        return out.predictions, out.sound
    at, _ = padded_rows(wanted)
    every = everywhere(features.basis, targets, alphas, out)
    rows = at[:, None, :, None].expand(-1, *every.shape[1:2], -1, every.shape[3])
    return every.gather(2, rows), out.sound


def _costs(X: Rows, masks: Tensor, m: int) -> float:
    """The arithmetic of leaving rows out, relative to a decomposition of those that stay."""
    n, d = X.shape
    kept = int(masks.sum(1).amax())
    p = n - kept
    return m * (2 * p * p * n + p**3 / 3) / (kept * kept * d + 9 * kept**3)


def _put(predictions: Tensor, found: Tensor, wanted: Tensor, sets: Tensor) -> None:
    at, there = padded_rows(wanted)
    for places, values, rows, real in zip(sets, found, at, there, strict=True):
        predictions[places[:, None], :, rows[real]] = values[:, real].permute(2, 1, 0)


def _padded(values: Tensor, length: int) -> Tensor:
    return torch.nn.functional.pad(values, (0, 0, 0, length - values.shape[1]))


def _bytes_each(features: Features, shared: Shared, alphas: Tensor) -> int:
    """The memory that the rows of one training set take to solve."""
    n, d = features.X.shape
    p, r = int(shared.wanted.sum(1).amax()), min(n, d)
    m, q = alphas.shape[1], shared.targets.shape[2]
    if features.is_wide:
        return 32 * (m * p * (2 * p + r) + 3 * p * r + m * n * q)
    return 8 * (8 * m * q * r + 2 * m * q * p + 2 * p * r)
