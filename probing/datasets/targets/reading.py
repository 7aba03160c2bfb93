"""Read the target column: infer the task and the classes, give one number per text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from probing.datasets.formats.table import Table
from probing.datasets.targets.positive_class import with_positive_last
from probing.datasets.targets.value_kinds import has_number_marks, numbers_of, values_of
from probing.errors import DatasetError
from probing.spec import DatasetSpec

Task = Literal["binary", "multiclass", "regression"]

MOST_WHOLE_CLASSES = 20
_OTHER_COLUMN = 'name another column with target = "..."'
_PLAINLY = "to predict numbers, write them plainly: 1000 for 1,000, and 10 for 10%"


@dataclass(frozen=True)
class Column:
    """The target column: `said` is a task or `classes`, `kind` what its `values` are."""

    said: str
    kind: str
    values: Sequence[Any]
    labels: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        """The name of every row's class."""
        return [class_name(value) for value in self.values]

    def chosen(self, names: Sequence[str | None]) -> Column:
        """The rows that have a class among `names`, as that class."""
        rows = [at for at, name in enumerate(names) if name is not None]
        renamed = any(names[at] != class_name(self.values[at]) for at in rows)
        values = [names[at] if renamed else self.values[at] for at in rows]
        return Column(self.said, self.kind, values, tuple(self.labels[at] for at in rows))


@dataclass(frozen=True)
class Targets:
    """The task, `values` `[n_texts]` (class indices or numbers), class names, labels as given."""

    task: Task
    values: NDArray[np.int64] | NDArray[np.float64]
    classes: tuple[str, ...]
    labels: tuple[str, ...]


def read_targets(table: Table, column: str, spec: DatasetSpec) -> Column:
    """The target column, as the spec's `task` says or inferred from the values.

    Strings, booleans and whole numbers of up to 20 values are classes; floats and other whole
    numbers are regression. Raises `DatasetError` where the values cannot be targets.
    """
    picks = spec.classes is not None or spec.min_class is not None
    said = spec.task or _said(table.task) or ("classes" if picks else None)
    as_names = said in ("binary", "multiclass", "classes")
    kind, values = values_of(table, column, as_names=as_names)
    known: dict[str, str] = {}  # one string for all rows of a class
    given = map(_given, table.columns[column])
    labels = tuple(known.setdefault(label, label) for label in given)
    if said is None:
        few = kind == "whole" and len(set(values)) <= MOST_WHOLE_CLASSES
        said = "classes" if few or kind in ("truth", "text") else "regression"
    if said == "regression" and picks:
        what = "classes, min_class and rest are for classes, but the task is regression"
        raise DatasetError(what, where=table.source, hint="remove them or change task")
    return Column(said, kind, values, labels)


def make_targets(table: Table, column: Column, spec: DatasetSpec) -> Targets:
    """The targets of all rows. Raises `DatasetError` where they do not allow the task."""
    if column.said == "regression":
        values = _numbers(table, column.kind, column.values, spec)
        return Targets("regression", values, (), column.labels)
    return _classified(table, column, spec)


def _said(task: str | None) -> str | None:
    known = {"classification": "classes", "regression": "regression"}
    named = {"binary": "binary", "multiclass": "multiclass"}
    return {**known, **named}.get((task or "").strip().lower())


def _numbers(
    table: Table, kind: str, values: Sequence[Any], spec: DatasetSpec
) -> NDArray[np.float64]:
    if spec.positive is not None:
        what = "positive names a class, but the task is regression"
        raise DatasetError(what, where=table.source, hint="remove positive or change task")
    numbers = numbers_of(values) if kind == "text" else values
    if numbers is None:
        at = next(at for at, value in enumerate(values) if numbers_of([value]) is None)
        what = f"the task is regression, but the target {values[at]!r} is not a number"
        raise table.error(at, what, "correct the row or change task")
    if len(set(numbers)) == 1:
        what = f"every target is {values[0]}, so there is nothing to predict"
        raise DatasetError(what, where=table.source, hint=_OTHER_COLUMN)
    return np.asarray(numbers, dtype=np.float64)


def _classified(table: Table, column: Column, spec: DatasetSpec) -> Targets:
    values = column.values
    order = sorted(set(values), key=_sensibly)
    names = [class_name(value) for value in order]
    task = _counted(table, column.said, names, len(values))
    if task == "binary":
        if with_positive_last(names, spec.positive, table.source):
            order = order[::-1]
    elif spec.positive is not None:
        what = f"positive needs two classes, but there are {len(order)}"
        raise DatasetError(what, where=table.source, hint="remove positive")
    index = {value: at for at, value in enumerate(order)}
    codes = np.asarray([index[value] for value in values], dtype=np.int64)
    return Targets(task, codes, tuple(class_name(value) for value in order), column.labels)


def _counted(table: Table, said: str, names: Sequence[str], n_rows: int) -> Task:
    n = len(names)
    if n == 1:
        hint = "a probe needs at least two; was the file sorted and then cut?"
        raise DatasetError(f"only one class: {names[0]!r}", where=table.source, hint=hint)
    if said == "binary" and n > 2:
        what = f"the task is binary, but there are {n} classes: {_some(names)}"
        raise DatasetError(what, where=table.source, hint='set task = "multiclass"')
    if said == "multiclass" and n == 2:
        what = f"the task is multiclass, but there are two classes: {_some(names)}"
        raise DatasetError(what, where=table.source, hint='set task = "binary"')
    if n == n_rows and n > 2:
        what = f"every row has a different class: {_some(names)}"
        hint = _PLAINLY if has_number_marks(names) else _OTHER_COLUMN
        raise DatasetError(what, where=table.source, hint=hint)
    return "binary" if n == 2 else "multiclass"


def _sensibly(value: Any) -> tuple[Any, ...]:
    if not isinstance(value, str):
        return (value,)
    parts = re.split(r"(\d+)", value)
    natural = [(1, int(part), "") if part.isdecimal() else (0, 0, part.lower()) for part in parts]
    return (natural, value)


def class_name(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _given(value: Any) -> str:
    return class_name(value) if isinstance(value, bool) else str(value)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
