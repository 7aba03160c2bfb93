"""Choose how texts are laid out: the fastest way that gives each text its own features.
alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import torch

from probing.spec import PoolerSpec

Kind = Literal["packed", "padded", "even", "single"]
KINDS: tuple[Kind, ...] = ("packed", "padded", "even", "single")

# of a vector's length: above what another order of summation changes, and far below what a text
# that sees another one or stands at the wrong place changes
_TOLERANCES = {torch.float32: 1e-4, torch.float16: 1e-2, torch.bfloat16: 5e-2}


@dataclass(frozen=True)
class Layout:
    """`packed`: texts end to end in one row; `padded`: a text a row; `even`: the same, without
    padding, as a batch has texts of one length only; `single`: one text at a time. `reason` says
    why it is none of those before it.
    """

    kind: Kind
    reason: str = ""


def difference(
    found: Mapping[PoolerSpec, torch.Tensor],
    alone: Mapping[PoolerSpec, torch.Tensor],
    dtype: torch.dtype,
) -> str:
    """How features differ from those of each text alone, in words; empty where they do not."""
    worst = max(_distance(found[spec], alone[spec]) for spec in alone)
    return "" if worst <= tolerance(dtype) else f"features are off by {worst:.1%}"


def tolerance(dtype: torch.dtype) -> float:
    """How far numbers of one vector may be off, as a share of its length."""
    return _TOLERANCES.get(dtype, 5e-2)


def _distance(found: torch.Tensor, alone: torch.Tensor) -> float:
    """The largest distance of two features of a text, as a share of their length."""
    finite = alone.isfinite().all(-1)
    lengths = alone.norm(dim=-1)
    shares = (found - alone).norm(dim=-1) / lengths.clamp(min=1e-6)
    return float(shares[finite].nan_to_num(torch.inf).max()) if finite.any() else 0.0
