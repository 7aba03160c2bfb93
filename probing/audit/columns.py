"""Columns without a role: those that tell the target, and those that tell what belongs together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from probing.audit.findings import Finding, examples_of, short
from probing.audit.held_out import binned, of_values
from probing.audit.material import Ints, Material
from probing.datasets.columns import USUAL

LEAK, LEAK_R2 = 0.95, 0.9
N_BINS, FEWEST_IN_BIN = 20, 20
FEWEST_VALUES = 10
LEAST_REPEATED = 0.5  # of the rows have a value that comes again
MOST_PAIRS = 2000
ALIKE, ALIKE_BY = 1.5, 0.05  # words shared, against texts of different values
OPPOSED = 0.25  # by how much more often labels differ
MOST_COLUMNS = 200


def telling_columns(material: Material) -> Iterator[Finding]:
    """Columns from whose value alone the target follows, or nearly."""
    for name, values in list(material.dataset.others.items())[:MOST_COLUMNS]:
        codes = _codes(values) if _number(values) is None else _binned(values)
        if codes is None or not 2 <= int(codes.max()) + 1 <= len(material) / 2:
            continue
        told = of_values(material, codes)
        if not told.is_clear or told.score < (LEAK_R2 if told.is_regression else LEAK):
            continue
        in_text = name in material.template_columns
        yield Finding(
            "column_tells_target",
            "warning" if in_text else "note",
            f"column tells the target: {name} {told.told}",
            len(material),
            examples_of(material.dataset, range(len(material))),
            "it stands in the text by the template, which gives the target away"
            if in_text
            else "keep it out of the text; if it says where a row comes from, sources are what "
            "a probe tells apart",
        )


def group_columns(material: Material) -> Iterator[Finding]:
    """Columns whose rows of one value belong together, but stand in several folds."""
    for name, values in list(material.dataset.others.items())[:MOST_COLUMNS]:
        codes = _codes(values)
        if codes is None or not _repeats(codes) or not _divides(material, codes):
            continue
        why = _why_together(material, name, codes)
        if not why:
            continue
        n_values = int(codes.max()) + 1
        order = np.argsort(codes, kind="stable")
        yield Finding(
            "column_looks_like_group",
            "note" if material.dataset.has_given_groups else "warning",
            f"column looks like a group: {name}, {n_values:,} values in {len(codes):,} rows",
            n_values,
            examples_of(material.dataset, order.tolist()),
            f'{why}, and a random split tears them apart; set group = "{name}"',
        )


def _codes(values: Sequence[Any]) -> Ints | None:
    """A number for each value; None for a column of fractions, lists or nothing."""
    spelt = []
    for value in values:
        if isinstance(value, (list, dict)) or (isinstance(value, float) and not _whole(value)):
            return None
        spelt.append("" if value is None else str(value).strip())
    numbers: dict[str, int] = {}
    codes = [numbers.setdefault(each, len(numbers)) for each in spelt]
    return np.asarray(codes, dtype=np.int64)


def _whole(value: float) -> bool:
    return math.isfinite(value) and value.is_integer()


def _number(values: Sequence[Any]) -> np.ndarray | None:
    """The column as floats, where that is what it holds and not codes."""
    try:
        numbers = np.asarray([float(value) for value in values])
    except (TypeError, ValueError):
        return None
    is_fraction = np.isfinite(numbers).all() and (numbers != np.floor(numbers)).any()
    many = len(np.unique(numbers)) > len(numbers) / 2
    return numbers if np.isfinite(numbers).all() and (is_fraction or many) else None


def _binned(values: Sequence[Any]) -> Ints | None:
    numbers = _number(values)
    return None if numbers is None else binned(numbers, N_BINS, FEWEST_IN_BIN)


def _repeats(codes: Ints) -> bool:
    """Whether there are many values and most of the rows share theirs with another."""
    counts = np.bincount(codes)
    return len(counts) >= FEWEST_VALUES and bool(
        (counts[codes] > 1).mean() >= LEAST_REPEATED and counts.max() < len(codes) / 2
    )


def _divides(material: Material, codes: Ints) -> bool:
    """Whether rows of one value stand in different groups."""
    pairs = np.unique(np.stack([codes, material.dataset.groups]), axis=1)
    return bool((np.bincount(pairs[0]) > 1).mean() > 0.5)


def _why_together(material: Material, name: str, codes: Ints) -> str:
    """What rows of one value have in common; empty where that is nothing."""
    if name.strip().lower() in USUAL["group"]:
        return "it is named like one"
    score = of_values(material, codes)
    if score.is_clear:
        return f"its value alone predicts the target, {score.told}"
    one, two, others = _pairs(codes)
    if not material.is_regression:
        differ = material.targets[one] != material.targets[two]
        chance = material.targets[one] != material.targets[others]
        if differ.mean() - chance.mean() > OPPOSED:
            return f"{short(differ.mean())} of the pairs of rows that share a value differ in label"
    within, between = _shared(material, one, two), _shared(material, one, others)
    if within > ALIKE * between and within - between > ALIKE_BY:
        told = f"{short(within)} of their words, others {short(between)}"
        return f"rows that share a value share {told}"
    return ""


def _pairs(codes: Ints) -> tuple[Ints, Ints, Ints]:
    """Rows, for each another row of its value, and one of another value."""
    random = np.random.default_rng(0)
    order = np.argsort(codes, kind="stable")
    again = np.flatnonzero(np.diff(codes[order]) == 0)
    again = random.permutation(again)[:MOST_PAIRS]
    one, two = order[again], order[again + 1]
    others = random.integers(0, len(codes), len(one))
    apart = codes[others] != codes[one]
    return one[apart], two[apart], others[apart]


def _shared(material: Material, one: Ints, two: Ints) -> float:
    """The mean of Jaccard's index of the words of two texts."""
    words = material.words
    sets = {
        row: set(words.codes[words.starts[row] : words.starts[row + 1]].tolist())
        for row in np.unique([one, two]).tolist()
    }
    shares = [
        len(sets[a] & sets[b]) / max(1, len(sets[a] | sets[b]))
        for a, b in zip(one.tolist(), two.tolist(), strict=True)
    ]
    return float(np.mean(shares)) if shares else 0.0
