"""A cell: one dataset × model × site × pooler × layer × classifier × control."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from probing.spec import ClassifierSpec, tells_size


@dataclass(frozen=True)
class Cell:
    """What a row of the results names; `layer` is None where the pooler reduces several.

    `dataset` is what it is tested on; `trained_on` is empty where that is what it is trained on.
    """

    dataset: str
    task: str
    model: str
    site: str
    pooler: str
    layer: int | None
    classifier: str
    control: str
    trained_on: str = ""

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits that depend on what the cell is, never on its place."""
        parts = (
            self.dataset,
            self.model,
            self.site,
            self.pooler,
            str(self.layer),
            self.classifier,
            self.control,
            *([self.trained_on] if self.trained_on else []),
        )
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:12]


def unique_labels(labels: Sequence[str], full: Sequence[str]) -> list[str]:
    """`labels`, but the full form wherever a label would stand for two entries."""
    return [
        label if labels.count(label) == 1 else whole
        for label, whole in zip(labels, full, strict=True)
    ]


def classifier_labels(entries: Sequence[ClassifierSpec]) -> list[str]:
    """Names of the classifiers: sizes are told, other parameters where two would share a name."""
    short = [_named(entry.name.rpartition(":")[2], tells_size(entry)) for entry in entries]
    return unique_labels(short, [_named(entry.name, entry.parameters) for entry in entries])


def _named(name: str, parameters: Mapping[str, Any]) -> str:
    options = ", ".join(f"{key}={value}" for key, value in sorted(parameters.items()))
    return f"{name}({options})" if options else name
