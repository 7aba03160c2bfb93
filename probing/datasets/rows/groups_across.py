"""Groups across datasets: texts of one that repeat, or belong together with, those of another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from probing.datasets.dataset import TextDataset
from probing.datasets.rows.groups import group_numbers
from probing.datasets.rows.near_groups import joined, joined_by_chains, remembered_links
from probing.spec import DatasetSpec

Ints = NDArray[np.int64]
Part = tuple[TextDataset, DatasetSpec]


def groups_across(parts: Sequence[Part]) -> list[Ints]:
    """Group numbers for the rows of each part, `[n_texts]`, counted over all parts.

    Rows share a number where they share a group of their own dataset, a text, or a value of the
    group column of one file that both are read from; and near-duplicates do, unless an entry asks
    for these to be kept apart. Short texts that one word parts count only where no column gives
    groups.
    """
    texts = [text for data, _ in parts for text in data.bare or data.texts]
    own: list[Any] = [(at, group) for at, (data, _) in enumerate(parts) for group in data.groups]
    groups = joined(group_numbers(texts, own), _of_one_column(parts))
    if all(spec.near_duplicates == "join" for _, spec in parts):
        found = remembered_links(texts)
        is_given = any(data.has_given_groups for data, _ in parts)
        groups = joined_by_chains(groups, found.near if is_given else found.every)
    ends = np.cumsum([len(data) for data, _ in parts])
    return np.split(groups, ends[:-1])


def _of_one_column(parts: Sequence[Part]) -> Ints:
    """Links between the rows that share a value of the group column of a file."""
    first: dict[tuple[object, str], int] = {}
    links, start = [], 0
    for data, _ in parts:
        for at, name in enumerate(data.group_names):
            before = first.setdefault((data.path, name), start + at)
            if name and before < start:
                links.append((before, start + at))
        start += len(data)
    return np.asarray(links, dtype=np.int64).reshape(-1, 2)
