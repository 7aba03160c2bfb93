"""Datasets: texts with one target each, found, read and checked without torch."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from probing.datasets.dataset import TextDataset
    from probing.datasets.facts import DatasetFacts, facts_of
    from probing.datasets.feature_set import FeatureSet
    from probing.datasets.formats.reader_choice import is_dataset
    from probing.datasets.hub.fetching import Fetch, NotFetchedError, fetch, fetched, pinned
    from probing.datasets.kept import KeptDatasets
    from probing.datasets.loading import from_mapping, load
    from probing.datasets.lookup import resolve, shipped, shipped_folder
    from probing.datasets.nlp_dataset import NLPDataset
    from probing.datasets.parts import parts_of
    from probing.datasets.preview import peek, peek_each
    from probing.datasets.several import facts_of_each, refuse

# numpy: about 0.1 s, paid by whoever first reads a dataset, not by whoever names one.
_HOMES = {
    "DatasetFacts": "facts",
    "FeatureSet": "feature_set",
    "Fetch": "hub.fetching",
    "KeptDatasets": "kept",
    "NotFetchedError": "hub.fetching",
    "NLPDataset": "nlp_dataset",
    "TextDataset": "dataset",
    "facts_of": "facts",
    "facts_of_each": "several",
    "fetch": "hub.fetching",
    "fetched": "hub.fetching",
    "from_mapping": "loading",
    "is_dataset": "formats.reader_choice",
    "load": "loading",
    "parts_of": "parts",
    "peek": "preview",
    "peek_each": "preview",
    "pinned": "hub.fetching",
    "refuse": "several",
    "resolve": "lookup",
    "shipped": "lookup",
    "shipped_folder": "lookup",
}

__all__ = [
    "DatasetFacts",
    "FeatureSet",
    "Fetch",
    "KeptDatasets",
    "NLPDataset",
    "NotFetchedError",
    "TextDataset",
    "facts_of",
    "facts_of_each",
    "fetch",
    "fetched",
    "from_mapping",
    "is_dataset",
    "load",
    "parts_of",
    "peek",
    "peek_each",
    "pinned",
    "refuse",
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
