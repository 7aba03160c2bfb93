"""Small datasets, each with one thing wrong with it, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from probing.audit import Finding, audit
from probing.datasets import TextDataset, from_mapping
from probing.spec import DatasetSpec

CITIES = """
Paris Lima Oslo Rome Cairo Tokyo Delhi Quito Sofia Minsk Accra Dakar Hanoi Kabul Dhaka Lagos
Perth Sucre Tunis Riga Vaduz Bern Graz Lyon Porto Turin Leeds Basel Essen Ghent Malmo Turku
Split Varna Brno Lodz Cork Bari Nice Faro
""".split()  # noqa: SIM905
WORDS = """
amber basin cedar delta ember fjord grove heath inlet jetty kiosk ledge manor north ocean plaza
quarry ridge shore tower urban valley wharf yacht abbey bridge canal depot estate ferry garden
harbour island junction kitchen lantern meadow nursery orchard parlour railway station tavern
village window workshop
""".split()  # noqa: SIM905


def of(texts: Sequence[str], labels: Sequence[Any], **columns: Any) -> TextDataset:
    """A dataset of texts and labels; `columns` are further columns, `spec` keys of an entry."""
    keys = columns.pop("spec", {})
    table = {"text": list(texts), "label": list(labels), **columns}
    entry = DatasetSpec("dict", text="text", target="label", **keys)
    return from_mapping(table, entry, with_others=True)


def prose(n: int, seed: int = 0, length: tuple[int, int] = (8, 16)) -> list[str]:
    """Texts of random words, none like another."""
    random = np.random.default_rng(seed)
    sizes = random.integers(*length, n)
    return [" ".join(random.choice(WORDS, size)) + "." for size in sizes]


def labels(n: int, seed: int = 1) -> list[str]:
    """Labels that nothing tells, as many of each."""
    return np.random.default_rng(seed).permutation(["no", "yes"] * (n // 2)).tolist()


def truth_pairs() -> tuple[list[str], list[bool]]:
    """A true and a false statement of each of forty cities, about eight lands."""
    texts, is_true = [], []
    for at, city in enumerate(CITIES):
        for place, truth in ((at % 8, True), ((3 * at + 1) % 8, False)):
            texts.append(f"{city} lies in {WORDS[place].title()}land.")
            is_true.append(truth)
    return texts, is_true


def found(dataset: TextDataset) -> dict[str, Finding]:
    """The findings of an audit by kind, the last of each."""
    return {one.kind: one for one in audit(dataset)}


def warned(dataset: TextDataset) -> set[str]:
    """The kinds of the warnings."""
    return {one.kind for one in audit(dataset) if one.is_warning}
