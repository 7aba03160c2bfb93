"""The facts about a model that are known before it is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from probing.catalog.block_sizes import BlockShape

Source = Literal["hub cache", "folder", "package", "hub"]


@dataclass(frozen=True)
class Location:
    """Where a model lives: a folder, or a hub id with its revision that is still to be fetched.

    `gguf` is the GGUF file in the folder that holds the model, None for safetensors.
    """

    name: str
    source: Source
    folder: Path | None
    repo: str | None = None
    revision: str | None = None
    gguf: str | None = None


@dataclass(frozen=True)
class ModelFacts:
    """A model's size and shape, read from its `config.json` and the headers of its weights.

    `n_params` counts the whole checkpoint (heads and decoder included) where the weights are
    on this machine, and is an estimate from the configuration where they are not;
    `n_head_params` are those of a language head, which is never loaded, `n_run_params` those
    that a run computes with, as results count them. `block` is the shape of
    one block.
    `max_length` is in tokens, None where the configuration sets no limit.
    `has_final_norm` is None where the family is not known. `error` says why a model found on
    this machine cannot be used. `base_folder` is that of the model that an adapter changes.
    `last_width` is the width of the last hidden state where it differs from `d_model`.
    `is_causal` is false where the model cannot predict the next token of a text.
    """

    name: str
    source: Source
    folder: Path | None
    model_type: str
    n_layers: int
    d_model: int
    n_params: int
    max_length: int | None
    dtype: str
    has_final_norm: bool | None
    is_encoder_decoder: bool
    block: BlockShape
    n_head_params: int = 0
    n_run_params: int | None = None
    gguf: str | None = None
    error: str = ""
    base_folder: Path | None = None
    last_width: int | None = None
    is_causal: bool = True

    def width(self, site: str, layer: int) -> int:
        """The size of an activation of `layer` at `site`, as far as the configuration says."""
        is_last = site == "resid" and layer == self.n_layers
        return self.last_width or self.d_model if is_last else self.d_model

    @property
    def shown_params(self) -> int:
        """The parameters that a run computes with: the number that lists and results show."""
        return self.n_params if self.n_run_params is None else self.n_run_params

    @property
    def is_counted(self) -> bool:
        """Whether `n_params` was counted, not estimated."""
        return self.source != "hub"
