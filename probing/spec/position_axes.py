"""Poolers with a cell for each of several positions: one pooler becomes a series of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from probing.spec.entries import PoolerSpec
from probing.spec.values import EACH

_PLACE = re.compile(r"token\((?:quantile|position)=(-?\d+(?:\.\d+)?(?:e-?\d+)?)[,)]")


def every_pooler(poolers: Sequence[PoolerSpec]) -> tuple[PoolerSpec, ...]:
    """The poolers, those that are `each` as one for each of their positions."""
    return tuple(dict.fromkeys(one for pooler in poolers for one in _series(pooler)))


def position_of(pooler: str) -> float | None:
    """The position of the one token that a pooler of this label takes; None for others.

    A quantile (1 is the last token), or a place: -1 is the last, -2 the one before it.
    """
    found = _PLACE.match(pooler)
    return float(found[1]) if found else None


def _series(pooler: PoolerSpec) -> list[PoolerSpec]:
    if pooler.quantile_method != EACH:
        return [pooler]
    if pooler.position is not None:
        return [replace(pooler, position=at, quantile_method=None) for at in pooler.positions]
    quantiles = pooler.quantile if isinstance(pooler.quantile, tuple) else (pooler.quantile,)
    return [replace(pooler, quantile=at, quantile_method=None) for at in quantiles]
