"""The form of a dataset: every key of its entry but the path."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from probing.spec import DatasetSpec
from probing.spec.values import LEVELS, MISSING, NEAR_DUPLICATES
from tui.dialogs.form import FormScreen
from tui.widgets.fields import Field, read_value, shown_names, shown_value

_MEANINGS = {
    "name": "name in the results; empty: the name of the file",
    "text": "column of the texts; empty: found by its usual names",
    "target": 'column of the targets, or several: ["a", "b"]; empty: found by its usual names',
    "group": "column of the groups; no split divides a group; false: none",
    "pair": "column of the pairs: what exactly two texts share; empty: the groups of two",
    "half": "column of two values: which form of its pair a text is, as yes and no",
    "split": "column of a given train/validation/test split; of the hub: splits by name",
    "config": "configuration of a dataset on the hub",
    "revision": "branch, tag or commit of a dataset on the hub",
    "header": "false: the first line is data and the columns are 0, 1, …; CSV and TSV only",
    "sheet": "sheet of a workbook: its name, or its number from 1; empty: the only one with rows",
    "task": "empty: inferred from the targets",
    "positive": "label of class 1 in a binary task",
    "level": "word: a row for each word that has a label; empty: found by itself",
    "spans": "columns with the start and the end of a span, in characters: start, end",
    "position": "row of one token: after:{answer}, or a column that counts characters",
    "template": 'put the text into a sentence, such as "Is this true? {text}"; or chat',
    "system": "template chat: what the system says",
    "assistant": "template chat: what the assistant says, such as {answer}",
    "generation_prompt": "template chat: whether the assistant's turn is opened",
    "generate": "each model continues a text by so many tokens of its own; empty: none",
    "where": "keep rows that fulfil a condition, such as year > 1990",
    "subset": "column whose values become a dataset each",
    "classes": "keep these classes: a, b; empty: all",
    "min_class": "leave out classes of fewer groups of texts than this",
    "rest": "name of a class that gathers those left out",
    "missing": "a row without a text or a target is an error, or is dropped",
    "near_duplicates": "join: they share a fold; keep: only told; ignore: not looked for",
    "limit": "use a sample of this many rows: stratified, whole groups",
}
_CHOICES = {
    "header": ("", "true", "false"),
    "task": ("", "binary", "multiclass", "regression"),
    "level": ("", *LEVELS),
    "generation_prompt": ("false", "true"),
    "missing": MISSING,
    "near_duplicates": NEAR_DUPLICATES,
}
_TYPED = ("header", "sheet", "min_class", "limit", "generation_prompt", "generate")
_DEFAULTS = {
    one.name: one.default for one in dataclasses.fields(DatasetSpec) if one.name in _MEANINGS
}


def dataset_form(entry: DatasetSpec) -> FormScreen:
    """The form that edits `entry`."""

    def build(values: Mapping[str, Any]) -> DatasetSpec:
        given = {**_DEFAULTS, **values}
        if given["group"] == "false":
            given["group"] = False
        if isinstance(given["target"], str) and given["target"].startswith("["):
            given["target"] = read_value(Field("target", is_names=True), given["target"])
        return dataclasses.replace(entry, **given)

    return FormScreen(f"Dataset {entry.path}", [_field(entry, key) for key in _MEANINGS], build)


def _field(entry: DatasetSpec, key: str) -> Field:
    value, meaning = getattr(entry, key), _MEANINGS[key]
    if key == "spans":
        flat = tuple(name for pair in value or () for name in pair)
        return Field(key, shown_names(flat), meaning, is_names=True)
    if key == "classes" or isinstance(value, tuple):
        return Field(key, shown_names(value or ()), meaning, is_names=True)
    return Field(key, shown_value(value), meaning, _CHOICES.get(key, ()), key not in _TYPED)
