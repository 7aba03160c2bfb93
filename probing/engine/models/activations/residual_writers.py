"""Find the module in each block whose output attention or the MLP adds to the residual stream.

Names propose and arithmetic decides. One small pass records what every module of a block takes
and gives (`wiring`); the writer is the one whose output `a` turns an earlier activation `r` into
a later one `r + a`. So a norm after the sum (BERT) is left out, one before it (Gemma) is
included, and a module that adds the residual itself (BLOOM) gives way to the one inside.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import torch
from torch import nn

from probing.engine.models.activations.module_order import Given, Step
from probing.engine.models.activations.shares import shares

_ATTENTION = re.compile(r"attn|attention", re.IGNORECASE)
_MIXER = re.compile(r"mamba|mixer|ssm|conv|recurrent|temporal", re.IGNORECASE)
_MLP = re.compile(r"mlp|ffn|feed_?forward|dense.*dense|fc2|moe|experts", re.IGNORECASE)
# at its end: before it stands the family's name
_MLP_CLASS = re.compile(r"(mlp|moe|experts|ffn|feedforward)$", re.IGNORECASE)
_ALIKE = 1e-3
_FEW = 4  # parts of a block that are tried in pairs


@dataclass(frozen=True)
class Writer:
    """A module, and by what the block multiplies its output before it is added.

    `beside` is a module that runs before it, whose output is added to its own first, as that of
    the routed experts is to that of the shared ones in Granite.
    """

    module: nn.Module
    factor: float = 1.0
    beside: nn.Module | None = None


def has_attention(block: nn.Module) -> bool:
    """Whether a module of `block` is named as attention, or is of a class that is."""
    return any(_is_attention(path, module) for path, module in block.named_modules() if path)


def writers_of(step: Step) -> dict[str, Writer]:
    """What writes `attn` and `mlp` in one run of a block; absent where none is found.

    In a block without attention, among others that have some, what mixes tokens instead (Mamba,
    a convolution) takes its place.
    """
    attention = sorted((g for g in step.given if _is_attention(g.path, g.module)), key=_by_depth)
    others = sorted((g for g in step.given if g not in attention), key=_by_name)
    mixers = sorted((g for g in others if _is_mixer(g)), key=_by_depth)
    for parts in (attention, mixers):
        attn = next((given for given in parts if _is_added(given, step)), None)
        if attn is not None:
            return {"attn": Writer(attn.module)} | _mlp((attn,), others, step)
    if not attention and not mixers:
        return _mlp_alone(others, step)
    return (
        _parallel(attention, others, step)
        or _multiplied(attention, mixers, others, step)
        or _normed((*attention, *mixers), others, step)
    )


def blocks_without(site: str, steps: Sequence[dict[str, Writer]], template: str) -> str:
    """Which of the blocks of `template` lack `site`, in words."""
    missing = [str(at) for at, step in enumerate(steps) if site not in step]
    if not missing or len(missing) == len(steps):
        return template
    shown = ", ".join(missing[:_FEW]) + (", …" if len(missing) > _FEW else "")
    return f"{len(missing)} of the {len(steps)} blocks {template} ({shown})"


def _mlp(attn: Sequence[Given], others: Iterable[Given], step: Step) -> dict[str, Writer]:
    """The MLP of a block whose attention is known: it comes after it."""
    start = max(one.time for one in attn)
    later = [
        given
        for given in others
        if given.time > start and not any(torch.equal(given.value, one.value) for one in attn)
    ]
    found = next((given for given in later if _is_added(given, step)), None)
    if found is not None:
        return {"mlp": Writer(found.module)}
    named = [given for given in later if _is_mlp(given)][: 2 * _FEW]
    for given in named:
        share = shares((given,), step)
        if share is not None:
            return {"mlp": Writer(given.module, share[0])}
    for one, other in combinations(sorted(named, key=lambda given: given.time), 2):
        both = shares((one, other), step)
        if both is not None and math.isclose(*both, rel_tol=_ALIKE):
            return {"mlp": Writer(other.module, both[0], one.module)}
    return {}


def _mlp_alone(others: Iterable[Given], step: Step) -> dict[str, Writer]:
    """The MLP of a block that is nothing else, as in Nemotron-H."""
    named = filter(_is_mlp, others)
    found = next((given for given in named if _is_added(given, step)), None)
    return {} if found is None else {"mlp": Writer(found.module)}


def _multiplied(
    attention: Sequence[Given], mixers: Sequence[Given], others: Sequence[Given], step: Step
) -> dict[str, Writer]:
    """The writers of a block that multiplies what it adds, or adds two parts at once.

    Granite does the one, Falcon-H1 both.
    """
    pairs = list(product(attention[:_FEW], mixers[:_FEW]))
    for parts in ([(one,) for one in (*attention, *mixers)], pairs):
        for given in parts:
            factors = shares(given, step)
            if factors is None:
                continue
            attn = {"attn": Writer(given[0].module, factors[0])}
            return attn | _mlp(given, others, step)
    return {}


def _normed(mixers: Sequence[Given], others: Sequence[Given], step: Step) -> dict[str, Writer]:
    """The writers of a block that norms what attention gives under a name of neither, as LFM 3.

    It is what is added first after attention, provided that an MLP is added after it.
    """
    start = min(given.time for given in mixers)
    later = sorted((g for g in others if g.time > start), key=lambda given: given.time)
    attn = next((given for given in later if _is_added(given, step)), None)
    mlp = {} if attn is None or _is_mlp(attn) else _mlp((attn,), others, step)
    return {"attn": Writer(attn.module)} | mlp if attn is not None and mlp else {}


def _parallel(attention: Iterable[Given], others: Iterable[Given], step: Step) -> dict[str, Writer]:
    """The writers of a block that adds attention and MLP in one sum, as Phi does."""
    for attn, mlp in product(attention, others):
        parts = (step.taken, attn.value, mlp.value)
        if _is_sum(step.output[None], parts, step.eps):
            return {"attn": Writer(attn.module), "mlp": Writer(mlp.module)}
    return {}


def _is_attention(path: str, module: nn.Module) -> bool:
    return bool(_ATTENTION.search(path) or _ATTENTION.search(type(module).__name__))


def _is_mixer(given: Given) -> bool:
    kind, own_name = type(given.module).__name__, given.path.rpartition(".")[2]
    return bool(_MIXER.search(own_name) or _MIXER.search(kind)) and not _MLP_CLASS.search(kind)


def _is_mlp(given: Given) -> bool:
    return bool(_MLP.search(given.path) or _MLP_CLASS.search(type(given.module).__name__))


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
