"""Guess which columns of a file hold the text, the target, the group and the split."""

from __future__ import annotations

import difflib
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from probing.datasets import templates
from probing.datasets.formats.table import Table
from probing.errors import DatasetError
from probing.spec import DatasetSpec

# The usual names, in order of preference; case does not matter.
USUAL: dict[str, tuple[str, ...]] = {
    "text": (
        "text",
        "sentence",
        "statement",
        "question",
        "prompt",
        "content",
        "utterance",
        "review",
        "headline",
        "title",
        "tweet",
        "comment_text",
        "comment",
        "claim",
        "input",
        "body",
        "document",
        "passage",
        "message",
        "answer",
    ),
    "target": (
        "label",
        "labels",
        "target",
        "targets",
        "class",
        "category",
        "gold_label",
        "sentiment",
        "y",
        "score",
        "rating",
        "stars",
        "intent",
        "topic",
    ),
    "group": ("group", "group_id", "pair", "pair_id", "pairid", "cluster", "cluster_id"),
    "pair": (),
    "half": (),
    "split": (
        "split",
        "is_train",
        "is_test",
        "train_test",
        "train_test_split",
        "in_train",
        "train",
        "test",
        "fold",
        "set",
        "partition",
    ),
}
_FEWEST_TEXTS = 0.1


@dataclass(frozen=True)
class Columns:
    """The column for each role and for a template; `said` holds the roles that the spec names."""

    text: str
    target: str
    group: str | None
    pair: str | None
    half: str | None
    split: str | None
    said: frozenset[str]
    pieces: tuple[str, ...] = ()


def choose(table: Table, spec: DatasetSpec) -> Columns:
    """The columns that the spec names; the others are guessed by their usual names.

    Raises `DatasetError` for a named column that is missing, or when no text or target is found.
    """
    named = {role: getattr(spec, role) for role in USUAL}
    said = {role: _named(table, role, name) for role, name in named.items() if name}
    template = templates.of(spec, table) or "{text}"
    pieces = templates.columns_of(template, table)
    taken = {*said.values(), *pieces}
    if table.target is not None:
        taken.add(table.target)
    found = {role: said.get(role) or _usual(table, role, taken) for role in USUAL}
    found["target"] = said.get("target") or table.target or found["target"]
    if spec.group is False:
        found["group"] = None
    needs_text = templates.TEXT in templates.fields_of(template)
    if not needs_text:
        found["text"] = said.get("text") or pieces[0]
    for role in ("text", "target"):
        if found[role] is None:
            raise _missing(table, role, found)
    chosen = Columns(**found, said=frozenset(said), pieces=pieces)  # type: ignore[arg-type]
    if "text" not in said and needs_text and table.spans is None:
        _varied(table, chosen.text)
    return chosen


def _named(table: Table, role: str, name: str) -> str:
    if name in table.columns:
        return name
    close = difflib.get_close_matches(name, table.columns, n=1)
    guess = f"did you mean {close[0]!r}? " if close else ""
    hint = f"{guess}columns: {_listed(table)}"
    raise DatasetError(f"no column {name!r} to use as the {role}", where=table.source, hint=hint)


def _usual(table: Table, role: str, taken: Container[str]) -> str | None:
    free = {
        name.strip().lower(): name for name in reversed(list(table.columns)) if name not in taken
    }
    names = [free[usual] for usual in USUAL[role] if usual in free]
    return next((name for name in names if role != "text" or _is_text(table, name)), None)


def _is_text(table: Table, name: str) -> bool:
    first = next((value for value in table.columns[name] if value is not None), "")
    return isinstance(first, str)


def _missing(table: Table, role: str, found: Mapping[str, str | None]) -> DatasetError:
    listed = f"{'columns' if table.typed else 'columns, from the first line'}: {_listed(table)}"
    hints = [f'{listed}; name one with {role} = "..."']
    if (example := _fitting(table, role, set(found.values()))) is not None:
        hints = [f'{listed}; name one, for example {role} = "{example}"']
    if table.separator and next(iter(table.columns), "0") != "0":
        hints.append("set header = false if that line is data")
    what = f"cannot tell which column is the {role} (usual names: {', '.join(USUAL[role])})"
    usual = [name for name in table.columns if name.strip().lower() in USUAL["text"]]
    other = next((name for name in usual if not _is_text(table, name)), None)
    if role == "text" and other is not None:
        kind = type(next(value for value in table.columns[other] if value is not None)).__name__
        what = f"column {other!r} is no text: its values are of type {kind}"
    return DatasetError(what, where=table.source, hint=", or ".join(hints))


def _fitting(table: Table, role: str, taken: Container[str | None]) -> str | None:
    """A column without a role that may have this one: the longest texts, or the fewest values."""
    free = {
        name: list(map(str, values))
        for name, values in table.columns.items()
        if name not in taken and _is_scalar(values)
    }
    if role == "text":
        words = {name: texts for name, texts in free.items() if any(map(str.isalpha, texts[0]))}
        return max(words, key=lambda name: sum(map(len, words[name])), default=None)
    several = {name: set(texts) for name, texts in free.items() if 1 < len(set(texts)) < len(texts)}
    return min(several, key=lambda name: len(several[name]), default=None)


def _is_scalar(values: Sequence[object]) -> bool:
    return bool(values) and isinstance(values[0], (str, int, float))


def _varied(table: Table, name: str) -> None:
    different = set[str]()
    for value in table.columns[name]:
        different.update([value] if isinstance(value, str) else ())
        if len(different) >= _FEWEST_TEXTS * len(table):
            return
    if len(table) >= 20:
        raise DatasetError(
            f"column {name!r} has only {len(different)} distinct values in {len(table)} rows, "
            "too few to be the text",
            where=table.source,
            hint=f'confirm it with text = "{name}", or name another column: {_listed(table)}',
        )


def _listed(table: Table) -> str:
    return ", ".join(name or '""' for name in table.columns) or "none"
