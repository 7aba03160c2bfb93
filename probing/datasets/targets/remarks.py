"""Remarks on targets that may have been misread, each with the key that changes it."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from probing.datasets.targets.value_kinds import (
    has_decimal_commas,
    has_leading_zeros,
    has_number_marks,
)

_MISSING = {"na", "n/a", "nan", "null", "none", "nil", "?", "-", "--", ".", "missing", "unknown"}
_PLACEHOLDERS = {"-1", "-9", "-99", "-999", "999", "9999"}
_FEW = 10


def remarks_on(
    task: str, raw: Sequence[Any], names: Sequence[str], column: str, *, of_words: bool = False
) -> Iterator[str]:
    """Sentences on one target column: `raw` as the file gives it, `names` as classes or numbers.

    Tags `of_words` may be punctuation marks, which stand for no missing value.
    """
    yield from _on_spelling(task, raw)
    if task == "regression":
        yield from _on_few_numbers(names)
    else:
        tags = [name for name in names if not of_words or any(map(str.isalnum, name))]
        yield from _on_stand_ins(tags, column)


def _on_spelling(task: str, raw: Sequence[Any]) -> Iterator[str]:
    if has_leading_zeros(raw) and task != "regression":
        yield 'classes keep their leading zeros (01 is not 1); task = "regression" reads numbers'
    elif has_decimal_commas(raw, ";") and task == "regression":
        yield 'targets have decimal commas: 3,5 is read as 3.5; task = "multiclass" reads names'
    elif has_number_marks(raw) and task != "regression":
        said = f"targets such as {raw[0]!r} are read as names"
        yield f"{said}; to predict numbers, write them plainly"


def _on_few_numbers(names: Sequence[str]) -> Iterator[str]:
    values = set(names)
    if len(values) > _FEW or len(values) * 5 > len(names):
        return
    task = "binary" if len(values) == 2 else "multiclass"
    yield (
        f"targets are numbers with only {len(values)} different values, read as regression; "
        f'task = "{task}" reads them as classes'
    )


def _on_stand_ins(names: Sequence[str], column: str) -> Iterator[str]:
    counts = Counter(names)
    every = {name.strip().casefold() for name in counts}
    for name, count in sorted(counts.items()):
        folded = name.strip().casefold()
        others = every - {folded}
        is_code = folded in _PLACEHOLDERS and all(other.isdecimal() for other in others)
        is_code &= others != {"1"}  # -1 and 1 are a usual pair
        if folded in _MISSING or is_code:
            quoted = name.replace("'", "''")
            value = name if is_code else f"'{quoted}'"
            yield (
                f"class {name!r} ({count:,} rows) looks like a missing value; "
                f'where = "{column} != {value}" leaves it out'
            )


def remarks_on_spellings(classes: Sequence[str]) -> Iterator[str]:
    """Sentences on classes that differ only in case, white space or Unicode form."""
    folded: dict[str, list[str]] = {}
    for name in classes:
        key = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
        folded.setdefault(key, []).append(name)
    for alike in folded.values():
        if len(alike) > 1:
            listed = ", ".join(map(repr, alike))
            yield f"classes {listed} differ only in case, spaces or Unicode form"
