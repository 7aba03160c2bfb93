"""Batches of texts of like length, under a budget of padded tokens."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from probing.errors import RunError

_BUDGETS = {"cpu": 2048, "cuda": 16384}


def default_budget(device: torch.device) -> int:
    """How many padded tokens a batch holds where nothing else is said."""
    return _BUDGETS.get(device.type, _BUDGETS["cpu"])


def grouped(rows: Sequence[int], lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Group `rows`, the longest first, so that a batch's padded tokens stay within `budget`.

    `lengths[row]` is in tokens. A text longer than the budget is a batch of its own.
    """
    batches: list[list[int]] = []
    for row in sorted(rows, key=lambda row: (-lengths[row], row)):
        # the first of a batch is its longest
        if batches and (len(batches[-1]) + 1) * lengths[batches[-1][0]] <= budget:
            batches[-1].append(row)
        else:
            batches.append([row])
    return batches


def cost(batch: Sequence[int], lengths: Sequence[int]) -> int:
    """The padded tokens of a batch."""
    return len(batch) * max(lengths[row] for row in batch)


def halved(batches: Sequence[list[int]], lengths: Sequence[int], model: str) -> list[list[int]]:
    """The batches left to run, split to half the padded tokens of the first, which did not fit.

    Raises `RunError` where that first batch is a single text.
    """
    if len(batches[0]) == 1:
        length = lengths[batches[0][0]]
        what = f"memory does not hold one text of {length} tokens"
        hint = "set a smaller max_length for the model, or take a device with more memory"
        raise RunError(what, where=model, hint=hint)
    budget = cost(batches[0], lengths) // 2
    return [
        part
        for batch in batches
        for part in (grouped(batch, lengths, budget) if cost(batch, lengths) > budget else [batch])
    ]


def check_cover(batches: Sequence[Sequence[int]], rows: Sequence[int]) -> None:
    """Raises `RunError` unless `batches` hold each of `rows` once and nothing else."""
    if sorted(row for batch in batches for row in batch) != sorted(rows) or not all(batches):
        what = "the recorded batches are not those of this dataset"
        raise RunError(what, hint="the dataset has changed; start a new run")
