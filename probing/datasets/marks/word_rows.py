"""Sentences with a label for each word: every word becomes a row, with its place in the text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from probing.datasets.columns import USUAL
from probing.datasets.formats.table import PartNumbers, Table
from probing.datasets.marks import word_places
from probing.datasets.marks.word_places import Span
from probing.errors import DatasetError, nearest
from probing.spec import DatasetSpec

WORDS = ("tokens", "words", "form", "forms", "token", "word")
LABELS = (
    *("label", "labels", "target", "targets", "tags", "tag", "upos", "pos", "pos_tags"),
    *("ner_tags", "ner", "xpos", "deprel", "chunk_tags"),
)
FEATURES, PLACES = "feats", "offsets"
_MOST_NAMED = 12


def is_words(table: Table, spec: DatasetSpec) -> bool:
    """Whether the rows of a table are sentences whose words are to be rows."""
    if spec.level is not None:
        return spec.level == "word"
    if spec.spans is not None or spec.position is not None:
        return False
    words = _of_lists(table, WORDS)
    if words is None:
        return False
    target = spec.target[0] if isinstance(spec.target, tuple) else spec.target
    if target is not None:
        return target not in table.columns or _is_list(table, target)
    return _of_lists(table, LABELS) is not None


def expand(table: Table, spec: DatasetSpec) -> Table:
    """A row for each word that has a label, with `spans` of the word in its sentence.

    Of several targets, a word needs one.
    Raises `DatasetError` that names the sentence where labels and words differ in number, or a
    word is not where it should be in the text.
    """
    sentences = _Sentences.of(table, spec)
    read = [sentences.read(at) for at in range(len(table))]
    counts = [len(spans) for _, spans in read]
    labels = {name: sentences.labels(name, counts) for name in sentences.targets}
    kept: list[tuple[int, int]] = []
    gone: Counter[str] = Counter()
    for at, (_, spans) in enumerate(read):
        for word, span in enumerate(spans):
            said = [labels[name][at][word] for name in sentences.targets]
            if why := _lacks(span, said, sentences):
                gone[why] += 1
            else:
                kept.append((at, word))
    if not kept:
        what = f"no word has a {' or a '.join(sentences.targets)}"
        raise DatasetError(what, where=table.source, hint="name another with target")
    columns = dict(_columns(table, counts, kept, sentences))
    columns[sentences.text_name] = [read[at][0] for at, _ in kept]
    for name in sentences.targets:
        columns[name] = [labels[name][at][word] for at, word in kept]
    places = [read[at][1][word] for at, word in kept]
    return replace(
        table,
        columns=columns,
        numbers=PartNumbers(table.numbers, kept, "word"),
        spans=[(place,) for place in places if place is not None],
        target=sentences.targets[0],
        dropped=tuple(gone.items()),
        of_parts=frozenset(name for name in columns if _is_list(table, name))
        | frozenset(sentences.targets),
    )


def _lacks(span: Span | None, labels: Sequence[Any], sentences: _Sentences) -> str:
    """Why a word is no row; empty where it is one."""
    if span is None:
        return "words of a contraction, which have no place of their own in the text"
    if all(label is None for label in labels) and sentences.may_lack:
        return f"words without {' or '.join(sentences.targets)}"
    return ""


def _columns(
    table: Table, counts: Sequence[int], kept: Sequence[tuple[int, int]], own: _Sentences
) -> Iterator[tuple[str, list[Any]]]:
    """The other columns: lists as long as the sentences word by word, the rest again and again."""
    for name, values in table.columns.items():
        if name in (own.text_name, *own.targets, PLACES):
            continue
        is_list = [isinstance(value, list) for value in values]
        if any(is_list):
            fits = all(
                not listed or len(value) == count
                for listed, value, count in zip(is_list, values, counts, strict=True)
            )
            if fits:
                yield name, [values[at][word] if is_list[at] else None for at, word in kept]
        elif name != own.words_name:
            yield name, [values[at] for at, _ in kept]


@dataclass(frozen=True)
class _Sentences:
    """The columns of a table of sentences that tell words, labels and the text."""

    table: Table
    words_name: str
    text_name: str
    targets: tuple[str, ...]
    has_text: bool

    @classmethod
    def of(cls, table: Table, spec: DatasetSpec) -> _Sentences:
        words = _of_lists(table, WORDS)
        usual = _named(table, USUAL["text"], lambda name: _is_text_of(table, name, words))
        text = spec.text or usual
        if words is None:
            words = text if text is not None else _named(table, WORDS, lambda _: True)
        if words is None:
            what = f"no column of words (usual names: {', '.join(WORDS)})"
            hint = f'give a list of words, or a text with text = "..."; columns: {_listed(table)}'
            raise DatasetError(what, where=table.source, hint=hint)
        named = spec.target or table.target or _target(table, words)
        targets = named if isinstance(named, tuple) else (named,)
        unknown = () if FEATURES in table.columns else targets
        for target in (name for name in unknown if name not in table.columns):
            hint = f"{nearest(target, table.columns)}; columns: {_listed(table)}".lstrip("; ")
            what = f"no column {target!r} to use as the target"
            raise DatasetError(what, where=table.source, hint=hint)
        has_text = text is not None and text != words and text in table.columns
        return cls(table, words, text or "text", targets, has_text)

    @property
    def may_lack(self) -> bool:
        """Whether a word without a label is no fault."""
        return self.table.sparse or not all(name in self.table.columns for name in self.targets)

    def read(self, at: int) -> tuple[str, Sequence[Span | None]]:
        """The text of a sentence and the place of each of its words."""
        words = self.table.columns[self.words_name][at]
        if isinstance(words, str):
            return words, word_places.split(words)
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise self.table.error(at, "its words are no list of texts", "correct the row")
        if "" in words:
            what = f"word {words.index('') + 1} is empty"
            raise self.table.error(at, what, "leave it out, and its label")
        places = self.table.columns.get(PLACES)
        text = self.table.columns[self.text_name][at] if self.has_text else None
        if text is not None and places is not None and places[at] is not None:
            return text, [None if place is None else tuple(place) for place in places[at]]
        if text is None:
            return word_places.joined(words)
        spans = word_places.found(words, text)
        if isinstance(spans, int):
            what = f"word {spans + 1}, {words[spans]!r}, is not where it should be in the text"
            hint = f"correct the row, or drop the column {self.text_name!r}: words make a text too"
            raise self.table.error(at, what, hint)
        return text, spans

    def labels(self, target: str, counts: Sequence[int]) -> list[Sequence[Any]]:
        """The labels of every sentence, one for each word."""
        if target not in self.table.columns:
            return self._feature(target)
        found: list[Sequence[Any]] = []
        for at, value in enumerate(self.table.columns[target]):
            labels = value.split() if isinstance(value, str) else value
            if not isinstance(labels, list):
                what = f"its {target} is no list with one for each word"
                raise self.table.error(at, what, 'name a list with target = "..."')
            if len(labels) != counts[at]:
                what = f"{len(labels)} labels for {counts[at]} words"
                raise self.table.error(at, what, "give one label for each word")
            found.append(labels)
        return found

    def _feature(self, target: str) -> list[Sequence[Any]]:
        """A feature such as `Number` of every word, None where it has none."""
        column = self.table.columns[FEATURES]
        features = [[_features(value) for value in values] for values in column]
        if not any(target in one for each in features for one in each):
            known = Counter(name for each in features for one in each for name in one)
            most = ", ".join(name for name, _ in known.most_common(_MOST_NAMED))
            what = f"no column and no feature {target!r} to use as the target"
            hint = f"columns: {_listed(self.table)}; features: {most or 'none'}"
            raise DatasetError(what, where=self.table.source, hint=hint)
        return [[one.get(target) for one in each] for each in features]


def _features(value: str | None) -> Mapping[str, str]:
    pairs = (one.partition("=") for one in (value or "").split("|"))
    return {name: said for name, is_pair, said in pairs if is_pair}


def _target(table: Table, words: str) -> str:
    found = _of_lists(table, LABELS, words) or _named(table, LABELS, lambda name: name != words)
    if found is None:
        what = f"cannot tell which column has the labels of the words ({', '.join(LABELS)})"
        hint = f'name one with target = "..."; columns: {_listed(table)}'
        raise DatasetError(what, where=table.source, hint=hint)
    return found


def _of_lists(table: Table, usual: Sequence[str], but: str = "") -> str | None:
    """The first of the usual columns that holds lists."""
    return _named(table, usual, lambda name: name != but and _is_list(table, name))


def _named(table: Table, usual: Sequence[str], holds: Any) -> str | None:
    by_name = {name.strip().lower(): name for name in reversed(list(table.columns))}
    return next((by_name[one] for one in usual if one in by_name and holds(by_name[one])), None)


def _is_list(table: Table, name: str) -> bool:
    return _is_a(table, name, list)


def _is_a(table: Table, name: str, kind: type) -> bool:
    return isinstance(
        next((one for one in table.columns.get(name, ()) if one is not None), None), kind
    )


def _is_text_of(table: Table, name: str, words: str | None) -> bool:
    """Whether a column may hold the texts of the words: by the first row, not a title of them."""
    if not _is_a(table, name, str):
        return False
    if words is None or PLACES in table.columns:
        return True
    both = zip(table.columns[name], table.columns[words], strict=True)
    first = next((pair for pair in both if all(isinstance(one, (str, list)) for one in pair)), None)
    return first is not None and isinstance(word_places.found(first[1], first[0]), list)


def _listed(table: Table) -> str:
    return ", ".join(name for name in table.columns if name != PLACES) or "none"
