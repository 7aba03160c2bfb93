"""Two axes through activations: principal components, or a direction that the classes lie along.

Held-out texts are shown on axes that were fitted to the training texts of their fold; axes that
were fitted to the texts shown are a picture, not a result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from probing.errors import RunError

Kind = Literal["discriminant", "principal"]
MOST_FITTED, MOST_SHOWN, MOST_COMPONENTS = 1200, 1500, 50
Numbers = NDArray[np.float64]
Whole = NDArray[np.int64]


class Rows(Protocol):
    """Rows `[n_texts, d]` that are read as they are asked for; an array is such."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: Whole, /) -> NDArray[Any]: ...


@dataclass(frozen=True, eq=False)
class Projection:
    """Where texts lie on two axes: `points` `[n_shown, 2]` of the texts `rows` `[n_shown]`.

    `fold` is the fold whose training texts, `n_fitted` of them, the axes were fitted to; None where
    they were fitted to the texts shown. `shares` are those of the variance along the axes, of the
    texts that they were fitted to.
    """

    kind: Kind
    points: Numbers
    rows: Whole
    fold: int | None
    n_fitted: int
    shares: tuple[float, float]


def project(
    features: Rows,
    targets: Numbers | Whole,
    kind: Kind,
    tested: Whole | None,
    fold: int | None,
    seed: int = 0,
) -> Projection:
    """Texts on two axes; `features` `[n_texts, d]` and `targets` `[n_texts]`, classes or numbers.

    `tested` are the rows that a `fold` tested: the axes are fitted to all others, and these are
    shown. Where it is None, the axes are fitted to the texts shown. Of many texts some are drawn,
    at most 1,200 to fit and 1,500 to show.

    The first axis of `discriminant` is the one along which the classes lie apart most for their
    spread, in the space of at most 50 principal components (Belhumeur, Hespanha and Kriegman 1997,
    "Eigenfaces vs. Fisherfaces"), or the direction of least squares of numbers; the second is the
    next one, or where two classes leave none, the component of most variance at right angles to it.

    Raises `RunError` where there are too few texts.
    """
    draw = np.random.default_rng(seed)
    every = np.arange(len(features))
    shown = _drawn(every if tested is None else tested, MOST_SHOWN, draw)
    rest = shown if tested is None else np.setdiff1d(every, tested)
    fitted = _drawn(rest, MOST_FITTED, draw)
    if len(fitted) < 3 or not len(shown):
        raise RunError("too few texts for two axes")
    X = np.asarray(features[fitted], dtype=np.float64)
    mean = X.mean(axis=0)
    basis, lengths, total = _principal(X - mean)
    axes = np.eye(len(lengths))[:, :2]
    if kind == "discriminant":
        axes = _telling((X - mean) @ basis, targets[fitted])
    points = (np.asarray(features[shown], dtype=np.float64) - mean) @ (basis @ axes)
    spread = ((X - mean) @ (basis @ axes)).var(axis=0, ddof=1) / (axes**2).sum(axis=0)
    shares = spread / total if total else np.zeros(2)
    where = None if tested is None else fold
    return Projection(kind, points, shown, where, len(fitted), (float(shares[0]), float(shares[1])))


def _drawn(rows: Whole, most: int, draw: np.random.Generator) -> Whole:
    if len(rows) <= most:
        return rows
    chosen: Whole = np.sort(draw.choice(rows, most, replace=False))
    return chosen


def _principal(X: Numbers) -> tuple[Numbers, Numbers, float]:
    """Orthonormal columns `[d, n_components]`, the variance along each, and that of all of them.

    From the smaller of the two products of the centred rows with themselves.
    """
    n, d = X.shape
    n_kept = min(MOST_COMPONENTS, max(2, n // 5), n - 1, d)
    total = float((X**2).sum()) / (n - 1)
    values, vectors = np.linalg.eigh(X.T @ X if d <= n else X @ X.T)
    values, vectors = values[::-1][:n_kept], vectors[:, ::-1][:, :n_kept]
    kept = values > max(values[0], 0.0) * 1e-10
    if kept.sum() < 2:
        raise RunError("the activations of these texts lie in one point or on one line")
    values, vectors = values[kept], vectors[:, kept]
    basis = vectors if d <= n else X.T @ vectors / np.sqrt(values)
    return _signed(basis), values / (n - 1), total


def _signed(basis: Numbers) -> Numbers:
    """Each column with its largest part above 0, so that axes do not turn over between layers."""
    largest = basis[np.abs(basis).argmax(axis=0), np.arange(basis.shape[1])]
    signed: Numbers = basis * np.where(largest < 0, -1.0, 1.0)
    return signed


def _telling(Z: Numbers, targets: Numbers | Whole) -> Numbers:
    """Two directions `[n_components, 2]` by which the targets of the rows `Z` can be told."""
    if targets.dtype.kind == "f":
        first = np.linalg.lstsq(Z, targets - targets.mean(), rcond=None)[0]
        return _completed(first[:, None], Z)
    names, place = np.unique(targets, return_inverse=True)
    if len(names) < 2:
        return np.eye(Z.shape[1])[:, :2]
    means = np.stack([Z[place == at].mean(axis=0) for at in range(len(names))])
    inside = Z - means[place]
    within = inside.T @ inside / max(len(Z) - len(names), 1)
    within += np.eye(len(within)) * max(np.trace(within) / len(within), 1e-12) * 1e-6
    sizes = np.bincount(place)[:, None]
    apart = (means - Z.mean(axis=0)) * np.sqrt(sizes / len(Z))
    white = np.linalg.inv(np.linalg.cholesky(within))
    _, _, turned = np.linalg.svd(apart @ white.T, full_matrices=False)
    axes: Numbers = white.T @ turned.T[:, : min(2, len(names) - 1)]
    # the last class lies to the right, the positive one of two
    return _completed(axes * np.where((means[-1] - means[0]) @ axes < 0, -1.0, 1.0), Z)


def _completed(axes: Numbers, Z: Numbers) -> Numbers:
    """Two axes: those that there are, and else the direction of most variance beside the first."""
    if axes.shape[1] > 1:
        return axes
    unit = axes / np.linalg.norm(axes)
    beside = Z - (Z @ unit) @ unit.T
    _, vectors = np.linalg.eigh(beside.T @ beside)
    return np.hstack([axes, _signed(vectors[:, -1:])])
