"""A dataset that has been read and checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from probing.datasets.marks.chats import Chats
from probing.datasets.marks.marked_text import bracketed, within
from probing.datasets.reading import Reading
from probing.datasets.rows.equal_rows import different_rows
from probing.datasets.targets.reading import Task


def _no_links() -> NDArray[np.int64]:
    return np.empty((0, 2), dtype=np.int64)


def _no_partners() -> NDArray[np.int64]:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Shared:
    """What the datasets of several targets of one entry have together: all rows with a text.

    `groups` are `[n_all]`, `strata` `[n_all, n_targets]` the class or decile of every row for
    every target, -1 where it has none, and `rows` `[n_texts]` are those of one of the datasets.
    `beside` `[n_texts, n_others]` are the other numeric targets of a numeric one, NaN where a row
    has none of one; None where there are none.
    """

    name: str
    texts: Sequence[str]
    spans: NDArray[np.int64] | None
    chats: Chats | None
    groups: NDArray[np.int64]
    splits: tuple[str, ...] | None
    strata: NDArray[np.int64]
    rows: NDArray[np.int64]
    beside: NDArray[np.float64] | None = None

    @property
    def own(self) -> NDArray[np.int64] | None:
        """The rows, None where they are all."""
        return None if len(self.rows) == len(self.texts) else self.rows


@dataclass(frozen=True, eq=False)
class TextDataset:
    """Texts with one target each, or parts of texts: a row for each word or span.

    `spans` `[n_texts, n_spans, 2]` are the characters that each row marks in its text, which
    other rows may mark elsewhere; None where rows are whole texts. An empty span is a position.
    `chats` tell whose turn which part of a text is; None where texts are plain.
    `targets` is `[n_texts]`: class indices (int64; class 1 of a binary task is the positive
    one) or numbers (float64). `groups` is `[n_texts]`: rows that share a number must stay on
    one side of a split. `splits` is `train`, `val` or `test` per row, or None.
    `labels` are the targets as the file gives them, `others` the columns without a role where
    they were asked for, `near` the links `[n_links, 2]` between near-duplicates, and `bare` the
    texts before a template. `partners` `[n_texts]` are the rows of the other texts of their
    pairs, -1 for a text in none, and `halves` `[n_texts]` (0 or 1) say which form of its pair a
    text is, where a column tells. `group_names` are the values of the group column, if there is
    one, empty where a row has none. `shared` is what the datasets of several targets of one entry
    have together. A model continues each text by up to `generate` tokens. `sources` are (role,
    column, why it was taken), `dropped` (why, how many rows), `notes` what a reader of the
    results should know.
    """

    name: str
    path: Path
    task: Task
    texts: Sequence[str]
    targets: NDArray[np.int64] | NDArray[np.float64]
    classes: tuple[str, ...]
    groups: NDArray[np.int64]
    splits: tuple[str, ...] | None
    labels: tuple[str, ...]
    sources: tuple[tuple[str, str, str], ...] = ()
    dropped: tuple[tuple[str, int], ...] = ()
    notes: tuple[str, ...] = ()
    others: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    near: NDArray[np.int64] = field(default_factory=_no_links)
    bare: Sequence[str] = ()
    partners: NDArray[np.int64] = field(default_factory=_no_partners)
    halves: NDArray[np.int64] | None = None
    spans: NDArray[np.int64] | None = None
    shared: Shared | None = None
    chats: Chats | None = None
    group_names: tuple[str, ...] = ()
    generate: int = 0

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def read(self) -> Reading:
        """What a model reads, the texts of other targets of the entry among it."""
        whole = self.shared or self
        return Reading(whole.texts, whole.spans, whole.chats, self.generate)

    @property
    def n_classes(self) -> int:
        """The number of classes; 0 for regression."""
        return len(self.classes)

    @property
    def positive(self) -> str:
        """The name of class 1 of a binary task; empty for other tasks."""
        return self.classes[1] if self.task == "binary" else ""

    @property
    def has_given_groups(self) -> bool:
        """Whether a column of the file says what belongs together."""
        return any(role in ("group", "pair") for role, _, _ in self.sources)

    @cached_property
    def has_groups(self) -> bool:
        """Whether any two rows must stay together."""
        return int(self.groups.max()) + 1 < len(self.texts)

    @cached_property
    def marked(self) -> Sequence[str]:
        """What each row is about, as text: what stands in its spans, or the whole text."""
        if self.spans is None:
            return self.texts
        rows = zip(self.texts, self.spans.tolist(), strict=True)
        return tuple(within(text, spans) for text, spans in rows)

    @cached_property
    def n_different(self) -> int:
        """The number of different texts."""
        return len(different_rows(self.texts))

    def shown(self, row: int) -> str:
        """The text of a row, with what it marks in brackets."""
        text = self.texts[row]
        return text if self.spans is None else bracketed(text, self.spans[row].tolist())

    @cached_property
    def sha256(self) -> str:
        """A digest of what a probe sees: texts, targets, classes, groups and split."""
        digest = hashlib.sha256()
        for part in (self.task, self.classes, self.splits):
            digest.update(json.dumps(part).encode() + b"\n")
        for piece in _listed(self.texts):
            digest.update(piece)
        named = {role for role, _, _ in self.sources}
        paired = (self.partners,) if "pair" in named else ()
        halved = () if self.halves is None else (self.halves,)
        marked = () if self.spans is None else (self.spans,)
        for numbers in (self.targets, self.groups, *paired, *halved, *marked):
            digest.update(numbers.astype(numbers.dtype.newbyteorder("<")).tobytes())
        if self.chats is not None:
            digest.update(self.chats.encoded())
        return digest.hexdigest()


def _listed(texts: Sequence[str]) -> Iterator[bytes]:
    """The texts as one line of JSON, piece by piece."""
    for at, text in enumerate(texts):
        yield (", " if at else "[").encode() + json.dumps(text).encode()
    yield b"]\n" if len(texts) else b"[]\n"
