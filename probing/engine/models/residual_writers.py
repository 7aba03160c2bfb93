"""Which module of a block gives the vector that its attention or MLP adds to the residual stream.

Names propose and arithmetic decides. One small pass records what every module of a block takes
and gives (`wiring`); the writer is the one whose output `a` turns an earlier activation `r` into
a later one `r + a`. So a norm after the sum (BERT) is left out, one before it (Gemma) is
included, and a module that adds the residual itself (BLOOM) gives way to the one inside.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import product

import torch
from torch import nn

from probing.engine.models.module_order import Given, Step

_ATTENTION = re.compile(r"attn|attention", re.IGNORECASE)
_MLP = re.compile(r"mlp|ffn|feed_?forward|dense.*dense|fc2|moe|experts", re.IGNORECASE)


def has_attention(block: nn.Module) -> bool:
    """Whether a module of `block` is named as attention."""
    return any(_ATTENTION.search(path) for path, _ in block.named_modules())


def writers_of(step: Step) -> dict[str, nn.Module]:
    """The modules that write `attn` and `mlp` in one run of a block; absent where none is found."""
    attention = sorted((g for g in step.given if _ATTENTION.search(g.path)), key=_by_depth)
    others = sorted((g for g in step.given if not _ATTENTION.search(g.path)), key=_by_name)
    attn = next((given for given in attention if _is_added(given, step)), None)
    if attn is None:
        return _parallel(attention, others, step)
    writers = {"attn": attn.module}
    for given in others:
        is_later = given.time > attn.time and not torch.equal(given.value, attn.value)
        if is_later and _is_added(given, step):
            return writers | {"mlp": given.module}
    return writers


def _parallel(
    attention: Iterable[Given], others: Iterable[Given], step: Step
) -> dict[str, nn.Module]:
    """The writers of a block that adds attention and MLP in one sum, as Phi does."""
    for attn, mlp in product(attention, others):
        parts = (step.taken, attn.value, mlp.value)
        if _is_sum(step.output[None], parts, step.eps):
            return {"attn": attn.module, "mlp": mlp.module}
    return {}


def _by_depth(given: Given) -> tuple[int, int]:
    return given.path.count("."), given.time


def _by_name(given: Given) -> tuple[bool, int, int]:
    return not _MLP.search(given.path), *_by_depth(given)


def _is_added(given: Given, step: Step) -> bool:
    """Whether something seen before `given`, plus `given`, is seen after it."""
    later = [value for time, value in step.seen if time > given.time]
    if not later:
        return False
    sums = torch.stack(later)
    return any(
        _is_sum(sums, (earlier, given.value), step.eps)
        for time, earlier in step.seen
        if time < given.time
    )


def _is_sum(sums: torch.Tensor, parts: tuple[torch.Tensor, ...], eps: float) -> bool:
    """Whether one of `sums` is the sum of `parts`, to rounding, and not that of the first alone."""
    rounding = eps * (sums.abs() + sum(part.abs() for part in parts))
    equal = ((sums - sum(parts)).abs() <= rounding).flatten(1).all(1)
    trivial = ((sums - parts[0]).abs() <= rounding).flatten(1).all(1)
    return bool((equal & ~trivial).any())
