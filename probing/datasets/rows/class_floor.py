"""Classes that `limit` leaves in fewer groups than `min_class` asks for."""

from __future__ import annotations

import numpy as np

from probing.datasets.dataset import TextDataset
from probing.errors import DatasetError
from probing.spec import DatasetSpec


def may_be_lost(dataset: TextDataset, spec: DatasetSpec) -> tuple[str, ...]:
    """The classes that `limit` may leave without a row, since `min_class` decides on them."""
    return tuple(name for name in dataset.classes if spec.min_class and name != spec.rest)


def classes_above(
    drawn: TextDataset, whole: TextDataset, spec: DatasetSpec
) -> tuple[str, ...] | None:
    """The classes that stay, beside `rest`, of rows that `limit` has drawn; None for all of them.

    Raises `DatasetError` where too few would be left.
    """
    if spec.min_class is None or drawn.task == "regression":
        return None
    own = {name: n for name, n in _n_groups(drawn).items() if name != spec.rest}
    if min(own.values(), default=spec.min_class) >= spec.min_class:
        return None
    gives_room = spec.rest is None and not isinstance(spec.target, tuple)
    kept = _with_room(whole, spec) if gives_room else ()
    kept = kept or tuple(name for name, n in own.items() if n >= spec.min_class)
    if len(kept) + (spec.rest is not None) < 2 or not kept:
        most = " and ".join(f"{n:,}" for n in sorted(own.values(), reverse=True)[:2])
        left = f"limit = {spec.limit} leaves {len(kept)} of {len(own)} classes"
        what = f"{left} in {spec.min_class:,} groups (min_class); the largest are in {most}"
        raise DatasetError(what, where=str(drawn.path), hint="raise limit, or lower min_class")
    return kept


def _n_groups(dataset: TextDataset) -> dict[str, int]:
    """In how many groups each class stands."""
    pairs = np.unique(np.stack([dataset.targets.astype(np.int64), dataset.groups]), axis=1)
    counts = np.bincount(pairs[0], minlength=dataset.n_classes).tolist()
    return dict(zip(dataset.classes, counts, strict=True))


def _with_room(whole: TextDataset, spec: DatasetSpec) -> tuple[str, ...]:
    """The classes that are large enough once the smaller ones leave them their rows.

    At least the smallest goes.
    """
    assert spec.limit is not None and spec.min_class is not None
    groups = _n_groups(whole)
    rows = np.bincount(whole.targets.astype(np.int64), minlength=whole.n_classes).tolist()
    n_rows, left = dict(zip(whole.classes, rows, strict=True)), len(whole)
    ascending = sorted(groups, key=lambda name: groups[name])
    for at, name in enumerate(ascending):
        if at and groups[name] * min(1.0, spec.limit / left) >= spec.min_class:
            return tuple(one for one in groups if one in ascending[at:])
        left -= n_rows[name]
    return ()


def told(dataset: TextDataset, kept: tuple[str, ...], spec: DatasetSpec) -> str:
    """Which classes `limit` left too small, and what becomes of them."""
    gone = [name for name in dataset.classes if name not in kept and name != spec.rest]
    shown = ", ".join(gone[:_SHOWN]) + (f" and {len(gone) - _SHOWN} more" * (len(gone) > _SHOWN))
    why = f"limit = {spec.limit} leaves them in fewer than {spec.min_class:,} groups (min_class)"
    return f"{shown}: {'gathered in ' + spec.rest if spec.rest else 'left out'}, since {why}"


_SHOWN = 5
