"""CoNLL-U: a sentence as lines of ten fields, with comments, contractions and empty nodes.

https://universaldependencies.org/format.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from probing.datasets.formats.decoding import lines
from probing.datasets.formats.source import Source
from probing.datasets.formats.table import Table, from_records
from probing.datasets.marks import word_places
from probing.datasets.marks.word_places import Span
from probing.errors import DatasetError

FIELDS = ("form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
_KEPT = FIELDS[:7]
_NO_SPACE = "SpaceAfter=No"
_FORM, _MISC = 1, 9


def read(source: Source) -> Table:
    """The table of a CoNLL-U file, a row for each sentence.

    `form`, `lemma`, `upos`, `xpos`, `feats`, `head` and `deprel` are lists with a value for each
    word, None where the file has `_`; `text` is made of the forms, and `offsets` are the
    characters of each word in it. Words of a contraction (`im` for `in dem`) share its
    characters out where they spell it, and have no place else (None). Empty nodes are left out.
    Comments such as `sent_id = 3` are columns too, and `doc` is the `newdoc` that a sentence
    stands under. Raises `DatasetError` that names the line which is none of the format.
    """
    sentences = list(_sentences(source))
    numbers = [one.line for one in sentences]
    records = _records(sentences)
    return from_records(str(source.path), records, numbers=numbers, sparse=True)


@dataclass
class _Sentence:
    """The lines of a sentence, which begins on `line`."""

    line: int
    comments: dict[str, str] = field(default_factory=dict)
    rows: list[list[str]] = field(default_factory=list)
    is_doc: bool = False


def _sentences(source: Source) -> Iterator[_Sentence]:
    now: _Sentence | None = None
    for number, line in enumerate(lines(source.text()), 1):
        if not line.strip():
            if now is not None and now.rows:
                yield now
                now = None
            continue
        now = now or _Sentence(number)
        if line.startswith("#") and not now.rows:
            _comment(now, line)
        else:
            now.rows.append(_fields(source, number, line))
    if now is not None and now.rows:
        yield now


def _comment(sentence: _Sentence, line: str) -> None:
    name, _, value = line[1:].partition("=")
    if name.split()[:1] == ["newdoc"]:
        sentence.is_doc = True
        sentence.comments["doc"] = value.strip()
    elif value.strip() and name.split()[:1] != ["newpar"]:
        sentence.comments[name.strip()] = value.strip()


def _fields(source: Source, number: int, line: str) -> list[str]:
    fields = line.split("\t")
    if len(fields) == len(FIELDS) + 1 and fields[0][:1].isdigit():
        return fields
    where = f"{source.path}, line {number}"
    what = f"no line of CoNLL-U: {len(fields)} fields, separated by tabs, in the place of ten"
    raise DatasetError(what, where=where, hint="correct the line, or name the file .conll")


def _records(sentences: Iterable[_Sentence]) -> Iterator[dict[str, Any]]:
    doc, n_docs = None, 0
    for sentence in sentences:
        if sentence.is_doc:
            n_docs += 1
            doc = sentence.comments.get("doc") or str(n_docs)
        words = [row for row in sentence.rows if row[0].isdecimal()]
        text, offsets = _placed(sentence.rows)
        columns = {
            name: [None if row[at] == "_" and at != _FORM else row[at] for row in words]
            for at, name in enumerate(_KEPT, 1)
        }
        said = {**sentence.comments, "text": text, **({"doc": doc} if n_docs else {})}
        yield {**said, **columns, "offsets": offsets}


def _placed(rows: Iterable[list[str]]) -> tuple[str, list[Span | None]]:
    """The text of a sentence, and the characters of each of its words."""
    surface: list[list[str]] = []
    inside: list[list[str]] = []  # the words of each surface form
    until = 0
    for row in rows:
        first, _, last = row[0].partition("-")
        if last:
            surface.append(row)
            inside.append([])
            until = int(last)
        elif "." not in first and int(first) <= until:
            inside[-1].append(row[_FORM])
        elif "." not in first:
            surface.append(row)
            inside.append([row[_FORM]])
    spaced = [_NO_SPACE not in row[_MISC].split("|") for row in surface]
    text, spans = word_places.joined([row[_FORM] for row in surface], spaced)
    shared = (_shared_out(text, *both) for both in zip(spans, inside, strict=True))
    return text, [place for places in shared for place in places]


def _shared_out(text: str, span: Span, words: list[str]) -> list[Span | None]:
    """The characters of the words of one surface form: they spell it, or have no place."""
    start, end = span
    if len(words) == 1:
        return [span]
    if "".join(words) != text[start:end]:
        return [None] * len(words)
    found = word_places.joined(words, [False] * len(words))[1]
    return [(start + low, start + high) for low, high in found]
