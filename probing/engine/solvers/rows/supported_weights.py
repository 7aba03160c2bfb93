"""The weights of a linear model that uses few features, from its scores of all rows of a layer."""

from __future__ import annotations

import torch
from torch import Tensor

from probing.engine.solvers.rows.streamed_rows import Rows

_RANK = 1e-10  # of the largest: features below it follow from the others


def supported_weights(features: Rows, scores: Tensor, support: Tensor) -> Tensor | None:
    """Weights `[k, d]` of scores `[n, k]`, 0 but at the places `support` `[m]`.

    They are in the units of `features` `[n, d]`. None where the supported features follow from
    one another, so that other weights would give the scores too.
    """
    weights = torch.zeros(scores.shape[1], features.shape[1], dtype=torch.float64)
    if not len(support):
        return weights
    rows = features.columns(support)
    if len(support) >= len(rows):
        return None
    rows, wanted = rows - rows.mean(0), scores.double() - scores.double().mean(0)
    unit = rows.std(0).clamp_min(torch.finfo(torch.float64).tiny)
    U, energy, Vt = torch.linalg.svd(rows / unit, full_matrices=False)
    if bool(energy[-1] <= _RANK * energy[0]):
        return None
    found = (Vt.T @ ((U.T @ wanted) / energy[:, None])) / unit[:, None]
    weights = weights.to(found.device)
    weights[:, support] = found.T
    return weights
