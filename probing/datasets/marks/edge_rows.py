"""Edge probing: texts with a list of labelled spans, or pairs of spans.

The layout of jiant (Tenney et al. 2019, "What do you learn from context?") counts words:
`{"text": …, "targets": [{"span1": [0, 2], "span2": [3, 4], "label": …}]}`. Those of tools that
mark entities count characters: `{"text": …, "entities": [{"start": 0, "end": 4, "label": …}]}`, or
`"label": [[0, 4, …]]`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from probing.datasets.formats.table import PartNumbers, Spans, Table
from probing.datasets.marks import word_places
from probing.datasets.marks.word_places import Span

TEXT, LABEL, KEYS, ENDS = "text", "label", ("span1", "span2"), ("start", "end")
COLUMNS = ("targets", "entities", "spans", "label", "labels")
_HINT = 'write {"span1": [0, 2], "label": "…"} in words, or {"start": 0, "end": 4, "label": "…"}'


def is_edges(table: Table) -> bool:
    """Whether the rows of a table are texts with labelled spans."""
    return TEXT in table.columns and _column(table) is not None


def _column(table: Table) -> str | None:
    return next((name for name in COLUMNS if _holds_spans(table, name)), None)


def _holds_spans(table: Table, name: str) -> bool:
    lists: Any = (one for one in table.columns.get(name, ()) if isinstance(one, list) and one)
    first: Any = next(lists, [None])[0]
    if isinstance(first, Mapping):
        return KEYS[0] in first or all(end in first for end in ENDS)
    is_triple = isinstance(first, list) and len(first) == 3
    return is_triple and all(type(end) is int for end in first[:2])


def expand(table: Table) -> Table:
    """A row for each labelled span, or pair of spans, with `spans` in characters.

    Raises `DatasetError` that names the span which is none of the text.
    """
    parts: list[tuple[int, int]] = []
    spans: list[Spans] = []
    labels: list[Any] = []
    column = _column(table)
    assert column is not None
    for at, targets in enumerate(table.columns[column]):
        words = word_places.split(str(table.columns[TEXT][at]))
        for number, target in enumerate(targets or ()):
            parts.append((at, number))
            try:
                spans.append(_spans(target, words))
                labels.append(_label(target))
            except ValueError as error:
                raise table.error(at, f"target {number + 1}: {error}", _HINT) from None
    n_spans = max(map(len, spans), default=1)
    for (at, number), own in zip(parts, spans, strict=True):
        if len(own) != n_spans:
            what = f"target {number + 1} has {len(own)} span, others have {n_spans}"
            raise table.error(at, what, "give each of them as many spans")
    columns = {
        name: [values[at] for at, _ in parts]
        for name, values in table.columns.items()
        if name != column
    }
    columns[LABEL] = labels
    numbers = PartNumbers(table.numbers, parts, "target")
    return replace(table, columns=columns, numbers=numbers, spans=spans, target=LABEL)


def _spans(target: Any, words: list[Span]) -> Spans:
    if isinstance(target, list) and len(target) == 3:
        return (_characters(*target[:2]),)
    if not isinstance(target, Mapping):
        raise ValueError("it is no object")
    if KEYS[0] not in target and all(end in target for end in ENDS):
        return (_characters(*(target[end] for end in ENDS)),)
    return tuple(_span(key, target[key], words) for key in KEYS if target.get(key) is not None)


def _characters(start: Any, end: Any) -> Span:
    if type(start) is not int or type(end) is not int or not 0 <= start < end:
        raise ValueError(f"its span from {start!r} to {end!r} holds no character")
    return start, end


def _span(key: str, value: Any, words: list[Span]) -> Span:
    is_pair = isinstance(value, list) and len(value) == 2
    if not is_pair or not all(isinstance(one, int) for one in value):
        raise ValueError(f"its {key} is {value!r}, not the numbers of two words")
    start, end = value
    if not 0 <= start < end <= len(words):
        raise ValueError(f"its {key} is {value!r}, but the text has {len(words)} words")
    return words[start][0], words[end - 1][1]


def _label(target: Any) -> Any:
    if isinstance(target, list):
        return target[2]
    label = target.get(LABEL, target.get("type"))
    if not isinstance(label, list):
        return label
    if len(label) != 1:
        raise ValueError(f"it has {len(label)} labels, not one")
    return label[0]
