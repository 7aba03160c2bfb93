"""Principal coordinates of a design matrix, in which L2-penalised models are cheap to solve.

An L2-penalised linear model only sees the row space of its features, so with more columns than
rows it is solved in as many coordinates as there are rows, without loss. Features that every
subset scales differently keep one shared set of coordinates: a penalty on the scaled weights
is a quadratic form in the shared ones, one form for each subset.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from probing.engine.solvers.rows.gram import gram, gram_of
from probing.engine.solvers.rows.lazy_attributes import lazy
from probing.engine.solvers.rows.scaling import standardised, subset_moments
from probing.engine.solvers.rows.streamed_rows import Rows


class Penalty(Protocol):
    """The quadratic form that a subset's penalty is in the shared coordinates."""

    def times(self, weights: Tensor, subset: Tensor) -> Tensor:
        """The form of `subset` `[b]` applied to `weights` `[b, k, r]`."""

    def least(self, subset: Tensor) -> Tensor:
        """A bound from below on the eigenvalues of the form of `subset` `[b]`."""

    def to(self, dtype: torch.dtype) -> Penalty:
        """The same form in another precision."""


@dataclass(frozen=True)
class DiagonalPenalty:
    """`V' diag(ratio²) V` for an orthogonal `V` `[d, d]`; `ratio` `[n_subsets, d]`."""

    V: Tensor
    ratio: Tensor

    def times(self, weights: Tensor, subset: Tensor) -> Tensor:
        """Two products that all problems share, and one scaling of each problem's own."""
        turned = weights @ self.V.T
        return turned.mul_(self.ratio[subset].square().unsqueeze(1)) @ self.V

    def least(self, subset: Tensor) -> Tensor:
        """The least of the squared ratios."""
        return self.ratio.square().amin(1)[subset]

    def to(self, dtype: torch.dtype) -> DiagonalPenalty:
        """The same form in another precision."""
        return DiagonalPenalty(self.V.to(dtype), self.ratio.to(dtype))


@dataclass(frozen=True)
class DensePenalty:
    """One matrix for each subset, `[n_subsets, r, r]`, and what its eigenvalues are at least."""

    forms: Tensor
    bounds: Tensor

    def times(self, weights: Tensor, subset: Tensor) -> Tensor:
        """The problems of one subset are multiplied together; equal subsets must be adjacent."""
        out = torch.empty_like(weights)
        names, counts = torch.unique_consecutive(subset, return_counts=True)
        begin = 0
        for name, count in zip(names.tolist(), counts.tolist(), strict=True):
            rows = slice(begin, begin + count)
            torch.matmul(weights[rows], self.forms[name], out=out[rows])
            begin += count
        return out

    def least(self, subset: Tensor) -> Tensor:
        """The bound that is known."""
        return self.bounds[subset]

    def to(self, dtype: torch.dtype) -> DensePenalty:
        """The same form in another precision."""
        return DensePenalty(self.forms.to(dtype), self.bounds.to(dtype))


@dataclass(frozen=True)
class PlainPenalty:
    """The squared length itself, where no subset scales its features."""

    def times(self, weights: Tensor, subset: Tensor) -> Tensor:
        """The weights as they are."""
        return weights.clone()

    def least(self, subset: Tensor) -> Tensor:
        """One."""
        return torch.ones_like(subset)

    def to(self, dtype: torch.dtype) -> PlainPenalty:
        """The same form."""
        return self


@dataclass(frozen=True)
class Basis:
    """`X = Z V'` for a centred (and, where asked, standardised) `X`; all in float64.

    `Z` is `[n, r]` with orthogonal columns of squared length `energy` `[r]`. All rows shape these
    coordinates, held-out ones too: they are a change of variables and no part of any model. Of
    many rows `Z` is not computed.
    """

    X: Rows
    energy: Tensor
    scaled: bool
    turn: Tensor | None = None
    wide: Tensor | None = None

    @property
    def nbytes(self) -> int:
        """The bytes that it takes, with all that is computed of it."""
        (n, d), r = self.X.shape, len(self.energy)
        held = self.X.is_held or self.wide is not None
        return 8 * (n * (d + r) * held + d * r)

    @property
    def is_wide(self) -> bool:
        """Whether there are more columns than coordinates."""
        return self.X.shape[1] > len(self.energy)

    @property
    def device(self) -> torch.device:
        """Where it lies."""
        return self.energy.device

    @lazy
    def Z(self) -> Tensor:  # noqa: N802 - as in the formula
        """The coordinates of all rows, `[n, r]`."""
        return self.X.along(self.V) if self.wide is None else self.wide

    @lazy
    def V(self) -> Tensor:  # noqa: N802
        """Orthogonal columns `[d, r]`."""
        if self.turn is not None:
            return self.turn
        assert self.wide is not None
        return self.X.whole.T @ (self.wide / self.energy)

    def deviations(self, masks: Tensor) -> Tensor:
        """Of every feature in every subset of rows `[n_subsets, n]`, `[n_subsets, d]`."""
        return subset_moments(self.X, masks).deviation

    def penalty(self, masks: Tensor) -> Penalty:
        """The penalty of every subset of rows `[n_subsets, n]`, each scaling by its own rows."""
        if not self.scaled:
            return PlainPenalty()
        ratio = self.deviations(masks)
        if not self.is_wide:
            return DiagonalPenalty(self.V, ratio)
        # min u'Su over V'u = z is z'(V'S⁻¹V)⁻¹z: weights outside the row space cost and do nothing
        forms = torch.stack([_inverse_form(self.V, s) for s in ratio])
        return DensePenalty(forms, ratio.square().amin(1))


def _inverse_form(V: Tensor, ratio: Tensor) -> Tensor:
    """The inverse of `V' diag(ratio⁻²) V` for orthogonal columns `V` `[d, r]`.

    Only its distance from the identity is computed, in single precision where that is small.
    """
    excess = ratio.square().reciprocal() - 1
    if bool(excess.abs().max() < 1):
        form = gram(V.float(), excess.float()).to(V.dtype)
    else:
        form = gram(V, excess)
    form.diagonal().add_(1)
    return torch.cholesky_inverse(torch.linalg.cholesky(form))


def principal_basis(X: Rows, *, scaled: bool) -> Basis:
    """The principal coordinates of `X` `[n, d]`, standardised first where `scaled`."""
    return basis_of(standardised(X, scaled=scaled), scaled=scaled)


def basis_of(X: Rows, *, scaled: bool) -> Basis:
    """The same of rows that are centred, and standardised where `scaled`.

    The smaller of the two Gram matrices is decomposed, in float64.
    """
    n, d = X.shape
    if d < n:
        energy, V = torch.linalg.eigh(gram_of(X))
        return Basis(X, energy.clamp_min(0), scaled, turn=V)
    energy, U = torch.linalg.eigh(gram(X.whole.T))
    keep = energy > energy[-1] * n * 10 * torch.finfo(energy.dtype).eps
    energy, U = energy[keep], U[:, keep]
    return Basis(X, energy, scaled, wide=U * energy.sqrt())
