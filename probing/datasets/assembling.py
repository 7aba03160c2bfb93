"""Assemble a dataset from the columns of a table: texts, targets, groups and split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from probing.datasets import names, templates
from probing.datasets.columns import Columns, choose
from probing.datasets.dataset import TextDataset
from probing.datasets.formats.table import Table
from probing.datasets.marks.chats import chats_of
from probing.datasets.marks.spans_in_texts import spans_in
from probing.datasets.packed.texts import PackedTexts, packed
from probing.datasets.rows.given_splits import read_splits
from probing.datasets.rows.groups import group_names, group_numbers
from probing.datasets.rows.lacking import fault, rows_present
from probing.datasets.rows.pairs import halves_of, partners_of
from probing.datasets.targets.class_choice import choose_classes
from probing.datasets.targets.reading import Column, Targets, make_targets, read_targets
from probing.datasets.targets.remarks import remarks_on, remarks_on_spellings
from probing.errors import DatasetError
from probing.spec import DatasetSpec

_MOST_REPEATED = 0.5


def assembled(
    spec: DatasetSpec, table: Table, path: Path, with_others: bool = False
) -> TextDataset:
    """The dataset that the rows of `table` are, as its spec entry says.

    `with_others` keeps the columns that have no role.

    Raises `DatasetError` that counts the rows at fault and names the first of them.
    """
    columns = choose(table, spec)
    table, dropped = _with_both(spec, table, columns)
    column = read_targets(table, columns.target, spec)
    table, column, gone = _with_class(spec, table, columns, column)
    targets = make_targets(table, column, spec)
    texts, bases = _texts(spec, table, columns)
    spans = spans_in(texts, spec, table, columns)
    if spec.generate and spans is not None:
        what = "its rows are parts of texts, but generate continues whole texts"
        hint = 'set level = "text", or remove generate'
        raise DatasetError(what, where=table.source, hint=hint)
    chats = chats_of(spec, table, columns.text)
    splits = read_splits(table, columns)
    unused = columns.split if splits is None else None
    columns = columns if unused is None else replace(columns, split=None)
    partners = partners_of(_values(table, columns.pair or columns.group), len(table))
    return TextDataset(
        name=names.dataset_name(spec.name, table.name, path),
        path=path,
        task=targets.task,
        texts=texts,
        targets=targets.values,
        classes=targets.classes,
        groups=group_numbers(bases, *_given(table, columns)),
        splits=splits,
        labels=targets.labels,
        sources=tuple(_sources(columns)),
        dropped=(*table.dropped, *dropped, *gone),
        notes=(*_notes(spec, table, columns, column, targets), *_on_split(table, unused)),
        others=_others(table, columns) if with_others else {},
        bare=bases if bases is not texts else (),
        partners=partners,
        halves=halves_of(table, columns.half, partners) if columns.half else None,
        spans=spans,
        chats=chats,
        group_names=group_names(_values(table, columns.group or columns.pair)),
        generate=spec.generate or 0,
    )


def _with_both(
    spec: DatasetSpec, table: Table, columns: Columns
) -> tuple[Table, tuple[tuple[str, int], ...]]:
    """The rows that have a text and a target; all are checked for what no text may hold."""
    pieces = _text_columns(spec, table, columns)
    kept = table.rows(rows_present(table, pieces, columns.target, spec.missing))
    if len(kept) < 2:
        what = f"only {len(kept)} of {len(table)} rows have a text and a target"
        raise DatasetError(what, where=table.source, hint="a dataset needs at least two")
    if columns.text in pieces:
        _check_type(kept, columns.text)
    for name in (*pieces, columns.target):
        _check_characters(kept, name, "target" if name == columns.target else "text")
    n_dropped = len(table) - len(kept)
    return kept, (("no text or no target", n_dropped),) if n_dropped else ()


def _text_columns(spec: DatasetSpec, table: Table, columns: Columns) -> tuple[str, ...]:
    uses_text = templates.TEXT in templates.fields_of(templates.of(spec, table) or "{text}")
    return (columns.text, *columns.pieces) if uses_text else columns.pieces


def _check_type(table: Table, column: str) -> None:
    rows = [at for at, text in enumerate(table.columns[column]) if not isinstance(text, str)]
    if rows:
        what = f"the text is of type {type(table.columns[column][rows[0]]).__name__}"
        raise table.error(rows[0], what, 'name the text column with text = "..."')


def _check_characters(table: Table, column: str, role: str) -> None:
    values = table.columns[column]
    if table.spans is not None:  # a text comes again for each of its words
        texts = dict.fromkeys(one for one in values if isinstance(one, str))
        if not any(_has_nul(text) or _has_surrogate(text) for text in texts):
            return
    for is_bad, what in ((_has_nul, "a NUL character"), (_has_surrogate, "an unpaired surrogate")):
        rows = [at for at, value in enumerate(values) if isinstance(value, str) and is_bad(value)]
        if rows:
            said = fault(table, rows, f"the {role} contains {what}")
            raise table.error(rows[0], said, "remove it")


def _has_nul(text: str) -> bool:
    return "\0" in text


def _has_surrogate(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _with_class(
    spec: DatasetSpec, table: Table, columns: Columns, column: Column
) -> tuple[Table, Column, tuple[tuple[str, int], ...]]:
    """The rows whose class stays, as the entry's `classes`, `min_class` and `rest` say."""
    if column.said == "regression" or (spec.classes is None and spec.min_class is None):
        return table, column, ()
    _, bases = _texts(spec, table, columns)
    groups = group_numbers(bases, *_given(table, columns))
    chosen = choose_classes(column.names, groups, spec, table.source)
    kept = table.rows([at for at, name in enumerate(chosen) if name is not None])
    gone = Counter(name for name, to in zip(column.names, chosen, strict=True) if to is None)
    what = f"{len(gone)} classes left out" if len(gone) > 1 else "one class left out"
    dropped = ((what, sum(gone.values())),) if gone else ()
    return kept, column.chosen(chosen), dropped


