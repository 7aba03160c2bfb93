"""Cut folds: k folds, overlapping random splits, or the dataset's own split."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from probing.engine.splits.dealing import Whole, deal, strata_of
from probing.engine.splits.seeds import seed_of
from probing.engine.splits.types import Fold, Rows
from probing.errors import CellError, SpecError
from probing.spec.values import N_INNER

Targets = NDArray[np.int64] | NDArray[np.float64]


def make_folds(
    targets: Targets,
    groups: Whole,
    task: str,
    *,
    split: str = "kfold",
    n_folds: int = 10,
    val_size: float = 0.1,
    test_size: float = 0.2,
    seed: int = 0,
    given: Sequence[str] | None = None,
    classes: Sequence[str] = (),
) -> tuple[Fold, ...]:
    """The folds of a dataset, whole groups on one side, stratified by class or decile.

    `split` is `kfold` (every row is tested once), `shuffle` (`n_folds` random splits that
    overlap) or `given` (one fold: the dataset's own).
    `val_size` is a share of all rows, taken from the training part. Raises `CellError` where a
    class has too few members, `SpecError` where the dataset has no split of its own.
    """
    if split != "given":
        check_members(targets, groups, task, split, n_folds, classes)
    strata = strata_of(targets, task)
    shares = {"val_size": val_size, "test_size": test_size}
    return cut(groups, strata, split=split, n_folds=n_folds, seed=seed, given=given, **shares)


def check_members(
    targets: Targets,
    groups: Whole,
    task: str,
    split: str,
    n_folds: int,
    classes: Sequence[str] = (),
) -> None:
    """Raise `CellError` where a class, or the whole, has too few groups for the folds."""
    groups = np.unique(groups, return_inverse=True)[1]
    n_groups = int(groups.max()) + 1
    if task != "regression":
        _check_members(targets, groups, n_folds if split == "kfold" else 2, classes)
    elif n_groups < n_folds and split == "kfold":
        raise CellError(
            f"{len(targets)} texts in {n_groups} groups are too few for {n_folds} folds",
            hint="lower n_folds",
        )


def cut(
    groups: Whole,
    strata: Whole,
    *,
    split: str,
    n_folds: int,
    val_size: float,
    test_size: float,
    seed: int,
    given: Sequence[str] | None,
) -> tuple[Fold, ...]:
    """The folds of `make_folds` for rows of these strata, of one target or of several."""
    if split == "given":
        return (_given_fold(given, groups, strata, val_size, seed),)
    groups = np.unique(groups, return_inverse=True)[1]
    if split == "shuffle":
        tests = [
            deal(groups, strata, (test_size, 1 - test_size), seed_of(seed, "test", at)) == 0
            for at in range(n_folds)
        ]
    else:
        part = deal(groups, strata, (1,) * n_folds, seed_of(seed, "test"))
        tests = [part == at for at in range(n_folds)]
    return tuple(
        _with_validation(test, groups, strata, val_size, seed_of(seed, "val", at))
        for at, test in enumerate(tests)
    )


def _check_members(targets: Targets, groups: Whole, n_folds: int, classes: Sequence[str]) -> None:
    """Raise `CellError` where a class stands in fewer groups than there are folds."""
    known, strata = np.unique(targets, return_inverse=True)
    members = _groups_of(strata, groups)
    at = int(members.argmin())
    if members[at] >= n_folds:
        return
    least, n_texts = int(known[at]), int((strata == at).sum())
    name = f"{least} ({classes[least]!r})" if least < len(classes) else str(least)
    is_grouped = n_texts != members[at]
    where = f" in {_counted(members[at], 'group')}" if is_grouped else ""
    rows = "rows of other groups" if is_grouped else "rows"
    raise CellError(
        f"class {name} has {_counted(n_texts, 'text')}{where}, fewer than {n_folds} folds",
        hint=f"lower n_folds, add {rows}, or remove the class",
    )


def _groups_of(strata: Whole, groups: Whole) -> Whole:
    """The number of groups in which each stratum stands, `[n_strata]`; both count from 0."""
    n_groups = int(groups.max()) + 1
    met = np.sort(strata * n_groups + groups)
    counts: Whole = np.bincount(met[np.diff(met, prepend=-1) > 0] // n_groups)
    return counts


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _with_validation(
    test: NDArray[np.bool_], groups: Whole, strata: Whole, val_size: float, seed: int
) -> Fold:
    """A fold whose validation part is `val_size` of all rows, taken from those not tested."""
    rest, tested = np.flatnonzero(~test), np.flatnonzero(test)
    _check_parts(rest, tested)
    share = val_size * len(test) / len(rest)
    if share >= 1:
        raise SpecError(
            f"val_size = {val_size} leaves nothing to train on",
            where="val_size",
            hint="lower val_size",
        )
    val = np.zeros(0, dtype=np.int64)
    if val_size:
        part = deal(groups[rest], strata[rest], (share, 1 - share), seed)
        val, rest = rest[part == 0], rest[part == 1]
        _check_parts(rest, tested)
    return Fold(rest, val, tested)


def _check_parts(train: Rows, test: Rows) -> None:
    if not len(train) or not len(test):
        empty = "test" if len(train) else "training"
        raise CellError(
            f"the {empty} part of a fold is empty: the groups are too large or too few",
            hint="lower n_folds or val_size",
        )


def among(fold: Fold, rows: Rows) -> Fold:
    """The part of a fold that lies in some of its rows, which are counted anew."""
    train, val, test = (
        np.flatnonzero(np.isin(rows, part)) for part in (fold.train, fold.val, fold.test)
    )
    _check_parts(np.concatenate([train, val]), test)
    return Fold(train, val, test)


def _given_fold(
    given: Sequence[str] | None, groups: Whole, strata: Whole, val_size: float, seed: int
) -> Fold:
    if given is None:
        raise SpecError(
            'split = "given", but the dataset has no split column',
            where="split",
            hint='name its column with split = "...", or use split = "kfold"',
        )
    parts = np.asarray(given)
    train, val, test = (np.flatnonzero(parts == name) for name in ("train", "val", "test"))
    if not len(train) or not len(test):
        missing = "test" if len(train) else "training"
        raise SpecError(f'split = "given", but the dataset has no {missing} rows', where="split")
    if len(val) or not val_size:
        return Fold(train, val, test)
    share = min(val_size * len(parts) / len(train), 0.5)
    part = deal(groups[train], strata[train], (share, 1 - share), seed_of(seed, "val"))
    _check_parts(train[part == 1], test)
    return Fold(train[part == 1], train[part == 0], test)


def inner_folds(
    train: Rows, targets: Targets, groups: Whole, task: str, seed: int
) -> NDArray[np.int8]:
    """An inner fold number for every row of `train`, stratified and grouped, `[n_train]`.

    Five inner folds, fewer where a class has fewer members, never less than two.
    """
    strata = strata_of(targets[train], task)
    own = np.unique(groups[train], return_inverse=True)[1]
    least = int(_groups_of(strata, own).min()) if task != "regression" else N_INNER
    n_inner = max(2, min(N_INNER, least, int(own.max()) + 1))
    return deal(own, strata, (1,) * n_inner, seed).astype(np.int8)
