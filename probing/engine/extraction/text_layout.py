"""How texts are laid out for a forward pass, and which way gives the features of a text alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import torch

from probing.engine.models import Tokens
from probing.spec import PoolerSpec

Kind = Literal["packed", "padded", "even"]

_CHECKED_LENGTH = 64  # tokens: long enough to tell, short enough to cost nothing
# of a vector's length: above what another order of summation changes, and far below what a text
# that sees another one or stands at the wrong place changes
_TOLERANCES = {torch.float32: 1e-4, torch.float16: 1e-2, torch.bfloat16: 5e-2}


@dataclass(frozen=True)
class Layout:
    """`packed`: texts end to end in one row; `padded`: a text a row; `even`: the same, without
    padding, as a batch has texts of one length only. `reason` says why it is not `packed`.
    """

    kind: Kind
    reason: str = ""


def telling(tokens: Tokens) -> list[int]:
    """A long text, a middling one and the shortest, that twice: as neighbours of one length."""
    order = tokens.lengths.argsort(descending=True, stable=True).tolist()
    longest = next((row for row in order if tokens.lengths[row] <= _CHECKED_LENGTH), order[-1])
    return [longest, order[len(order) // 2], order[-1], order[-1]]


def difference(
    found: Mapping[PoolerSpec, torch.Tensor],
    alone: Mapping[PoolerSpec, torch.Tensor],
    dtype: torch.dtype,
) -> str:
    """How features differ from those of each text alone, in words; empty where they do not."""
    worst = max(_distance(found[spec], alone[spec]) for spec in alone)
    return "" if worst <= _TOLERANCES.get(dtype, 5e-2) else f"features are off by {worst:.1%}"


def _distance(found: torch.Tensor, alone: torch.Tensor) -> float:
    """The largest distance of two features of a text, as a share of their length."""
    finite = alone.isfinite().all(-1)
    lengths = alone.norm(dim=-1)
    shares = (found - alone).norm(dim=-1) / lengths.clamp(min=1e-6)
    return float(shares[finite].nan_to_num(torch.inf).max()) if finite.any() else 0.0
