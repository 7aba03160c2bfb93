"""The rows of several datasets as one: folds train on some of them and test the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from probing.datasets import TextDataset
from probing.engine.experiment.run_datasets import RunDataset
from probing.engine.experiment.scoring.own_rows import OwnRows
from probing.engine.experiment.transfers.tested_rows import TestedRows, left_out_ratio
from probing.engine.splits import Fold, Labelling, inner_folds, seed_of

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class JoinedDataset:
    """`sources` that are trained on, then `targets` that are tested, by name, as one dataset.

    `together` `[n_source_rows]` are the groups across the sources, where these are several.
    """

    trained_on: str
    sources: Sequence[RunDataset]
    targets: Mapping[str, RunDataset]
    tested: Mapping[str, TestedRows]
    together: Ints | None

    @property
    def parts(self) -> list[RunDataset]:
        """All datasets in the order of their rows."""
        return [*self.sources, *self.targets.values()]

    @property
    def data(self) -> TextDataset:
        """The rows of all datasets; no group spans two of them."""
        every = [one.data for one in self.parts]
        firsts = np.cumsum([0, *(int(one.groups.max()) + 1 for one in every)])
        groups = [one.groups + first for one, first in zip(every, firsts[:-1], strict=True)]
        return replace(
            every[0],
            name=self.trained_on,
            texts=tuple(text for one in every for text in one.texts),
            targets=np.concatenate([one.targets for one in every]),
            groups=np.concatenate(groups),
            splits=None,
            bare=(),
            partners=_partners(every),
            halves=_joined([one.halves for one in every]),
            spans=_joined([one.spans for one in every]),
            shared=None,
            chats=None,
        )

    def rows(self) -> dict[str, OwnRows]:
        """Of each dataset that is tested, its own rows."""
        ratio = left_out_ratio(self.sources[0].labellings[0])
        n_before = sum(len(one.data) for one in self.sources)
        found = {}
        for name, one in self.targets.items():
            left_out = None if self.tested[name].by_fold else ratio
            found[name] = OwnRows(n_before, one.data.groups, left_out)
            n_before += len(one.data)
        return found

    def labellings(self, seed: int) -> tuple[Labelling, ...]:
        """The task and its permutations, of which those that are tested have none."""
        every = zip(*(one.labellings for one in self.sources), strict=True)
        return tuple(self._labelling(seed, own) for own in every)

    def _labelling(self, seed: int, own: Sequence[Labelling]) -> Labelling:
        first = own[0]
        tests = [one.data.targets for one in self.targets.values()]
        made = replace(
            first,
            targets=np.concatenate([*(one.targets for one in own), *tests]),
            folds=tuple(
                self._fold(folds) for folds in zip(*(one.folds for one in own), strict=True)
            ),
            flags=tuple(dict.fromkeys(flag for one in own for flag in one.flags)),
            beside=_beside(own, sum(map(len, tests))),
        )
        if self.together is None:
            return made
        together, task = self.together, self.sources[0].data.task
        own_seed = seed_of(seed, self.trained_on, first.key)
        inner = tuple(
            inner_folds(fold.whole.train, made.targets, together, task, seed_of(own_seed, at))
            for at, fold in enumerate(made.folds)
        )
        return replace(made, inner=inner, seed=own_seed)

    def _fold(self, folds: Sequence[Fold]) -> Fold:
        """A fold of each source as one."""
        starts = np.cumsum([0, *(len(one.data) for one in self.sources)])
        both = list(zip(starts.tolist(), folds, strict=False))
        train = np.concatenate([start + fold.train for start, fold in both])
        val = np.concatenate([start + fold.val for start, fold in both])
        if self.together is not None:  # what stops early may not know its validation part
            val = val[~np.isin(self.together[val], self.together[train])]
        tests = []
        for name, own in self.rows().items():
            rows = np.flatnonzero(self.tested[name].tested(folds))
            tests.append(own.start + rows)
        return Fold(train, val, np.concatenate(tests))


def _beside(own: Sequence[Labelling], n_tested: int) -> NDArray[np.float64] | None:
    """The other numbers of the one dataset that is trained on; those of several differ."""
    known = own[0].beside
    if len(own) > 1 or known is None:
        return None
    return np.concatenate([known, np.full((n_tested, known.shape[1]), np.nan)])


def _partners(every: Sequence[TextDataset]) -> Ints:
    """The other text of each text's pair among all rows, -1 for one in no pair."""
    found, start = [], 0
    for one in every:
        own = one.partners if len(one.partners) else np.full(len(one), -1)
        found.append(np.where(own < 0, -1, own + start))
        start += len(one)
    return np.concatenate(found)


def _joined(parts: Sequence[Ints | None]) -> Ints | None:
    """What is known of the rows of every dataset; None where one does not have it."""
    known = [one for one in parts if one is not None]
    alike = len({one.shape[1:] for one in known}) == 1
    return np.concatenate(known) if alike and len(known) == len(parts) else None
