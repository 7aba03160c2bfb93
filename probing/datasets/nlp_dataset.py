"""`NLPDataset`: a dataset that can hold its pooled features, for a notebook or a script."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from probing.datasets.dataset import TextDataset
from probing.datasets.feature_set import FeatureSet
from probing.datasets.hub.fetching import fetched
from probing.datasets.loading import from_mapping, load
from probing.errors import DatasetError
from probing.spec import DatasetSpec, is_hub

Targets = NDArray[np.int64] | NDArray[np.float64]


class NLPDataset:
    """Texts with one target each and, once loaded, a feature vector for each.

    `json_input` is a path to any dataset format, `hub:OWNER/NAME`, which is fetched, a dict
    (`{"name", "task", "data": {"sentences", "labels"}}` or `{"texts", "labels"}`), or a
    `TextDataset`.
    Raises `DatasetError` for one that is missing or malformed.
    """

    def __init__(self, json_input: str | os.PathLike[str] | Mapping[str, Any] | TextDataset):
        self.dataset = _read(json_input)
        self.name = self.dataset.name
        self.task = self.dataset.task
        self.texts = list(self.dataset.texts)
        self.targets = self.dataset.targets
        self._loaded: FeatureSet | None = None

    def load_embeds_into_memory(
        self,
        model: Callable[[list[str]], Any],
        pooler: Callable[[Any], Any],
        batch_size: int = 32,
    ) -> None:
        """Run `pooler(model(texts))` batch by batch and keep the features in float32 on the CPU.

        If a pooler makes several samples of a text (`[batch, n_samples, d]`), they stay next to
        each other and each gets the text's target.
        """
        if self.dataset.spans is not None or self.dataset.chats is not None:
            what = "its rows are parts of texts, or conversations, which a pooler does not see here"
            hint = "use probing.extract(model, texts, poolers, spans=..., chats=...)"
            raise DatasetError(what, where=self.name, hint=hint)
        starts = range(0, len(self.texts), batch_size)
        batches = [self.texts[start : start + batch_size] for start in starts]
        pooled = [pooler(model(texts)).detach().float().cpu() for texts in batches]
        self._loaded = FeatureSet(*_joined(pooled, self.targets))

    @property
    def features(self) -> Any:
        """The features `[n_samples, d]`, a float32 tensor."""
        return self._features().features

    def __len__(self) -> int:
        return len(self.texts) if self._loaded is None else len(self._loaded)

    def __getitem__(self, index: int) -> tuple[Any, int | np.float32]:
        return self._features()[index]

    def _features(self) -> FeatureSet:
        if self._loaded is None:
            raise DatasetError(
                "the features are not loaded",
                where=self.name,
                hint="call load_embeds_into_memory(model, pooler) first",
            )
        return self._loaded


def _read(json_input: str | os.PathLike[str] | Mapping[str, Any] | TextDataset) -> TextDataset:
    if isinstance(json_input, TextDataset):
        return json_input
    if isinstance(json_input, Mapping):
        return from_mapping(json_input)
    spec = DatasetSpec(path=str(json_input))
    return load(spec, fetched(spec) if is_hub(spec.path) else Path(json_input))


def _joined(pooled: list[Any], targets: Targets) -> tuple[Any, Targets]:
    n_samples = 1 if pooled[0].ndim == 2 else pooled[0].shape[1]
    d = pooled[0].shape[-1]
    features = pooled[0].new_empty((len(targets) * n_samples, d))
    start = 0
    for part in pooled:
        rows = part.reshape(-1, d)
        features[start : start + len(rows)] = rows
        start += len(rows)
    if start != len(features):
        raise DatasetError(f"the pooler gave {start} vectors for {len(targets)} texts")
    repeated: Targets = np.repeat(targets, n_samples)  # type: ignore[assignment]
    return features, repeated
