"""Give every dataset and model of a plan a distinct name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from probing import catalog
from probing.errors import SpecError
from probing.plan.cells import unique_labels
from probing.plan.types import NamedDataset, NamedModel
from probing.spec import DatasetPart, DatasetSpec, ModelSpec, is_hub

if TYPE_CHECKING:
    from probing.catalog import ModelFacts
    from probing.datasets import DatasetFacts


def name_datasets(found: Sequence[tuple[DatasetSpec, DatasetFacts]]) -> list[NamedDataset]:
    """Give every dataset a distinct name: its own, or its path where two share a name."""
    names = unique_labels([facts.name for _, facts in found], [_whole_name(*one) for one in found])
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise SpecError(
            f"the dataset {twice!r} appears twice", where="datasets", hint="remove one of the two"
        )
    return [
        NamedDataset(name, entry, facts) for name, (entry, facts) in zip(names, found, strict=True)
    ]


def _whole_name(entry: DatasetSpec, facts: DatasetFacts) -> str:
    """The path, and what tells entries that read one path in several ways."""
    splits = entry.split if isinstance(entry.split, tuple) else (entry.split,)
    generated = f"generate={entry.generate}" if entry.generate else None
    said = (entry.config, *(splits if is_hub(entry.path) else ()), entry.sheet, generated)
    suffix = entry.suffix if isinstance(entry, DatasetPart) else ""
    return " ".join([facts.path, *(str(one) for one in said if one is not None)]) + suffix


def name_models(found: Sequence[tuple[ModelSpec, ModelFacts]]) -> list[NamedModel]:
    """Give every model a distinct name: its label, or its entry in full where two share a label."""
    names = unique_labels([catalog.label(s) for s, _ in found], [s.model for s, _ in found])
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise SpecError(
            f"the model {twice!r} appears twice", where="models", hint="remove one of the two"
        )
    return [
        NamedModel(name, entry, facts) for name, (entry, facts) in zip(names, found, strict=True)
    ]
