"""Edge probing: texts with labelled spans, or pairs of spans, counted in words.

The layout is that of jiant (Tenney et al. 2019, "What do you learn from context?"):
`{"text": …, "targets": [{"span1": [0, 2], "span2": [3, 4], "label": …}]}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from probing.datasets.formats.table import PartNumbers, Spans, Table
from probing.datasets.marks import word_places
from probing.datasets.marks.word_places import Span

TEXT, TARGETS, LABEL, KEYS = "text", "targets", "label", ("span1", "span2")


def is_edges(table: Table) -> bool:
    """Whether the rows of a table are texts with labelled spans."""
    lists = (one for one in table.columns.get(TARGETS, ()) if isinstance(one, list) and one)
    first = next(lists, [None])[0]
    return TEXT in table.columns and isinstance(first, Mapping) and KEYS[0] in first


def expand(table: Table) -> Table:
    """A row for each labelled span, or pair of spans, with `spans` in characters.

    Raises `DatasetError` that names the span which is none of the text.
    """
    parts: list[tuple[int, int]] = []
    spans: list[Spans] = []
    labels: list[Any] = []
    for at, targets in enumerate(table.columns[TARGETS]):
        words = word_places.split(str(table.columns[TEXT][at]))
        for number, target in enumerate(targets or ()):
            parts.append((at, number))
            try:
                spans.append(_spans(target, words))
                labels.append(_label(target))
            except ValueError as error:
                hint = 'write {"span1": [0, 2], "label": "…"}: words count from 0, the end is out'
                raise table.error(at, f"target {number + 1}: {error}", hint) from None
    n_spans = max(map(len, spans), default=1)
    for (at, number), own in zip(parts, spans, strict=True):
        if len(own) != n_spans:
            what = f"target {number + 1} has {len(own)} span, others have {n_spans}"
            raise table.error(at, what, "give each of them as many spans")
    columns = {
        name: [values[at] for at, _ in parts]
        for name, values in table.columns.items()
        if name != TARGETS
    }
    columns[LABEL] = labels
    numbers = PartNumbers(table.numbers, parts, "target")
    return replace(table, columns=columns, numbers=numbers, spans=spans, target=LABEL)


def _spans(target: Any, words: list[Span]) -> Spans:
    if not isinstance(target, Mapping):
        raise ValueError("it is no object")
    return tuple(_span(key, target[key], words) for key in KEYS if target.get(key) is not None)


def _span(key: str, value: Any, words: list[Span]) -> Span:
    is_pair = isinstance(value, list) and len(value) == 2
    if not is_pair or not all(isinstance(one, int) for one in value):
        raise ValueError(f"its {key} is {value!r}, not the numbers of two words")
    start, end = value
    if not 0 <= start < end <= len(words):
        raise ValueError(f"its {key} is {value!r}, but the text has {len(words)} words")
    return words[start][0], words[end - 1][1]


def _label(target: Mapping[str, Any]) -> Any:
    label = target.get(LABEL)
    if not isinstance(label, list):
        return label
    if len(label) != 1:
        raise ValueError(f"it has {len(label)} labels, not one")
    return label[0]
