"""Choose which groups exchange labels when they are shuffled: those of similar size."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from probing.engine.splits.dealing import Whole
from probing.engine.splits.label_vectors import LabelVectors

LEAST_GROUPS = 10
MOST_KEPT = 0.05

Numbers = NDArray[np.float64]


def exchange_strata(vectors: LabelVectors) -> list[Whole]:
    """The groups that exchange vectors with one another, a list for each such set.

    They are of one size, or of neighbouring ones where a size has few groups, or groups with too
    much of one label. Groups with equally many of each class exchange with their own size alone.
    """
    by_size = np.argsort(vectors.sizes, kind="stable")
    cuts = np.flatnonzero(np.diff(vectors.sizes[by_size])) + 1
    overall = np.bincount(vectors.codes) / len(vectors.codes)
    closed: list[Whole] = []
    waiting = _Waiting()
    for members in np.split(by_size, cuts):
        if LabelShares.of(vectors, members).is_mixed(overall):
            closed.append(members)
            continue
        even, uneven = _parted(vectors, members)
        closed += [even] if len(even) else []
        waiting.add(vectors, uneven)
        if waiting.labels is not None and waiting.labels.is_mixed(overall):
            closed.append(waiting.taken())
    return _with_rest(vectors, closed, waiting.taken()) if waiting.parts else closed


@dataclass(frozen=True)
class LabelShares:
    """Labels of some groups: rows of each code, and the sum of the groups' shares of each."""

    own: Numbers
    drawn: Numbers
    n_groups: int

    @classmethod
    def of(cls, vectors: LabelVectors, members: Whole) -> LabelShares:
        size, n_codes = vectors.sizes[members], int(vectors.codes.max()) + 1
        rows = np.repeat(vectors.starts[members] - (np.cumsum(size) - size), size)
        codes = vectors.codes[vectors.order[rows + np.arange(size.sum())]]
        own = np.bincount(codes, minlength=n_codes).astype(np.float64)
        drawn = np.bincount(codes, weights=1 / np.repeat(size, size), minlength=n_codes).astype(
            np.float64
        )
        return cls(own, drawn, len(members))

    def __add__(self, other: LabelShares) -> LabelShares:
        more = self.n_groups + other.n_groups
        return LabelShares(self.own + other.own, self.drawn + other.drawn, more)

    def is_mixed(self, overall: Numbers) -> bool:
        """Whether exchange inside these groups leaves few labels as they are."""
        own = self.own / self.own.sum()
        by_chance = float(own @ overall)
        kept = float(own @ self.drawn) / self.n_groups - by_chance
        return self.n_groups >= LEAST_GROUPS and kept <= MOST_KEPT * (1 - by_chance)


def _parted(vectors: LabelVectors, members: Whole) -> tuple[Whole, Whole]:
    is_even = vectors.is_even[members]
    return members[is_even], members[~is_even]


@dataclass
class _Waiting:
    """Groups whose labels do not mix with those of their own size alone."""

    parts: list[Whole] = field(default_factory=list)
    labels: LabelShares | None = None

    def add(self, vectors: LabelVectors, members: Whole) -> None:
        """Let these groups wait too."""
        if len(members):
            more = LabelShares.of(vectors, members)
            self.labels = more if self.labels is None else self.labels + more
            self.parts.append(members)

    def taken(self) -> Whole:
        """All that wait; none waits then."""
        members = np.concatenate(self.parts)
        self.parts, self.labels = [], None
        return members


def _with_rest(vectors: LabelVectors, closed: list[Whole], rest: Whole) -> list[Whole]:
    """The groups that are left join the last that may exchange with another size."""
    for at in reversed(range(len(closed))):
        even, uneven = _parted(vectors, closed[at])
        if len(uneven):
            joined = [np.concatenate([uneven, rest])]
            return closed[:at] + closed[at + 1 :] + ([even] if len(even) else []) + joined
    return [*closed, rest]
