"""The draft: the spec that Compose edits; it may be incomplete or hold wrong values."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from probing.spec import ClassifierSpec, DatasetSpec, Entry, ModelSpec, PoolerSpec, Spec

LONGEST_NAME = 40
LISTS = ("datasets", "models", "poolers", "classifiers")
SETTINGS = {
    field.name: field.default if field.default is not dataclasses.MISSING else None
    for field in dataclasses.fields(Spec)
    if field.name not in LISTS
}


@dataclass(frozen=True)
class Draft:
    """The picked entries; `settings` holds every other key of the spec, as typed."""

    datasets: tuple[DatasetSpec, ...] = ()
    models: tuple[ModelSpec, ...] = ()
    poolers: tuple[PoolerSpec, ...] = ()
    classifiers: tuple[ClassifierSpec, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=lambda: dict(SETTINGS))

    @classmethod
    def of(cls, spec: Spec) -> Draft:
        """`spec` as a draft."""
        picked = {key: getattr(spec, key) for key in LISTS}
        return cls(**picked, settings={key: getattr(spec, key) for key in SETTINGS})

    def spec(self) -> Spec:
        """The draft as a spec; raises `SpecError` with the first wrong key."""
        return Spec(self.datasets, self.models, self.poolers, self.classifiers, **self.settings)

    def picked(self, kind: str) -> tuple[Entry, ...]:
        """The picked entries of one kind, such as `models`."""
        entries: tuple[Entry, ...] = getattr(self, kind)
        return entries

    def toggled(self, kind: str, entry: Entry) -> Draft:
        """The draft with `entry` picked, or without it if it was picked."""
        entries = self.picked(kind)
        kept = tuple(one for one in entries if one != entry)
        return self._with(kind, kept if len(kept) < len(entries) else (*entries, entry))

    def exchanged(self, kind: str, old: Entry, new: Entry) -> Draft:
        """The draft with `new` in the place of `old`, or added if `old` was not picked."""
        entries = [one for one in self.picked(kind) if one == old or one != new]
        at = entries.index(old) if old in entries else len(entries)
        return self._with(kind, (*entries[:at], new, *entries[at + 1 :]))

    def set(self, key: str, value: Any) -> Draft:
        """The draft with another setting."""
        return dataclasses.replace(self, settings={**self.settings, key: value})

    def named_after(self, before: Draft) -> Draft:
        """The draft with a name after its datasets, unless that of `before` was typed."""
        untyped = SETTINGS["name"], name_after(before.datasets)
        if self.datasets == before.datasets or before.settings["name"] not in untyped:
            return self
        return self.set("name", name_after(self.datasets))

    def _with(self, kind: str, entries: tuple[Entry, ...]) -> Draft:
        changed: dict[str, Any] = {kind: entries}
        return dataclasses.replace(self, **changed)


def name_after(datasets: Sequence[DatasetSpec]) -> Any:
    """What a run over these datasets is called unless its name is typed."""
    names = [_short_name(one) for one in datasets]
    if not names:
        return SETTINGS["name"]
    joined = "-".join(names)
    if len(joined) <= LONGEST_NAME:
        return joined
    more = f"-and-{len(names) - 1}-more" if len(names) > 1 else ""
    return names[0][:LONGEST_NAME] + more


def _short_name(dataset: DatasetSpec) -> str:
    """The name of a dataset in letters, digits, `-`, `_` and `.`."""
    path = Path(dataset.path)
    stem = path.name.split(".")[0] or path.parent.name
    return re.sub(r"[^\w-]+", "-", dataset.name or stem).strip("-") or "data"
