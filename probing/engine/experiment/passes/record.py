"""Facts about a forward pass, cached so that a later run needs no model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from probing.activations import Entry
from probing.engine.extraction import Extraction
from probing.engine.models import LMModel


@dataclass(frozen=True)
class PassRecord:
    """How a model read a dataset.

    `lengths` (in tokens, after cutting, with what was generated) and `truncated` are `[n_texts]`;
    `batches` hold text indices and were run on a device of the kind `device`. `n_params` counts
    what was run;
    `widths` are those of the layers of `resid`. `lost` and `cut` `[n_texts]` tell the rows of
    which a span has no token, or lies beyond what the model reads.
    """

    n_params: int
    max_length: int | None
    final_norm_layer: int | None
    device: str
    lengths: NDArray[np.int64]
    truncated: NDArray[np.bool_]
    batches: list[list[int]]
    widths: list[int]
    lost: NDArray[np.bool_]
    cut: NDArray[np.bool_]

    @property
    def n_truncated(self) -> int:
        """The number of texts that were cut."""
        return int(self.truncated.sum())

    def of_rows(self, rows: NDArray[np.int64] | None) -> PassRecord:
        """The record as far as it is about these rows; None: all."""
        if rows is None:
            return self
        names = ("lengths", "truncated", "lost", "cut")
        return replace(self, **{name: getattr(self, name)[rows] for name in names})

    @classmethod
    def of(cls, extraction: Extraction, told: Mapping[str, Any]) -> PassRecord:
        """The record of a pass, by what `facts_of` says of its model."""
        return cls(
            n_params=told["n_params"],
            max_length=told["max_length"],
            final_norm_layer=extraction.final_norm_layer,
            device=told["device"],
            lengths=extraction.lengths,
            truncated=extraction.truncated,
            batches=extraction.batches,
            widths=told["widths"],
            lost=extraction.lost,
            cut=extraction.cut,
        )

    def to_entry(self) -> Entry:
        """The record as an entry of the activation cache."""
        arrays = {
            "lengths": self.lengths,
            "truncated": self.truncated,
            "batch_rows": np.array([row for batch in self.batches for row in batch], np.int64),
            "batch_sizes": np.array([len(batch) for batch in self.batches], np.int64),
            "widths": np.array(self.widths, np.int64),
            "lost": self.lost,
            "cut": self.cut,
        }
        names = ("n_params", "max_length", "final_norm_layer", "device")
        return Entry(arrays, {name: getattr(self, name) for name in names})

    @classmethod
    def from_entry(cls, entry: Entry) -> PassRecord:
        """The record that `to_entry` made an entry of."""
        arrays = entry.arrays
        ends = np.cumsum(arrays["batch_sizes"])[:-1]
        return cls(
            lengths=arrays["lengths"],
            truncated=arrays["truncated"],
            batches=[rows.tolist() for rows in np.split(arrays["batch_rows"], ends)],
            widths=arrays["widths"].tolist(),
            lost=arrays["lost"],
            cut=arrays["cut"],
            **entry.facts,
        )


def facts_of(model: LMModel, generate: int = 0) -> dict[str, Any]:
    """What a record has of a model that reads texts continued by `generate` tokens."""
    return {
        "n_params": model.n_params,
        "max_length": model.longest(generate),
        "device": model.device.type,
        "widths": [model.width("resid", layer) for layer in range(model.n_layers + 1)],
    }
