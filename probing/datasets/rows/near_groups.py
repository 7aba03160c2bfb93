"""Join the groups of near-duplicates, where that leaves groups enough to cut folds from."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from probing.datasets.dataset import TextDataset
from probing.datasets.rows.equal_rows import numbered, roots
from probing.datasets.rows.near_duplicates import near_links
from probing.datasets.rows.one_word_apart import one_word_links

LARGEST_SHARE = 0.05  # of the rows: a larger chain is a template, not a text that came twice
SMALL = 4  # rows that may always stand together
CLASS_GROUPS, GROUPS = 10, 20  # what must be left of each class, and of a continuous target
_MOST_REMEMBERED = 8

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Links:
    """Pairs of rows, `[n_links, 2]`: near-duplicates, and short texts that one word parts."""

    near: Ints
    one_word: Ints

    @property
    def every(self) -> Ints:
        """All of them."""
        return np.concatenate([self.near, self.one_word])


_known: OrderedDict[bytes, Links] = OrderedDict()


def remembered_links(texts: Sequence[str]) -> Links:
    """The links between texts, computed once for the same texts."""
    digest = blake2b(digest_size=16)
    for text in texts:
        digest.update(text.encode("utf-8", "surrogatepass") + b"\0")
    key = digest.digest()
    if key not in _known:
        _known[key] = Links(near_links(texts), one_word_links(texts))
        while len(_known) > _MOST_REMEMBERED:
            _known.popitem(last=False)
    return _known[key]


def links_of(dataset: TextDataset) -> Links:
    """The links between rows; of rows that are parts of texts, between the first of each text."""
    texts = dataset.bare or dataset.texts
    if dataset.spans is None:
        return remembered_links(texts)
    first: dict[str, int] = {}
    for at, text in enumerate(texts):
        first.setdefault(text, at)
    rows, found = np.fromiter(first.values(), np.int64), remembered_links(tuple(first))
    return Links(rows[found.near], rows[found.one_word])


def forget() -> None:
    """Compute the next links anew."""
    _known.clear()


def with_near(groups: Ints, links: Ints, classes: Ints | None) -> Ints:
    """Group numbers `[n_texts]` in which linked rows share a group, as `joined_by_chains`.

    `classes` are the rows' classes, None for a continuous target. Nothing is joined where a class
    would be left in fewer than 10 groups, or all rows in fewer than 20.
    """
    together = joined_by_chains(groups, links)
    return together if _leaves_enough(groups, together, classes) else groups


def joined_by_chains(groups: Ints, links: Ints) -> Ints:
    """Group numbers `[n_texts]` in which linked rows share a group, counted by appearance.

    A chain that would make a group of more than 5 % of the rows joins nothing.
    """
    together = joined(groups, links)
    sizes = np.bincount(together)
    most = max(SMALL, LARGEST_SHARE * len(groups), np.bincount(groups).max())
    fitting = links[sizes[together[links[:, 0]]] <= most]
    if len(fitting) < len(links):
        together = joined(groups, fitting)
    return together


def joined(groups: Ints, links: Ints) -> Ints:
    """Group numbers `[n_texts]` in which linked rows share a group, counted by appearance."""
    together = roots(int(groups.max()) + 1, groups[links])[groups]
    return numbered(_firsts(together))


def _firsts(values: Ints) -> Ints:
    """For each row the first one of the same value."""
    found = np.full(int(values.max()) + 1, len(values))
    np.minimum.at(found, values, np.arange(len(values)))
    return found[values]


def _leaves_enough(before: Ints, after: Ints, classes: Ints | None) -> bool:
    if classes is None:
        return bool(after.max() + 1 >= min(before.max() + 1, GROUPS))
    left, had = _class_groups(after, classes), _class_groups(before, classes)
    return bool((left >= np.minimum(had, CLASS_GROUPS)).all())


def _class_groups(groups: Ints, classes: Ints) -> Ints:
    """In how many groups each class stands."""
    pairs = np.unique(np.stack([classes, groups]), axis=1)
    return np.bincount(pairs[0], minlength=int(classes.max()) + 1)
