"""Targets that stand in the text itself."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from probing.audit.findings import Finding, examples_of
from probing.audit.material import Ints, Material
from probing.audit.words import MOST_CHARACTERS

LEAST_SHARE = 0.2
SHORTEST_NAME = 3
MOST_CLASSES = 100
TELLING = 3.0  # times as often as the name of another class
_NUMBER = r"[-+]?\d+(?:\.\d+)?"


def target_in_text(material: Material) -> Iterator[Finding]:
    """Rows whose number, or the name of whose class, is written in their text."""
    rows = _with_number(material) if material.is_regression else _with_name(material)
    if len(rows) < LEAST_SHARE * len(material):
        return
    what = "number" if material.is_regression else "name of the class"
    yield Finding(
        "target_in_text",
        "warning",
        f"target stands in the text: {len(rows):,} of {len(material):,} rows",
        len(rows),
        examples_of(material.dataset, rows.tolist()),
        f"the {what} can be read off; remove or mask it, unless reading it is what is probed",
    )


def _texts(material: Material) -> pl.Series:
    return pl.Series(material.dataset.marked, dtype=pl.String).str.slice(0, MOST_CHARACTERS)


def _with_number(material: Material) -> Ints:
    found = _texts(material).str.extract_all(_NUMBER)
    counts = found.list.len().to_numpy()
    numbers = found.filter(found.list.len() > 0).explode().cast(pl.Float64, strict=False)
    owners = np.repeat(np.arange(len(counts)), counts)
    same = np.isclose(numbers.to_numpy(), material.targets[owners], rtol=1e-9, atol=1e-12)
    return np.unique(owners[same])


def _with_name(material: Material) -> Ints:
    """Rows with the name of their own class, where that is rarer in the rows of others."""
    names = [name.lower().replace("_", " ") for name in material.dataset.classes]
    named = [at for at, name in enumerate(names) if _is_telling(name)]
    if not named or len(named) > MOST_CLASSES:
        return np.empty(0, dtype=np.int64)
    lowered = _texts(material).str.to_lowercase()
    own: list[Ints] = []
    for at in named:
        inside = lowered.str.contains(rf"\b{_escaped(names[at])}\b").to_numpy()
        mine = material.targets == at
        rates = inside[mine].mean(), inside[~mine].mean()
        if rates[0] > TELLING * rates[1]:
            own.append(np.flatnonzero(inside & mine))
    return np.unique(np.concatenate(own)) if own else np.empty(0, dtype=np.int64)


def _is_telling(name: str) -> bool:
    return len(name) >= SHORTEST_NAME and any(character.isalpha() for character in name)


def _escaped(name: str) -> str:
    return "".join(c if c.isalnum() or c.isspace() else rf"\x{{{ord(c):X}}}" for c in name)
