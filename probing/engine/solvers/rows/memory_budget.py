"""How much memory a block of problems may take, and blocks of that size."""

from __future__ import annotations

from collections.abc import Iterator

import torch

_CPU_BYTES = 256 * 2**20
_GPU_SHARE = 0.25


def budget_bytes(device: torch.device) -> int:
    """Bytes for the working arrays of one block: 256 MiB, or a quarter of what a GPU has free."""
    if device.type != "cuda":
        return _CPU_BYTES
    free, _ = torch.cuda.mem_get_info(device)
    # what torch holds without using it is free to us
    kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return int((free + kept) * _GPU_SHARE)


def blocks(n_items: int, bytes_each: int, device: torch.device) -> Iterator[slice]:
    """Slices over `n_items` that each fit the budget, of one item at least."""
    size = max(1, budget_bytes(device) // max(1, bytes_each))
    for begin in range(0, n_items, size):
        yield slice(begin, min(begin + size, n_items))
