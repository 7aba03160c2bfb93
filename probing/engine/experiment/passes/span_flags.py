"""What a reader must know of marked spans: those without a token, and those that were cut."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from probing.datasets import TextDataset
from probing.engine.experiment.passes.record import PassRecord

MOST_TOLD = 0.01  # of the rows: from there on every cell tells it
_SHOWN = 60
_HINT = "leave such rows out with where, or name a model whose tokenizer knows them"


def told_of_spans(data: TextDataset, record: PassRecord) -> Iterator[str]:
    """Sentences on the rows whose spans the model does not read whole, each with its first row."""
    without, beyond = _parted(record)
    if without.any():
        what = "have a span without a token: the token before its place stands for it"
        yield f"{_counted(without)} {what} ({_first(data, without)}); {_HINT}"
    if beyond.any():
        what = f"have a span that is cut at {record.max_length} tokens"
        hint = "raise max_length, or give shorter texts"
        yield f"{_counted(beyond)} {what} ({_first(data, beyond)}); {hint}"


def span_flags(record: PassRecord) -> list[str]:
    """The same in short, where there are many such rows."""
    parts = zip(("spans without a token", "spans cut"), _parted(record), strict=True)
    return [
        f"{what}: {int(rows.sum()):,} of {len(rows):,}"
        for what, rows in parts
        if rows.sum() > MOST_TOLD * len(rows)
    ]


def _parted(record: PassRecord) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The rows without a token for another reason than that texts are cut, and those cut."""
    return record.lost & ~record.cut, record.cut


def _counted(rows: NDArray[np.bool_]) -> str:
    return f"{int(rows.sum()):,} of {len(rows):,} rows"


def _first(data: TextDataset, rows: NDArray[np.bool_]) -> str:
    row = int(np.flatnonzero(rows)[0])
    shown = data.marked[row]
    return f"row {row}: {shown if len(shown) <= _SHOWN else shown[:_SHOWN] + '…'!r}"
