"""Facts about a dataset to show: its counts, lengths and examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from probing.datasets.dataset import TextDataset
from probing.datasets.rows.equal_rows import first_rows
from probing.datasets.rows.groups import same_text
from probing.datasets.rows.pairs import ALONE, contrasts

PARTS = ("train", "val", "test")
N_EXAMPLES = 20
LONGEST_EXAMPLE = 500


@dataclass(frozen=True)
class DatasetFacts:
    """Counts, lengths in characters, and examples; for a broken dataset only the error.

    `n_texts` counts different texts, and `n_spans` the spans that each row marks in its own, 0
    where rows are whole texts.
    `n_repeated` counts rows whose text came before, `n_contradictory` rows whose text also has
    another target, `n_across_splits` groups with rows in more than one part of the given split.
    `n_pairs` counts the pairs of one text of each class of a binary task, and `halves_tell` is
    whether the halves of these tell the classes. `n_numbers` counts the numeric targets of which
    this is one, where several were asked for together, and `n_with_all` the rows that have them
    all. `class_parts` counts the rows of each class in
    each part of a given split.
    `target_range` is (lowest, mean, highest) for regression. `examples` are (label, text).
    """

    name: str
    path: str
    task: str = ""
    n_rows: int = 0
    n_classes: int = 0
    class_counts: tuple[tuple[str, int], ...] = ()
    target_range: tuple[float, float, float] | None = None
    has_groups: bool = False
    n_groups: int = 0
    n_repeated: int = 0
    n_contradictory: int = 0
    has_split: bool = False
    split_counts: tuple[tuple[str, int], ...] = ()
    n_across_splits: int = 0
    mean_length: float = 0.0
    max_length: int = 0
    examples: tuple[tuple[str, str], ...] = ()
    sha256: str = ""
    positive: str = ""
    sources: tuple[tuple[str, str, str], ...] = ()
    dropped: tuple[tuple[str, int], ...] = ()
    notes: tuple[str, ...] = ()
    class_groups: tuple[int, ...] = ()
    class_parts: tuple[tuple[int, ...], ...] = ()
    n_pairs: int = 0
    halves_tell: bool = False
    error: str = ""
    n_texts: int = 0
    n_spans: int = 0
    n_numbers: int = 0
    n_with_all: int = 0


def facts_of(dataset: TextDataset) -> DatasetFacts:
    """The facts of a dataset that has been read."""
    texts = dataset.texts if dataset.spans is None else tuple(dict.fromkeys(dataset.texts))
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    n_repeated, n_contradictory = _repeats(dataset)
    beside = dataset.shared.beside if dataset.shared else None
    return DatasetFacts(
        name=dataset.name,
        path=str(dataset.path),
        task=dataset.task,
        n_rows=len(dataset),
        n_classes=dataset.n_classes,
        class_counts=_counts(dataset),
        target_range=_range(dataset.targets) if dataset.task == "regression" else None,
        has_groups=dataset.has_groups,
        n_groups=int(dataset.groups.max()) + 1,
        n_repeated=n_repeated,
        n_contradictory=n_contradictory,
        has_split=dataset.splits is not None,
        split_counts=_split_counts(dataset.splits),
        n_across_splits=_across(dataset.groups, dataset.splits),
        mean_length=int(lengths.sum()) / len(lengths),
        max_length=int(lengths.max()),
        examples=_examples(dataset),
        sha256=dataset.sha256,
        positive=dataset.positive,
        sources=dataset.sources,
        dropped=dataset.dropped,
        notes=dataset.notes,
        class_groups=_class_groups(dataset),
        class_parts=_class_parts(dataset),
        n_pairs=int((_contrasts(dataset) != ALONE).sum()) // 2,
        halves_tell=_halves_tell(dataset),
        n_texts=dataset.n_different,
        n_spans=0 if dataset.spans is None else dataset.spans.shape[1],
        n_numbers=0 if beside is None else 1 + beside.shape[1],
        n_with_all=0 if beside is None else int(np.isfinite(beside).all(axis=1).sum()),
    )


def _contrasts(dataset: TextDataset) -> NDArray[np.int64]:
    if dataset.task != "binary" or not len(dataset.partners):
        return np.full(len(dataset), ALONE, dtype=np.int64)
    return contrasts(dataset.partners, dataset.targets)


def _halves_tell(dataset: TextDataset) -> bool:
    """Whether one half of every pair is of one class: then no contrast is left to be found."""
    paired = _contrasts(dataset) != ALONE
    if dataset.halves is None or not paired.any():
        return False
    return len(np.unique((dataset.halves == dataset.targets)[paired])) == 1


def _counts(dataset: TextDataset) -> tuple[tuple[str, int], ...]:
    if dataset.task == "regression":
        return ()
    counts = np.bincount(dataset.targets.astype(np.int64), minlength=dataset.n_classes)
    return tuple(zip(dataset.classes, counts.tolist(), strict=True))


def _class_groups(dataset: TextDataset) -> tuple[int, ...]:
    """In how many groups each class stands: at most so many folds can each test it."""
    if dataset.task == "regression":
        return ()
    pairs = np.unique(np.stack([dataset.targets.astype(np.int64), dataset.groups]), axis=1)
    return tuple(np.bincount(pairs[0], minlength=dataset.n_classes).tolist())


def _class_parts(dataset: TextDataset) -> tuple[tuple[int, ...], ...]:
    if dataset.task == "regression" or dataset.splits is None:
        return ()
    counts = Counter(zip(dataset.targets.tolist(), dataset.splits, strict=True))
    return tuple(tuple(counts[at, part] for part in PARTS) for at in range(dataset.n_classes))


def _range(targets: NDArray[np.int64] | NDArray[np.float64]) -> tuple[float, float, float]:
    return float(targets.min()), float(targets.mean()), float(targets.max())


def _repeats(dataset: TextDataset) -> tuple[int, int]:
    targets, n_rows = dataset.targets, len(dataset)
    source = _first_rows(dataset)
    contradicted = np.zeros(n_rows, dtype=np.bool_)
    contradicted[source[targets != targets[source]]] = True
    return int((source != np.arange(n_rows)).sum()), int(contradicted[source].sum())


def _first_rows(dataset: TextDataset) -> NDArray[np.int64]:
    if dataset.spans is None:
        return first_rows(dataset.texts, same_text)
    return first_rows(list(row_keys(dataset)))


def row_keys(dataset: TextDataset, texts: Sequence[str] | None = None) -> Iterator[Hashable]:
    """What is equal for rows that repeat one another: the text but for white space, and spans.

    `texts` are those of the dataset unless they are given.
    """
    given = dataset.texts if texts is None else texts
    if dataset.spans is None:
        return map(same_text, given)
    known = {text: same_text(text) for text in dict.fromkeys(given)}
    spans = dataset.spans.reshape(len(dataset), -1).tolist()
    return ((known[text], *own) for text, own in zip(given, spans, strict=True))


def _split_counts(splits: tuple[str, ...] | None) -> tuple[tuple[str, int], ...]:
    parts = PARTS if splits is not None else ()
    return tuple((part, (splits or ()).count(part)) for part in parts)


def _across(groups: NDArray[np.int64], splits: tuple[str, ...] | None) -> int:
    if splits is None:
        return 0
    pairs = set(zip(groups.tolist(), splits, strict=True))
    return sum(count > 1 for count in np.bincount([group for group, _ in pairs]).tolist())


def _examples(dataset: TextDataset) -> tuple[tuple[str, str], ...]:
    order = np.argsort(dataset.targets, kind="stable")
    if dataset.task == "regression":
        rows = _spread(order, N_EXAMPLES)
    else:
        rows = _by_class(dataset.targets[order], order)
    return tuple((dataset.labels[at], dataset.shown(at)[:LONGEST_EXAMPLE]) for at in rows)


def _by_class(sorted_targets: NDArray[np.generic], order: NDArray[np.int64]) -> list[int]:
    _, starts = np.unique(sorted_targets, return_index=True)
    members = np.split(order, starts[1:])
    classes = [members[at] for at in _spread(np.arange(len(members)), N_EXAMPLES)]
    each = -(-N_EXAMPLES // len(classes))
    turns = zip_longest(*(_spread(rows, each) for rows in classes))
    return [at for turn in turns for at in turn if at is not None][:N_EXAMPLES]


def _spread(rows: NDArray[np.int64], n: int) -> list[int]:
    if len(rows) > n:
        rows = rows[np.arange(n) * len(rows) // n]
    found: list[int] = rows.tolist()
    return found