def _texts(spec: DatasetSpec, table: Table, columns: Columns) -> tuple[PackedTexts, PackedTexts]:
    """What the model reads of every row, and the texts that count as repeated where they are."""
    template = templates.of(spec, table)
    if template is None:
        texts = packed(table.columns[columns.text])
        return texts, texts
    texts = PackedTexts(templates.render(template, table, columns.text))
    uses_text = templates.TEXT in templates.fields_of(template)
    return texts, packed(table.columns[columns.text]) if uses_text else texts


def _given(table: Table, columns: Columns) -> list[Sequence[Any] | None]:
    """What says which rows belong together."""
    return [_values(table, columns.group), _values(table, columns.pair)]


def _values(table: Table, column: str | None) -> Sequence[Any] | None:
    return None if column is None else table.columns[column]


def _sources(columns: Columns) -> Iterator[tuple[str, str, str]]:
    for role in ("text", "target", "group", "pair", "half", "split"):
        name = getattr(columns, role)
        if role == "text" and columns.pieces and name in columns.pieces:
            continue
        if name is not None:
            yield role, name, "named" if role in columns.said else "usual name"
    for name in columns.pieces:
        yield "template", name, "named"


def _others(table: Table, columns: Columns) -> dict[str, Sequence[Any]]:
    """The columns of texts that are neither the text nor the target, the group or the split."""
    roles = ("text", "target", "group", "pair", "half", "split")
    taken = {*(getattr(columns, role) for role in roles), *table.of_parts}
    return {name: values for name, values in table.columns.items() if name not in taken}


def _on_split(table: Table, unused: str | None) -> Iterator[str]:
    if unused is not None:
        values = list(dict.fromkeys(map(str, table.columns[unused])))
        listed = ", ".join(repr(value[:20]) for value in values[:3]) + ", …" * (len(values) > 3)
        yield f"column {unused!r} holds {listed}, not train, val and test: it is not used"


def _notes(
    spec: DatasetSpec, table: Table, columns: Columns, column: Column, targets: Targets
) -> Iterator[str]:
    raw = table.columns[columns.target]
    shown = column.names if targets.task != "regression" else [str(value) for value in raw]
    if spec.task is None:
        of_words = table.spans is not None
        yield from remarks_on(targets.task, raw, shown, columns.target, of_words=of_words)
    yield from remarks_on_spellings(targets.classes)
    for name in columns.pieces if columns.group is None and spec.group is None else ():
        n_different = len(set(map(str, table.columns[name])))
        if len(columns.pieces) > 1 and n_different < _MOST_REPEATED * len(table):
            yield (
                f"column {name!r} has {n_different:,} different values in {len(table):,} rows; "
                f'group = "{name}" keeps equal ones on one side of every split'
            )
