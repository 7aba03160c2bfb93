"""The rows of a dataset as its place shows them: labels, groups, parts and texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from probing.query import fits

if TYPE_CHECKING:
    from probing.datasets import TextDataset
    from probing.spec import DatasetSpec

N_BINS = 12
MOST_ROWS = 20_000


@dataclass(frozen=True)
class Bin:
    """How many texts have `low` to `high` characters."""

    low: int
    high: int
    count: int


@dataclass(frozen=True)
class TextRow:
    """A row as the file has it; `text` marks in brackets what the row is about."""

    at: int
    label: str
    group: str
    part: str
    text: str

    @property
    def searched(self) -> dict[str, object]:
        """The columns that a filter knows."""
        return {
            "row": self.at,
            "label": self.label,
            "group": self.group,
            "split": self.part,
            "length": len(self.text),
            "text": self.text,
        }


@dataclass(frozen=True)
class Contents:
    """The first rows of a dataset, how long all its texts are, and the dataset itself."""

    data: TextDataset
    rows: tuple[TextRow, ...]
    lengths: tuple[Bin, ...]
    has_groups: bool
    has_parts: bool

    def matching(self, query: str) -> tuple[TextRow, ...]:
        """The rows that pass a filter; raises `SpecError` if it is not valid."""
        return tuple(row for row in self.rows if fits(row.searched, query)) if query else self.rows


def read(entry: DatasetSpec, path: str) -> Contents:
    """Read a file as a run would; raises `DatasetError` if it cannot be used."""
    from probing import datasets

    data = datasets.load(entry, Path(path))
    names = data.group_names or tuple(map(str, data.groups.tolist()))
    groups = names if data.has_groups or data.group_names else ("",) * len(data)
    parts = data.splits or ("",) * len(data)
    rows = tuple(
        TextRow(at, data.labels[at], groups[at], parts[at], data.shown(at))
        for at in range(min(len(data), MOST_ROWS))
    )
    lengths = bins_of([len(text) for text in data.texts])
    return Contents(data, rows, lengths, any(groups), any(parts))


def bins_of(lengths: Sequence[int], n_bins: int = N_BINS) -> tuple[Bin, ...]:
    """Counts of lengths in ranges of a round width, the longest hundredth in the last."""
    ordered = sorted(lengths)
    usual = ordered[(len(ordered) - 1) * 99 // 100]
    width = _round_width(max(usual, 1) / n_bins)
    counts = [0] * (min(usual // width, n_bins - 1) + 1)
    for length in ordered:
        counts[min(length // width, len(counts) - 1)] += 1
    highs = [width * (at + 1) - 1 for at in range(len(counts))]
    highs[-1] = max(highs[-1], ordered[-1])
    bins = zip(range(0, width * len(counts), width), highs, counts, strict=True)
    found = [Bin(*one) for one in bins]
    first = next(at for at, one in enumerate(found) if one.count)
    return tuple(found[first:])


def _round_width(least: float) -> int:
    """The least of 1, 2, 5, 10, 20, … that is not under `least`."""
    scale = 1
    while True:
        for step in (1, 2, 5):
            if step * scale >= least:
                return step * scale
        scale *= 10
