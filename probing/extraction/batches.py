"""Batches of texts of like length, under a budget of tokens."""

from __future__ import annotations

from collections.abc import Sequence

from probing.errors import RunError
from probing.extraction.layout import Kind


def grouped(
    rows: Sequence[int], lengths: Sequence[int], budget: int, kind: Kind = "padded"
) -> list[list[int]]:
    """Group `rows`, the longest first, so that a batch's tokens stay within `budget`.

    `lengths[row]` is in tokens; padding counts where there is any. A text longer than the
    budget is a batch of its own.
    """
    batches: list[list[int]] = []
    taken = longest = 0
    for row in sorted(rows, key=lambda row: (-lengths[row], row)):
        length = lengths[row]
        each = length if kind == "packed" else longest
        if not batches or taken + each > budget or (kind == "even" and length != longest):
            batches.append([])
            taken, longest, each = 0, length, length
        batches[-1].append(row)
        taken += each
    return batches


def cost(batch: Sequence[int], lengths: Sequence[int], kind: Kind = "padded") -> int:
    """The tokens of a batch, with its padding unless it is packed."""
    each = [lengths[row] for row in batch]
    return sum(each) if kind == "packed" else len(batch) * max(each)


def halved(
    batches: Sequence[list[int]], lengths: Sequence[int], model: str, kind: Kind = "padded"
) -> list[list[int]]:
    """The batches left to run, split to half the tokens of the first, which did not fit.

    Raises `RunError` where that first batch is a single text.
    """
    if len(batches[0]) == 1:
        length = lengths[batches[0][0]]
        what = f"memory does not hold one text of {length} tokens"
        hint = "set a smaller max_length for the model, or take a device with more memory"
        raise RunError(what, where=model, hint=hint)
    budget = cost(batches[0], lengths, kind) // 2
    split: list[list[int]] = []
    for batch in batches:
        fits = cost(batch, lengths, kind) <= budget
        split += [batch] if fits else grouped(batch, lengths, budget, kind)
    return split


def evened(batches: Sequence[list[int]], lengths: Sequence[int]) -> list[list[int]]:
    """The batches, each split into texts of one length."""
    return [
        part for batch in batches for part in grouped(batch, lengths, cost(batch, lengths), "even")
    ]


def check_cover(batches: Sequence[Sequence[int]], rows: Sequence[int]) -> None:
    """Raises `RunError` unless `batches` hold each of `rows` once and nothing else."""
    if sorted(row for batch in batches for row in batch) != sorted(rows) or not all(batches):
        what = "the recorded batches are not those of this dataset"
        raise RunError(what, hint="the dataset has changed; start a new run")
