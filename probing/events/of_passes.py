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
class Progressed(Event):
    """How far a model has come with the texts of a dataset."""

    model: str
    dataset: str
    texts_done: int
    texts_total: int
    tokens_done: int
    tokens_total: int
    elapsed_s: float


@dataclass(frozen=True)
class PassProgressed(Progressed):
    """Progress of a forward pass."""

    kind: ClassVar[str] = "pass_progressed"


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


@dataclass(frozen=True)
class GenerationStarted(Event):
    """A model starts to continue the texts of a dataset, each by up to `n_new` tokens.

    `n_texts` are the different ones that are left to be continued.
    """

    kind: ClassVar[str] = "generation_started"
    model: str
    dataset: str
    n_texts: int
    n_new: int
    devices: tuple[str, ...] = ()


@dataclass(frozen=True)
class GenerationProgressed(Progressed):
    """Progress of the continuing of texts; `tokens_total` is what there may be at most."""

    kind: ClassVar[str] = "generation_progressed"


@dataclass(frozen=True)
class TextsGenerated(Event):
    """Some continuations are kept: `file` among the parts of the run, with its `sha256`.

    `texts` is the digest of what is read of the dataset. A resumed run does not make them again.
    """

    kind: ClassVar[str] = "texts_generated"
    model: str
    texts: str
    n_texts: int
    file: str
    sha256: str


@dataclass(frozen=True)
class GenerationDone(Event):
    """Every text of a dataset is continued: by `n_tokens` in all, of which `n_made` are new.

    Of the `n_texts` different ones `n_ended` ended by themselves, `n_empty` of them at once.
    """

    kind: ClassVar[str] = "generation_done"
    model: str
    dataset: str
    n_texts: int
    n_tokens: int
    n_made: int
    n_ended: int
    n_empty: int
    elapsed_s: float
