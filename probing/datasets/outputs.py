"""Several targets of one entry: a dataset for each, with the texts and the folds of all."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from probing.datasets.assembling import assembled
from probing.datasets.dataset import Shared, TextDataset
from probing.datasets.formats.table import Table
from probing.datasets.rows.class_floor import classes_above, may_be_lost, told
from probing.datasets.rows.lacking import is_lacking
from probing.datasets.rows.limiting import picked
from probing.datasets.rows.near_groups import links_of, with_near
from probing.datasets.rows.sampling import combined, quantile_bins, sample_rows
from probing.datasets.stamps import stamp
from probing.errors import DatasetError, nearest
from probing.spec import DatasetPart

ROW = "\0row"  # a column that no file has: where a row stands in the table

Ints = NDArray[np.int64]


_last: list[tuple[object, Outputs]] = []


@dataclass(frozen=True, eq=False)
class Outputs:
    """All rows that have a text, the target of each its place in the table; and a dataset for
    each target, of the rows that have it."""

    whole: TextDataset
    each: Mapping[str, TextDataset]

    def dataset(self, part: DatasetPart, with_others: bool) -> TextDataset:
        """That of the output of a part, with the rows, groups and strata that all share."""
        return _shared(part, self.whole, self.each, with_others)


def outputs_of(
    part: DatasetPart, path: Path, seed: int, n_folds: int, prepared: Callable[[], Table]
) -> Outputs:
    """The datasets of all targets of an entry, of the `prepared` rows at `path`.

    Rows that lack a target are left out of its dataset alone; rows are drawn for `limit`, and
    near-duplicates joined, for all together. The last are remembered, as one target is read after
    the other. Raises `DatasetError` as a dataset of one target does.
    """
    key = dataclasses.replace(part, output=None), path, stamp(path), seed, n_folds
    if not _last or _last[0][0] != key:
        _last[:] = [(key, _made(part, prepared(), path, seed, n_folds))]
    return _last[0][1]


def _made(part: DatasetPart, table: Table, path: Path, seed: int, n_folds: int) -> Outputs:
    assert isinstance(part.target, tuple)
    numbered = dataclasses.replace(table, columns={**table.columns, ROW: range(len(table))})
    whole = _whole(part, numbered, path)
    each = {name: _one(part, name, numbered, path) for name in part.target}
    if part.limit is not None and len(whole) > part.limit:
        whole, each = _limited_above(part, numbered, path, whole, each, seed, n_folds)
    if part.near_duplicates != "ignore":
        whole = _near_joined(part, whole, each)
    return Outputs(whole, each)


def _whole(part: DatasetPart, table: Table, path: Path) -> TextDataset:
    """All rows that have a text; the target of each is its place in the table."""
    keys = {"target": ROW, "task": "regression", "min_class": None}
    return assembled(dataclasses.replace(part, **keys), table, path)  # type: ignore[arg-type]


def _limited_above(
    part: DatasetPart,
    table: Table,
    path: Path,
    whole: TextDataset,
    each: Mapping[str, TextDataset],
    seed: int,
    n_folds: int,
) -> tuple[TextDataset, dict[str, TextDataset]]:
    """Rows drawn until every class that is left stands in `min_class` groups of its target."""
    notes: dict[str, list[str]] = {name: [] for name in each}
    while True:
        drawn, fewer = _limited(part, whole, each, seed, n_folds)
        again = {
            name: kept
            for name, one in fewer.items()
            if (kept := classes_above(one, each[name], part)) is not None
        }
        if not again:
            break
        for name, kept in again.items():
            notes[name].append(told(fewer[name], kept, part))
            each = {**each, name: _one(part, name, table, path, kept)}
    return drawn, {
        name: dataclasses.replace(one, notes=(*one.notes, *notes[name]))
        for name, one in fewer.items()
    }


def _one(
    part: DatasetPart,
    name: str,
    table: Table,
    path: Path,
    classes: tuple[str, ...] | None = None,
) -> TextDataset:
    if name not in table.columns:
        known = [one for one in table.columns if one != ROW]
        what = f"no column {name!r} to use as the target"
        raise DatasetError(what, where=table.source, hint=nearest(name, known))
    rows = [at for at, value in enumerate(table.columns[name]) if not is_lacking(value)]
    if len(rows) < 2:
        what = f"only {len(rows)} of {len(table)} rows have a {name}"
        raise DatasetError(what, where=table.source, hint="a dataset needs at least two")
    own = dataclasses.replace(part, target=name, classes=classes or part.classes)
    found = assembled(own, table.rows(rows), path, True)
    n_without = len(table) - len(rows)
    dropped = ((f"no {name}", n_without),) if n_without else ()
    return dataclasses.replace(found, dropped=(*dropped, *found.dropped))


def _rows(whole: TextDataset, one: TextDataset) -> Ints:
    """Where the rows of one target stand among all."""
    places = np.asarray(one.others[ROW], np.int64)
    return np.searchsorted(whole.targets.astype(np.int64), places)


def _strata(whole: TextDataset, each: Mapping[str, TextDataset]) -> Ints:
    """The class, or the decile, of every row for every target, `[n_rows, n_targets]`; -1: none."""
    strata = np.full((len(whole), len(each)), -1, np.int64)
    for at, one in enumerate(each.values()):
        is_number = one.task == "regression"
        targets = one.targets.astype(np.float64)
        own = quantile_bins(targets) if is_number else one.targets.astype(np.int64)
        strata[_rows(whole, one), at] = own
    return strata


def _limited(
    part: DatasetPart,
    whole: TextDataset,
    each: Mapping[str, TextDataset],
    seed: int,
    n_folds: int,
) -> tuple[TextDataset, dict[str, TextDataset]]:
    """Rows for all targets together: combinations of classes in their shares."""
    assert part.limit is not None
    codes = np.zeros(len(whole), np.int64)
    for column in _strata(whole, each).T:
        codes = combined(codes, column)
    strata = codes
    if whole.splits is not None:
        strata = combined(codes, np.unique(whole.splits, return_inverse=True)[1].astype(np.int64))
    kept = sample_rows(strata, codes, whole.groups, part.limit, seed, n_folds)
    chosen = whole.targets[kept].astype(np.int64)
    fewer = {
        name: picked(one, np.flatnonzero(np.isin(one.others[ROW], chosen)))
        for name, one in each.items()
    }
    for name, one in fewer.items():
        n_kept = one.n_classes - len(may_be_lost(one, part))
        if len(np.unique(one.targets)) < max(2, n_kept):
            what = f"limit = {part.limit} leaves too few classes of {name}"
            raise DatasetError(what, where=str(whole.path), hint="raise limit")
    return picked(whole, kept), fewer


def _near_joined(
    part: DatasetPart, whole: TextDataset, each: Mapping[str, TextDataset]
) -> TextDataset:
    """Near-duplicates share a group where that leaves groups enough of every target."""
    found = links_of(whole)
    if whole.has_given_groups:
        return dataclasses.replace(whole, near=found.near)
    links, groups = found.every, whole.groups
    if part.near_duplicates == "join" and len(links):
        joined = with_near(groups, links, None)
        if all(_leaves_enough(whole, one, links) for one in each.values()):
            groups = joined
    return dataclasses.replace(whole, groups=groups, near=links)


def _leaves_enough(whole: TextDataset, one: TextDataset, links: Ints) -> bool:
    rows = _rows(whole, one)
    own, groups = _among(links, rows), _renumbered(whole.groups[rows])
    classes = None if one.task == "regression" else one.targets.astype(np.int64)
    return not len(own) or not np.array_equal(with_near(groups, own, classes), groups)


def _shared(
    part: DatasetPart, whole: TextDataset, each: Mapping[str, TextDataset], with_others: bool
) -> TextDataset:
    assert part.output is not None
    one = each[part.output]
    rows = _rows(whole, one)
    others = {name: values for name, values in one.others.items() if _is_other(name, each)}
    return dataclasses.replace(
        one,
        groups=_renumbered(whole.groups[rows]),
        near=_among(whole.near, rows),
        others=others if with_others else {},
        shared=Shared(
            whole.name + (f"[{part.value}]" if part.value is not None else ""),
            whole.texts,
            whole.spans,
            whole.chats,
            whole.groups,
            whole.splits,
            _strata(whole, each),
            rows,
            _beside(whole, each, part.output),
        ),
    )


def _beside(
    whole: TextDataset, each: Mapping[str, TextDataset], name: str
) -> NDArray[np.float64] | None:
    """The other numbers of the rows of one numeric target, NaN where one has none."""
    numbers = {key: one for key, one in each.items() if one.task == "regression"}
    if name not in numbers or len(numbers) < 2:
        return None
    found = np.full((len(whole), len(numbers) - 1), np.nan)
    others = (one for key, one in numbers.items() if key != name)
    for at, one in enumerate(others):
        found[_rows(whole, one), at] = one.targets
    return found[_rows(whole, each[name])]


def _is_other(name: str, targets: Mapping[str, object]) -> bool:
    return name != ROW and name not in targets


def _among(links: Ints, rows: Ints) -> Ints:
    """The links between rows that are kept, counted anew."""
    new = np.full(int(max(links.max(initial=-1), rows.max(initial=-1))) + 1, -1, np.int64)
    new[rows] = np.arange(len(rows))
    found = new[links]
    return found[(found >= 0).all(axis=1)]


def _renumbered(groups: Ints) -> Ints:
    """Group numbers counted by appearance."""
    _, firsts, numbers = np.unique(groups, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(firsts)).astype(np.int64)[numbers]
