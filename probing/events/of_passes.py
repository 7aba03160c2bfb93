"""How the forward pass of a model over a dataset goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from probing.events.base import Event


@dataclass(frozen=True)
class PassStarted(Event):
    """A model starts to read a dataset; `devices` hold its weights (empty: no model is loaded)."""

    kind: ClassVar[str] = "pass_started"
    model: str
    dataset: str
    n_texts: int
    n_params: int
    devices: tuple[str, ...] = ()


@dataclass(frozen=True)
class PassProgressed(Event):
    """Progress of a forward pass."""

    kind: ClassVar[str] = "pass_progressed"
    model: str
    dataset: str
    texts_done: int
    texts_total: int
    tokens_done: int
    tokens_total: int
    elapsed_s: float


@dataclass(frozen=True)
class PassDone(Event):
    """A forward pass is done: the features of every site, layer and pooler are ready.

    Of the pooled features (one for each site, layer and pooler) `n_cached` came from the
    activation cache and `n_computed` did not. If all did (`cached`), no model was loaded and no
    token or batch was run. `unpacked` says why texts were padded, and is empty if they were
    packed into batches without padding.
    """

    kind: ClassVar[str] = "pass_done"
    model: str
    dataset: str
    n_texts: int
    n_tokens: int
    n_truncated: int
    n_batches: int
    elapsed_s: float
    cached: bool = False
    n_cached: int = 0
    n_computed: int = 0
    unpacked: str = ""
