"""Batch texts of similar length under a budget of tokens."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from probing.engine.extraction.text_layout import Kind
from probing.errors import CellError, RunError


def grouped(
    rows: Sequence[int], lengths: Sequence[int], budget: int, kind: Kind = "padded"
) -> list[list[int]]:
    """Group `rows`, the longest first, so that a batch's tokens stay within `budget`.

    `lengths[row]` is in tokens; padding counts where there is any. A text longer than the
    budget is a batch of its own, and so is every text of the kind `single`.
    """
    batches: list[list[int]] = []
    taken = longest = 0
    for row in sorted(rows, key=lambda row: (-lengths[row], row)):
        length = lengths[row]
        each = length if kind == "packed" else longest
        is_apart = kind == "single" or (kind == "even" and length != longest)
        if not batches or taken + each > budget or is_apart:
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

    Raises `CellError` where that first batch is a single text.
    """
    if len(batches[0]) == 1:
        length = lengths[batches[0][0]]
        what = f"not enough memory for a single text of {length} tokens"
        hint = "set a smaller max_length for the model, or use a device with more memory"
        raise CellError(what, where=model, hint=hint)
    budget = cost(batches[0], lengths, kind) // 2
    split: list[list[int]] = []
    for batch in batches:
        fits = cost(batch, lengths, kind) <= budget
        split += [batch] if fits else grouped(batch, lengths, budget, kind)
    return split


def laid_out(batches: Sequence[list[int]], lengths: Sequence[int], kind: Kind) -> list[list[int]]:
    """The batches, split where texts are laid out by length, or one at a time."""
    if kind not in ("even", "single"):
        return [*batches]
    return [
        part for batch in batches for part in grouped(batch, lengths, cost(batch, lengths), kind)
    ]


def in_windows(
    batches: Sequence[Sequence[int]] | None,
    rows: NDArray[np.int64],
    places: NDArray[np.int64],
    size: int,
) -> tuple[int, dict[int, list[list[int]]]]:
    """Recorded batches of texts by the start of their window, as places in it; and its size.

    `rows` are the texts that are run, and `places` `[n_texts]` where each stands among them. A
    window may have none yet. Batches that do not keep to windows of `size` make one of all.
    Raises `RunError` unless the batches of a window hold each of its texts once and no other.
    """
    if not batches:
        return size, {}
    if not all(batches) or max(map(max, batches)) >= len(places):
        raise _other_dataset()
    if any(places[batch].max() // size != places[batch].min() // size for batch in batches):
        size = len(rows)
    found: dict[int, list[list[int]]] = {}
    for batch in batches:
        start = int(places[batch[0]]) // size * size
        found.setdefault(start, []).append((places[batch] - start).tolist())
    for start, own in found.items():
        there = [row for batch in own for row in batch]
        if sorted(there) != [*range(min(size, len(rows) - start))]:
            raise _other_dataset()
    if {row for batch in batches for row in batch} - set(rows.tolist()):
        raise _other_dataset()
    return size, found


def _other_dataset() -> RunError:
    what = "the recorded batches do not match this dataset"
    return RunError(what, hint="the dataset has changed; start a new run")
