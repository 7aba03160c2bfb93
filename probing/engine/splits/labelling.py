"""The labellings of a dataset: the task itself, and permutations that must come out low."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from probing.engine.splits.dealing import Whole
from probing.engine.splits.folding import Targets, inner_folds, make_folds
from probing.engine.splits.seeds import seed_of
from probing.engine.splits.types import Labelling
from probing.spec import Spec


class Labelled(Protocol):
    """What a dataset must tell to be split."""

    @property
    def task(self) -> str: ...
    @property
    def targets(self) -> Targets: ...
    @property
    def groups(self) -> Whole: ...
    @property
    def splits(self) -> tuple[str, ...] | None: ...
    @property
    def classes(self) -> tuple[str, ...]: ...


def make_labellings(data: Labelled, spec: Spec, name: str) -> tuple[Labelling, ...]:
    """The task first, then `n_shuffles` permutations where `shuffled_labels` is asked for.

    Labels are permuted before the folds are cut, which are cut anew for each permutation.
    """
    made = [_labelling(data, spec, name, "", 0, data.targets)]
    if "shuffled_labels" in spec.controls:
        for at in range(spec.n_shuffles):
            seed = seed_of(spec.seed, name, "shuffled_labels", at)
            targets = permuted(data.targets, data.groups, seed)
            made.append(_labelling(data, spec, name, "shuffled_labels", at, targets))
    return tuple(made)


def _labelling(
    data: Labelled, spec: Spec, name: str, control: str, permutation: int, targets: Targets
) -> Labelling:
    seed = seed_of(spec.seed, name, control, permutation, "folds")
    folds = make_folds(
        targets,
        data.groups,
        data.task,
        split=spec.split,
        n_folds=spec.n_folds,
        val_size=spec.val_size,
        test_size=spec.test_size,
        seed=seed,
        given=data.splits,
        classes=data.classes,
    )
    inner = tuple(
        inner_folds(fold.train, targets, data.groups, data.task, seed_of(seed, "inner", at))
        for at, fold in enumerate(folds)
    )
    return Labelling(control, permutation, targets, folds, inner, seed)


def permuted(targets: Targets, groups: Whole, seed: int) -> Targets:
    """`targets` permuted so that only their tie to the texts is lost, `[n_rows]`.

    Groups of one label keep one: their labels are permuted among them. In a group of several
    labels these are permuted inside the group, so that a pair stays a pair.
    """
    rng = np.random.default_rng(seed)
    ids = np.unique(groups, return_inverse=True)[1]
    order = np.argsort(ids, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(ids[order]) > 0])
    firsts = targets[order][starts]
    is_pure = np.logical_and.reduceat((targets == firsts[ids])[order], starts)
    labels = firsts.copy()
    labels[is_pure] = rng.permutation(firsts[is_pure])
    return np.where(is_pure[ids], labels[ids], _inside(targets, ids, rng))


def _inside(targets: Targets, ids: Whole, rng: np.random.Generator) -> Targets:
    """Each group's targets in a random order."""
    rows = np.lexsort((np.arange(len(ids)), ids))
    shuffled = np.lexsort((rng.random(len(ids)), ids))
    inside: NDArray[np.generic] = np.empty_like(targets)
    inside[rows] = targets[shuffled]
    return inside  # type: ignore[return-value]
