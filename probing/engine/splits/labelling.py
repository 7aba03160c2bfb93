"""The labellings of a dataset: the true labels, and the shuffled ones of the control."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from probing.engine.splits.dealing import Whole
from probing.engine.splits.folding import (
    Targets,
    among,
    check_members,
    cut,
    inner_folds,
    make_folds,
)
from probing.engine.splits.permuting import permuted_rows, tied_share
from probing.engine.splits.seeds import seed_of
from probing.engine.splits.types import Fold, Labelling
from probing.spec import Spec


class Shared(Protocol):
    """The rows of all targets of an entry, and which of them a dataset has."""

    @property
    def name(self) -> str: ...
    @property
    def groups(self) -> Whole: ...
    @property
    def strata(self) -> Whole: ...
    @property
    def splits(self) -> tuple[str, ...] | None: ...
    @property
    def rows(self) -> Whole: ...
    @property
    def beside(self) -> NDArray[np.float64] | None: ...


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


def make_labellings(
    data: Labelled, spec: Spec, name: str, shared: Shared | None = None
) -> tuple[Labelling, ...]:
    """The task first, then `n_shuffles` permutations where `shuffled_labels` is asked for.

    Labels are permuted before the folds are cut, which are cut anew for each permutation. Those
    of the task are cut from the rows that it has `shared` with other targets, where it has such.
    """
    if shared is None:
        made = [_labelling(data, spec, name, "", 0, data.targets)]
    else:
        made = [_shared_labelling(data, spec, name, shared)]
    if "shuffled_labels" in spec.controls:
        flags = _flags(tied_share(data.targets, data.groups))
        for at in range(spec.n_shuffles):
            seed = seed_of(spec.seed, name, "shuffled_labels", at)
            rows = permuted_rows(data.targets, data.groups, seed)
            one = _labelling(data, spec, name, "shuffled_labels", at, data.targets[rows])
            made.append(replace(one, flags=flags, beside=_of_rows(shared, rows)))
    return tuple(made)


def _of_rows(shared: Shared | None, rows: Whole) -> NDArray[np.float64] | None:
    """The other numbers of the texts at `rows`: those of a text stay together."""
    return None if shared is None or shared.beside is None else shared.beside[rows]


def _flags(tied: float) -> tuple[str, ...]:
    if not tied:
        return ()
    share = f"{tied:.0%}" if tied >= 0.005 else "less than 1%"
    return (f"no permutation can move {share.replace('%', ' %')} of the labels",)


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
    inner = _inner(data, targets, folds, seed)
    return Labelling(control, permutation, targets, folds, inner, seed)


def _shared_labelling(data: Labelled, spec: Spec, name: str, shared: Shared) -> Labelling:
    """The task, in the folds that the datasets of several targets of an entry have in common."""
    seed = seed_of(spec.seed, name, "", 0, "folds")
    if spec.split != "given":
        check_members(data.targets, data.groups, data.task, spec.split, spec.n_folds, data.classes)
    folds = cut(
        shared.groups,
        shared.strata,
        split=spec.split,
        n_folds=spec.n_folds,
        val_size=spec.val_size,
        test_size=spec.test_size,
        seed=seed_of(spec.seed, shared.name, "", 0, "folds"),
        given=shared.splits,
    )
    own = tuple(among(fold, shared.rows) for fold in folds)
    inner = _inner(data, data.targets, own, seed)
    return Labelling("", 0, data.targets, own, inner, seed, beside=shared.beside)


def _inner(
    data: Labelled, targets: Targets, folds: tuple[Fold, ...], seed: int
) -> tuple[NDArray[np.int8], ...]:
    return tuple(
        inner_folds(fold.whole.train, targets, data.groups, data.task, seed_of(seed, "inner", at))
        for at, fold in enumerate(folds)
    )
