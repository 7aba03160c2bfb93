"""Give every dataset and model of a plan a name of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from probing import catalog
from probing.errors import SpecError
from probing.plan.cells import unique_labels
from probing.plan.types import NamedDataset, NamedModel
from probing.spec import DatasetSpec, ModelSpec

if TYPE_CHECKING:
    from probing.catalog import ModelFacts
    from probing.datasets import DatasetFacts


def name_datasets(found: Sequence[tuple[DatasetSpec, DatasetFacts]]) -> list[NamedDataset]:
    """Give every dataset a name of its own: its name, or its path where two share one."""
    names = unique_labels([facts.name for _, facts in found], [str(f.path) for _, f in found])
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise SpecError(
            f"the dataset {twice!r} is named twice", where="datasets", hint="drop one of the two"
        )
    return [
        NamedDataset(name, entry, facts) for name, (entry, facts) in zip(names, found, strict=True)
    ]


def name_models(found: Sequence[tuple[ModelSpec, ModelFacts]]) -> list[NamedModel]:
    """Give every model a name of its own: its label, or all it was given where two share one."""
    names = unique_labels([catalog.label(s) for s, _ in found], [s.model for s, _ in found])
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise SpecError(
            f"the model {twice!r} is named twice", where="models", hint="drop one of the two"
        )
    return [
        NamedModel(name, entry, facts) for name, (entry, facts) in zip(names, found, strict=True)
    ]
