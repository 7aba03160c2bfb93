"""The design matrix of linear models: rows in principal coordinates, with a column of ones."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor

from probing.engine.solvers.rows.gram import gram
from probing.engine.solvers.rows.principal_basis import Basis, Penalty, PlainPenalty
from probing.engine.solvers.rows.streamed_rows import Rows

_FEW = 10  # rows for each feature


class Design(ABC):
    """`[n, r + 1]` coordinates with a last column of ones, and the penalty on their weights.

    `turn` `[r, d]` leads to the features, where these are no more than the coordinates.
    """

    n_rows: int
    width: int
    dtype: torch.dtype
    device: torch.device
    penalty: Penalty
    turn: Tensor | None

    @staticmethod
    def of(basis: Basis, penalty: Penalty) -> Design:
        """The design of a basis: of many rows one that brings them anew each time.

        That also takes less time where turning weights costs less than turning all rows.
        """
        if basis.is_wide or _is_held(basis):
            turn = None if basis.is_wide else basis.V.T
            return HeldDesign(_with_ones(basis.Z), penalty, turn)
        return StreamedDesign(basis.X, _turn_of(basis), basis.energy, penalty)

    @staticmethod
    def in_units(basis: Basis, unit: Tensor) -> Design:
        """That of the features divided by `unit` `[d]`, and the plain penalty of their weights.

        There are no more features than rows; the columns are about principal coordinates.
        """
        if _is_held(basis):
            Z = basis.X.along(basis.V / unit[:, None])
            return HeldDesign(_with_ones(Z), PlainPenalty(), basis.V.T)
        V = _turn_of(basis)
        given = basis.X, V / unit[:, None], basis.energy, PlainPenalty()
        return StreamedDesign(*given, turn=V.T)

    @abstractmethod
    def to(self, dtype: torch.dtype) -> Design:
        """The same design in another precision."""

    @abstractmethod
    def logits(self, W: Tensor) -> Tensor:
        """`[b, k, n]` for weights `[b, k, r + 1]`."""

    @abstractmethod
    def pull(self, residual: Tensor) -> Tensor:
        """The gradient `[b, k, r + 1]` of weighted residuals `[b, k, n]`."""

    @abstractmethod
    def bent(self, weights: Tensor) -> Tensor:
        """`Z' diag(weights) Z` `[b, r + 1, r + 1]` for weights `[b, n]`."""

    @abstractmethod
    def mean_squares(self, weights: Tensor) -> Tensor:
        """About the mean square of every column, `[b, r + 1]`, for weights `[b, n]`."""

    @abstractmethod
    def at(self, rows: Tensor) -> Tensor:
        """The coordinates of the rows of these numbers, with their ones, `[m, r + 1]`."""

    @abstractmethod
    def some(self, rows: Tensor) -> Design:
        """The design of the rows of these numbers alone; they are held, as they are stored."""

    @abstractmethod
    def lengths(self) -> Tensor:
        """The squared length of every row, `[n]`, without the column of ones."""

    def steepest(self, gradient: Tensor) -> Tensor:
        """The largest entry `[b]` of gradients `[b, k, r + 1]` by the weights of the features.

        With more features than rows it is that of their principal coordinates.
        """
        if self.turn is not None:
            gradient = torch.cat([gradient[..., :-1] @ self.turn, gradient[..., -1:]], 2)
        return gradient.abs().amax((1, 2))

    def is_flat(self, gradient: Tensor, bound: float) -> Tensor:
        """Whether that entry is within `bound`, `[b]`."""
        # a turn keeps lengths: beyond this one, an entry is beyond the bound
        longest = bound * gradient.shape[2] ** 0.5
        flat: Tensor = gradient.square().sum(2).amax(1) <= longest**2
        rows = torch.nonzero(flat).squeeze(1)
        flat[rows] = self.steepest(gradient[rows]) <= bound
        return flat


class HeldDesign(Design):
    """All coordinates `Z` `[n, r + 1]` at once, the column of ones among them."""

    def __init__(self, Z: Tensor, penalty: Penalty, turn: Tensor | None) -> None:
        self.Z, self.penalty, self.turn = Z, penalty, turn
        self.n_rows, self.width = Z.shape
        self.dtype, self.device = Z.dtype, Z.device

    def to(self, dtype: torch.dtype) -> HeldDesign:
        """The same design in another precision."""
        turn = None if self.turn is None else self.turn.to(dtype)
        return HeldDesign(self.Z.to(dtype), self.penalty.to(dtype), turn)

    def logits(self, W: Tensor) -> Tensor:
        """One product."""
        return (W.flatten(0, 1) @ self.Z.T).view(*W.shape[:2], -1)

    def pull(self, residual: Tensor) -> Tensor:
        """One product."""
        return (residual.flatten(0, 1) @ self.Z).view(*residual.shape[:2], -1)

    def bent(self, weights: Tensor) -> Tensor:
        """The lower half of each, and its mirror image."""
        lower = torch.stack([gram(self.Z, own) for own in weights]).tril_()
        return lower + lower.mT.triu(1)

    def mean_squares(self, weights: Tensor) -> Tensor:
        """Exactly that."""
        return weights @ self.Z.square()

    def at(self, rows: Tensor) -> Tensor:
        """As they are held."""
        return self.Z[rows]

    def some(self, rows: Tensor) -> HeldDesign:
        """Their coordinates."""
        return HeldDesign(self.Z[rows], self.penalty, self.turn)

    def lengths(self) -> Tensor:
        """From the coordinates."""
        return self.Z[:, :-1].square().sum(1)


class StreamedDesign(Design):
    """Rows `X` `[n, d]` that are turned by `V` `[d, d]`, about their centre and in their units.

    All of that is done to weights and slopes: products are with the rows as they are stored.
    Features that are the same in all rows have no part in them, nor has their rounding. `turn` is
    what `V` was before units were put into it.
    """

    def __init__(
        self,
        X: Rows,
        V: Tensor,
        energy: Tensor,
        penalty: Penalty,
        dtype: torch.dtype = torch.float64,
        turn: Tensor | None = None,
    ) -> None:
        self.X, self.V, self.energy, self.penalty = X, V, energy, penalty
        self.turn: Tensor = V.T if turn is None else turn
        self.n_rows, self.width = len(X), len(energy) + 1
        self.dtype, self.device = dtype, X.device
        zero = energy.new_zeros(X.shape[1])
        self.centre = zero if X.centre is None else X.centre.to(dtype)
        self.unit = zero + 1 if X.unit is None else X.unit.to(dtype)

    def to(self, dtype: torch.dtype) -> StreamedDesign:
        """The same design in another precision."""
        V, energy, turn = self.V.to(dtype), self.energy.to(dtype), self.turn.to(dtype)
        return StreamedDesign(self.X, V, energy, self.penalty.to(dtype), dtype, turn)

    def logits(self, W: Tensor) -> Tensor:
        """Products with all rows, piece by piece."""
        weights = (W[..., :-1].flatten(0, 1) @ self.V.T) / self.unit
        logits = W.new_empty(len(weights), self.n_rows)
        for at, rows in self.X.stored(self.dtype):
            torch.mm(weights, rows.T, out=logits[:, at])
        at_zero = W[..., -1].flatten() - weights @ self.centre
        return logits.add_(at_zero[:, None]).view(*W.shape[:2], -1)

    def pull(self, residual: Tensor) -> Tensor:
        """Products with all rows, piece by piece; they are added up in float64."""
        flat = residual.flatten(0, 1)
        slopes = flat.new_zeros(len(flat), self.X.shape[1], dtype=torch.float64)
        for at, rows in self.X.stored(self.dtype):
            slopes += flat[:, at] @ rows
        level = flat.sum(1, keepdim=True, dtype=torch.float64)
        slopes -= level * self.centre
        turned = (slopes / self.unit).to(self.dtype) @ self.V
        return torch.cat([turned, level.to(self.dtype)], 1).view(*residual.shape[:2], -1)

    def bent(self, weights: Tensor) -> Tensor:
        """In the features, with their ones, and then turned."""
        d = self.width - 1
        bent = weights.new_zeros(len(weights), self.width, self.width)
        for at, rows in self.X.pieces(self.dtype):
            whole = torch.cat([rows, rows.new_ones(len(rows), 1)], 1)
            for one, own in zip(bent, weights[:, at], strict=True):
                one.addmm_(whole.T, own.unsqueeze(1) * whole)
        turn = torch.eye(self.width, dtype=self.dtype, device=self.device)
        turn[:d, :d] = self.V
        return turn.T @ bent @ turn

    def mean_squares(self, weights: Tensor) -> Tensor:
        """Those of all rows, for every problem."""
        ones = self.energy.new_ones(1)
        return torch.cat([self.energy / self.n_rows, ones]).expand(len(weights), -1)

    def at(self, rows: Tensor) -> Tensor:
        """From the features."""
        features = self.X.at(rows).to(self.dtype)
        return torch.cat([features @ self.V, self.energy.new_ones(len(rows), 1)], 1)

    def some(self, rows: Tensor) -> StreamedDesign:
        """Their features; the energy is about their share."""
        energy = self.energy * (len(rows) / self.n_rows)
        own = self.X.some(rows)
        return StreamedDesign(own, self.V, energy, self.penalty, self.dtype, self.turn)

    def lengths(self) -> Tensor:
        """From the features: a turn keeps lengths."""
        lengths = torch.empty(self.n_rows, dtype=self.dtype, device=self.device)
        for at, rows in self.X.pieces(self.dtype):
            lengths[at] = rows.square().sum(1)
        return lengths


def _is_held(basis: Basis) -> bool:
    n, d = basis.X.shape
    return basis.X.is_held and n <= _FEW * d


def _with_ones(Z: Tensor) -> Tensor:
    return torch.cat([Z, Z.new_ones(len(Z), 1)], 1)


def _turn_of(basis: Basis) -> Tensor:
    return basis.V.masked_fill(basis.X.is_constant[:, None], 0)
