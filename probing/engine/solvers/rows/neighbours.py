"""Find the nearest rows."""

from __future__ import annotations

import torch
from torch import Tensor

from probing.engine.solvers.rows.memory_budget import blocks
from probing.engine.solvers.rows.streamed_rows import Rows


def nearest(X: Rows, among: Tensor, queries: Tensor, n_neighbors: int) -> Tensor:
    """The `n_neighbors` rows of `X` `[n, d]` in `among` (a mask `[n]`) that are nearest by
    Euclidean distance to each row of `queries` `[q]`: their numbers, `[q, n_neighbors]`."""
    each = (X.shape[1] + 4 * X.largest_piece) * 8
    found = [
        _nearest(X, among, X.at(queries[part]), n_neighbors)
        for part in blocks(len(queries), each, X.device)
    ]
    return torch.cat(found)


def _nearest(X: Rows, among: Tensor, wanted: Tensor, n_neighbors: int) -> Tensor:
    """Piece by piece: those that were nearest before are compared with those that come."""
    distances = wanted.new_empty(len(wanted), 0)
    numbers = torch.empty(len(wanted), 0, dtype=torch.int64, device=wanted.device)
    for at, rows in X.chosen(among):
        all_distances = torch.cat([distances, torch.cdist(wanted, rows)], 1)
        all_numbers = torch.cat([numbers, at.expand(len(wanted), -1)], 1)
        n_kept = min(n_neighbors, all_distances.shape[1])
        distances, order = all_distances.topk(n_kept, largest=False)
        numbers = all_numbers.gather(1, order)
    return numbers
