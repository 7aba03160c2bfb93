"""Datasets: texts with one target each, found, read and checked without torch."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from probing.datasets.dataset import TextDataset
    from probing.datasets.facts import DatasetFacts
    from probing.datasets.features import FeatureSet
    from probing.datasets.formats import is_dataset
    from probing.datasets.loading import from_mapping, load
    from probing.datasets.lookup import resolve, shipped, shipped_folder
    from probing.datasets.nlp import NLPDataset
    from probing.datasets.peeking import peek

# numpy: about 0.1 s, paid by whoever first reads a dataset, not by whoever names one.
_HOMES = {
    "DatasetFacts": "facts",
    "FeatureSet": "features",
    "NLPDataset": "nlp",
    "TextDataset": "dataset",
    "from_mapping": "loading",
    "is_dataset": "formats",
    "load": "loading",
    "peek": "peeking",
    "resolve": "lookup",
    "shipped": "lookup",
    "shipped_folder": "lookup",
}

__all__ = [
    "DatasetFacts",
    "FeatureSet",
    "NLPDataset",
    "TextDataset",
    "from_mapping",
    "is_dataset",
    "load",
    "peek",
    "resolve",
    "shipped",
    "shipped_folder",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
