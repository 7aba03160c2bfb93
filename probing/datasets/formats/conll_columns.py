"""Columns of words and tags with a blank line between sentences, as in CoNLL-2003."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from probing.datasets.formats import conllu
from probing.datasets.formats.decoding import lines
from probing.datasets.formats.source import Source
from probing.datasets.formats.table import Table, from_records
from probing.errors import DatasetError

DOCUMENT = "-DOCSTART-"
_NAMES = {4: ("form", "pos", "chunk", "ner"), 2: ("form", "label")}
_COMMENT = "# "

Sentence = tuple[int, int, list[list[str]]]


def read(source: Source) -> Table:
    """The table of a file of columns, a row for each sentence; lists have a value for each word.

    Four columns are `form`, `pos`, `chunk` and `ner`; of another number the first is `form` and
    the last `label`, and those between are `1`, `2`, …. `doc` numbers the documents that
    `-DOCSTART-` parts. Ten columns, of which the first counts words, are CoNLL-U. Raises
    `DatasetError` that names a line with another number of columns.
    """
    every = lines(source.text())
    first = next((line for line in every if line.strip() and not line.startswith("#")), "")
    if len(first.split("\t")) == len(conllu.FIELDS) + 1 and first[:1].isdigit():
        return conllu.read(source)
    separator = "\t" if "\t" in first else None
    sentences = list(_sentences(source, every, separator))
    if not sentences:
        raise DatasetError("no sentences", where=str(source.path))
    names = _names(len(sentences[0][2][0]))
    n_docs = sentences[-1][1]
    records = (_record(one, names, n_docs > 0) for one in sentences)
    numbers = [line for line, _, _ in sentences]
    return from_records(str(source.path), records, numbers=numbers, target=names[-1])


def starts_like(start: str) -> bool:
    """Whether a file that begins so is one of columns, whatever its name."""
    return start.lstrip().startswith(DOCUMENT)


def _names(n: int) -> tuple[str, ...]:
    return _NAMES.get(n) or ("form", *(str(at) for at in range(1, n - 1)), "label")


def _record(sentence: Sentence, names: tuple[str, ...], has_docs: bool) -> dict[str, Any]:
    _, doc, rows = sentence
    columns = zip(names, map(list, zip(*rows, strict=True)), strict=True)
    return {**dict(columns), **({"doc": doc} if has_docs else {})}


def _sentences(source: Source, every: list[str], separator: str | None) -> Iterator[Sentence]:
    """The line on which each sentence begins, its document and the fields of its words."""
    rows: list[list[str]] = []
    start = doc = 0
    counts = Counter(len(line.rstrip().split(separator)) for line in every if line.strip())
    n_fields = counts.most_common(1)[0][0] if counts else 0
    for number, line in enumerate([*every, ""], 1):
        fields = [field.strip() for field in line.rstrip().split(separator)]
        if not line.strip() or fields[0] == DOCUMENT:
            if rows:
                yield start, doc, rows
            rows, doc = [], doc + (fields[0] == DOCUMENT if line.strip() else 0)
            continue
        if len(fields) != n_fields and line.startswith(_COMMENT):
            continue
        if len(fields) != n_fields or n_fields < 2:
            what = f"{len(fields)} columns in the place of {max(n_fields, 2)}"
            where, hint = f"{source.path}, line {number}", "a word and its tags stand on each line"
            raise DatasetError(what, where=where, hint=hint)
        start = start if rows else number
        rows.append(fields)
