"""The floor of a computation: its arithmetic and memory traffic at this machine's best rates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry

from benchmarks.machine import Rates

# operations for an n × n matrix, in units of n³, as textbooks count them
_CUBIC = {"_linalg_eigh": 9.0, "linalg_cholesky_ex": 1 / 3, "cholesky_inverse": 2 / 3}


class Tally(TorchDispatchMode):
    """Counts what torch does inside: `flops` of matrix products and decompositions by precision,
    and the `moved` bytes that all other operations read and write.

    Only the thread that enters it is seen.
    """

    def __init__(self) -> None:
        super().__init__()
        self.flops: defaultdict[torch.dtype, float] = defaultdict(float)
        self.moved = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        flops = _flops(func, args, kwargs or {}, out)
        if flops:
            self.flops[next(_tensors(args)).dtype] += flops
        elif not func.is_view:
            touched = (*_tensors(args), *_tensors(out))
            self.moved += sum(one.numel() * one.element_size() for one in touched)
        return out

    def seconds(self, rates: Rates) -> float:
        """The time that this would take if nothing else did."""
        double = self.flops[torch.float64]
        single = sum(self.flops.values()) - double
        return single / rates.float32 + double / rates.float64 + self.moved / rates.copy

    def __str__(self) -> str:
        double, every = self.flops[torch.float64], sum(self.flops.values())
        arithmetic = f"{every / 1e9:,.3g} GF, {double / max(every, 1):.0%} of it in float64"
        return f"{arithmetic}; {self.moved / 1e9:,.3g} GB moved"


def tallied(work: Callable[[], object]) -> Tally:
    """Do the work once, slowly, and count.

    It is done by one thread: layers that are fitted side by side then follow one another, in
    the thread that is seen.
    """
    tally, threads = Tally(), torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with tally:
            work()
    finally:
        torch.set_num_threads(threads)
    return tally


def _flops(func: Any, args: Any, kwargs: Any, out: Any) -> float:
    packet = func._overloadpacket
    if packet in flop_registry:
        return float(flop_registry[packet](*args, **kwargs, out_val=out))
    name = packet.__name__
    if name in _CUBIC:
        *batch, n, _ = args[0].shape
        return _CUBIC[name] * n**3 * torch.Size(batch).numel()
    if name in ("linalg_solve_triangular", "_cholesky_solve_helper"):
        right, square = (args[1], args[0]) if name == "linalg_solve_triangular" else args[:2]
        once = 1 if name == "linalg_solve_triangular" else 2
        return float(once * right.numel() * square.shape[-1])
    return 0.0


def _tensors(tree: Any) -> Iterator[torch.Tensor]:
    return (leaf for leaf in tree_leaves(tree) if isinstance(leaf, torch.Tensor))
