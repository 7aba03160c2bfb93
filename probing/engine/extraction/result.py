"""The result of a forward pass, and its progress."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from probing.engine.extraction.text_layout import Layout
from probing.errors import RunError
from probing.spec import PoolerSpec


@dataclass(frozen=True)
class PassProgress:
    """How far the pass is, in texts and in tokens that are run (repeated texts run once).

    Of many texts `tokens_total` is what those that are tokenised so far let expect.
    """

    texts_done: int
    texts_total: int
    tokens_done: int
    tokens_total: int
    elapsed_s: float


@dataclass(frozen=True)
class Extraction:
    """The pooled features of a dataset.

    `features` holds for every pooler float32 `[n_cells, n_texts, n_samples, features]` on the
    CPU, cells in the order of `probing.layer_choice.cells_of`; it is empty where the pass was
    given a sink of its own. In place of a pooler with cells of different widths it holds those of
    `probing.layer_choice.lone_cell`, one for each cell. `lengths` (in tokens, after cutting)
    and `truncated` (cut by the maximum length) are `[n_texts]`, and so are, where spans were
    marked, `lost` (a span has no token, and the one before its place stands for it) and `cut`
    (some of a span lies beyond what the model reads). `fallbacks` counts for every
    pooler the texts of which `specials = "drop"` and `skip_first` left no token, so that their
    last token stands for them. `n_tokens` were run, in `batches` of text indices, and
    `layout` is how the texts of a batch were laid out.
    `final_norm_layer` is the layer that is read after a final norm, None if there is none.
    """

    features: Mapping[PoolerSpec, torch.Tensor]
    lengths: NDArray[np.int64]
    truncated: NDArray[np.bool_]
    lost: NDArray[np.bool_]
    cut: NDArray[np.bool_]
    fallbacks: Mapping[PoolerSpec, int]
    n_tokens: int
    batches: list[list[int]]
    elapsed_s: float
    final_norm_layer: int | None
    layout: Layout


@dataclass(frozen=True)
class PartRead:
    """What a pass over a part of the different texts found beside their features.

    `lengths` and `truncated` are of the texts of the part, in their order; `lost`, `cut` and, by
    pooler, `fallbacks` are `[n_texts]` of all, of which the rows that the part serves count.
    """

    lengths: NDArray[np.int64]
    truncated: NDArray[np.bool_]
    n_tokens: int
    batches: list[list[int]]
    layout: Layout
    final_norm_layer: int | None
    lost: NDArray[np.bool_]
    cut: NDArray[np.bool_]
    fallbacks: Mapping[PoolerSpec, NDArray[np.bool_]]


class PassStopped(RunError):  # noqa: N818 - a request that was met, not a fault
    """The pass ended because `stop` said so."""
