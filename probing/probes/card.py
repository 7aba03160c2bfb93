"""The card of a saved probe: all that is known of it but its arrays, as one JSON object."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FORMAT = 1
LINEAR, NETWORK, SKOPS, CLOSED = "linear", "network", "skops", "closed"
ENSEMBLE, TOKENS = "ensemble", "tokens"
PLAIN, LOG_ODDS = "plain", "log_odds"  # links: how outputs become scores
_WORDING = ("template", "system", "assistant", "generation_prompt")


@dataclass(frozen=True)
class Place:
    """Where a probe reads: `layers` of a `site`, pooled by `pooler`, all keys of its entry.

    `layer` is empty where several are reduced, `label` the name of the pooler in results, and
    `width` the number of features. Over the training rows `norm` is the mean Euclidean norm of
    the features, and `spread` their standard deviation along each direction of a linear probe.
    """

    site: str
    layer: int | None
    layers: tuple[int, ...]
    pooler: Mapping[str, Any]
    label: str
    width: int
    norm: float
    spread: tuple[float, ...] = ()


@dataclass(frozen=True)
class CardOfModel:
    """The model: its name in results, its entry, and what tells it from others.

    `revision` is the commit of one on the hub, else empty. `fingerprint` is a digest of its
    configuration and of samples of its weight files, `tokenizer` one of its vocabulary and of
    how it reads a text; `dtype` is what the activations were computed in.
    """

    name: str
    entry: Mapping[str, Any]
    revision: str
    fingerprint: str
    tokenizer: str
    model_type: str
    n_layers: int
    d_model: int
    max_length: int | None
    dtype: str


@dataclass(frozen=True)
class CardOfDataset:
    """The dataset that it was fitted to: its name, path, digest, entry, and rows trained on."""

    name: str
    path: str
    sha256: str
    entry: Mapping[str, Any]
    n_texts: int
    n_trained: int

    @property
    def wording(self) -> dict[str, Any]:
        """What the entry says of how a row becomes what the model reads."""
        return {key: self.entry[key] for key in _WORDING if key in self.entry}


@dataclass(frozen=True)
class CardOfClassifier:
    """The classifier: its name in results, its entry, what it chose, and its flags.

    Of a class of a user's file `source` is that file, and `sha256` its digest; `given` is what an
    object of it needs beside its state.
    """

    name: str
    entry: Mapping[str, Any]
    scale: str
    n_params: int
    chosen: Mapping[str, float] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    source: str = ""
    sha256: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """How scores are read.

    A binary score above `threshold` is class 1, the threshold of best accuracy on out-of-fold
    scores; 0 where there are none. The probability is the logistic function (of several classes
    the softmax) of `slope` times the outputs plus `intercept`, fitted by Platt's method to
    out-of-fold scores where `calibrated` says so, else the classifier's own; None without either.
    """

    threshold: float
    slope: float | None = None
    intercept: float = 0.0
    calibrated: str = ""


@dataclass(frozen=True)
class Scored:
    """The scores of the cell on held-out texts: by metric its value and 95 % interval.

    `cell` is the cell whose scores these are: of a chosen probe the chosen cell. `controls` hold
    the same of each control of it. `n_texts` is how many held-out texts they are of.
    """

    cell: str
    n_folds: int
    metrics: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    controls: Mapping[str, Mapping[str, Mapping[str, float | None]]] = field(default_factory=dict)
    n_texts: int | None = None


@dataclass(frozen=True)
class Card:
    """A saved probe.

    `kind` is `linear` (arrays `weights` `[n_outputs, width]` and `bias` `[n_outputs]` in the
    units of the model's activations), `network` (the tensors of its `state`), `skops` (what skops
    writes of an estimator), these two with the `mean` and `unit` that features are scaled by, or
    `closed` (what the scores of its classifier follow from), `tokens` (what a
    probe of tokens learnt), or `ensemble` (the arrays of a member for each layer, which the
    classifier's `given` describes). `link` says what makes scores of the
    outputs: `plain`, or `log_odds` of each class against the rest. `fold` is None for the probe of
    all rows. `file` names the arrays, with their `sha256` and size.
    """

    name: str
    kind: str
    task: str
    classes: tuple[str, ...]
    link: str
    decision: Decision
    place: Place
    model: CardOfModel
    dataset: CardOfDataset
    classifier: CardOfClassifier
    score: Scored
    run: str
    cell: str
    fold: int | None
    created: str
    versions: Mapping[str, str]
    file: str = ""
    sha256: str = ""
    n_bytes: int = 0
    format: int = FORMAT

    @property
    def n_outputs(self) -> int:
        """One output for two classes or a number, else one for each class."""
        return len(self.classes) if self.task == "multiclass" else 1

    def record(self) -> dict[str, Any]:
        """The card as a JSON object."""
        return dataclasses.asdict(self)

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Card:
        """The card of a JSON object; raises `KeyError`, `TypeError` or `ValueError` for others."""
        if record["format"] != FORMAT:
            raise ValueError(f"format {record['format']!r}")
        parts = {key: _part(kind, record[key]) for key, kind in _PARTS.items()}
        return _part(cls, {**record, **parts})  # type: ignore[no-any-return]


_PARTS: dict[str, type] = {
    "decision": Decision,
    "place": Place,
    "model": CardOfModel,
    "dataset": CardOfDataset,
    "classifier": CardOfClassifier,
    "score": Scored,
}
_KINDS: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "int | None": (int, type(None)),
    "float | None": (int, float, type(None)),
}


def _part(kind: type, record: Any) -> Any:
    """A dataclass of a JSON object; lists become tuples, and plain values are checked."""
    if dataclasses.is_dataclass(record):
        return record
    values = {key: tuple(one) if isinstance(one, list) else one for key, one in record.items()}
    for one in dataclasses.fields(kind):
        known = _KINDS.get(str(one.type))
        if known and one.name in values and not isinstance(values[one.name], known):
            raise TypeError(f"{one.name} = {values[one.name]!r}")
    return kind(**values)
