"""What an intervention is asked to do, as one JSON object that its folder holds."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class Steer:
    """Add the direction of a probe to a model's activations, times each of `scales`.

    A scale of 1 is one standard deviation of the probe's training rows along its direction.
    `layers` are where it is added, that of the probe first; `groups` `[n_prompts]` number prompts
    that belong together. The next token's `choices` are compared, and `max_new` tokens generated.
    Directions of the same norm are the controls: `n_random` that are drawn, and those of
    `n_shuffled` probes that are fitted to shuffled labels. `class_name` says whose direction it is,
    of several classes; an empty `dtype` is that in which the probe was trained.
    """

    kind: ClassVar[str] = "steer"

    probe: str
    prompts: tuple[str, ...]
    groups: tuple[int, ...]
    scales: tuple[float, ...]
    layers: tuple[int, ...]
    choices: tuple[str, ...] = ()
    max_new: int = 0
    n_random: int = 5
    n_shuffled: int = 3
    class_name: str = ""
    seed: int = 0
    device: str = "auto"
    dtype: str = ""

    @property
    def largest_scale(self) -> float:
        """The scale that moves activations furthest; of two that do, the one above 0."""
        return max(self.scales, key=lambda scale: (abs(scale), scale))


@dataclass(frozen=True)
class Erase:
    """Take what a probe's target says out of a model's activations.

    `places` are layers that are edited together, one tuple for each erasure: each layer alone, or
    all of them. `methods` are `leace` and `mean`, and `n_random` subspaces of the same rank the
    control. Erasers and new probes are fitted in `n_folds` folds of the dataset of the probe, or of
    the one at `data` (`data_stamp` tells when it has changed), or of `limit` of its texts.
    """

    kind: ClassVar[str] = "erase"

    probe: str
    places: tuple[tuple[int, ...], ...]
    methods: tuple[str, ...] = ("leace", "mean")
    choices: tuple[str, ...] = ()
    data: str = ""
    data_stamp: str = ""
    n_folds: int = 5
    n_random: int = 3
    limit: int | None = None
    seed: int = 0
    device: str = "auto"
    dtype: str = ""


@dataclass(frozen=True)
class Patch:
    """Put activations of a text's twin in the place of its own, one layer and token at a time.

    `twins` are pairs of a text and its twin, `answers` the two next tokens whose logits are
    compared for each pair, and `groups` `[n_pairs]` number pairs that belong together. Where it
    goes `along` the probe only the part along its direction is replaced. The control are
    `n_random` random directions there, else activations of as many texts of other pairs. Pairs of
    different lengths are left out where `skips` says so.
    """

    kind: ClassVar[str] = "patch"

    probe: str
    twins: tuple[tuple[str, str], ...]
    answers: tuple[tuple[str, str], ...]
    groups: tuple[int, ...]
    layers: tuple[int, ...]
    along: bool = False
    skips: bool = False
    n_random: int = 5
    class_name: str = ""
    seed: int = 0
    device: str = "auto"
    dtype: str = ""


@dataclass(frozen=True)
class Explain:
    """Say what a probe's direction is near to: tokens of the vocabulary, texts, class means.

    The texts of a dataset at `data` stand in the place of those of the probe, where one is named;
    `data_stamp` tells when it has changed.
    The vocabulary is that of the unembedding, or of the input embeddings where these are asked for.
    `n_shown` tokens and texts are named on each side; the texts are those of the dataset of the
    probe, or `limit` of them. `n_random` random directions are the control.
    """

    kind: ClassVar[str] = "explain"

    probe: str
    data: str = ""
    data_stamp: str = ""
    input_embeddings: bool = False
    n_shown: int = 10
    n_random: int = 20
    limit: int | None = None
    class_name: str = ""
    seed: int = 0
    device: str = "auto"
    dtype: str = ""


Request = Steer | Erase | Patch | Explain
_KINDS: dict[str, type[Request]] = {one.kind: one for one in (Steer, Erase, Patch, Explain)}


def record(request: Request) -> dict[str, Any]:
    """The request as a JSON object."""
    return {"kind": request.kind, **dataclasses.asdict(request)}


def read(record: Mapping[str, Any]) -> Request:
    """The request of a JSON object; raises `KeyError` or `TypeError` for others."""
    kind = _KINDS[record["kind"]]
    values = {key: _tuples(one) for key, one in record.items() if key != "kind"}
    return kind(**values)


def digest(request: Request, *parts: str) -> str:
    """The same for the same request, and for the same `parts` that it depends on."""
    told = json.dumps([record(request), *parts], sort_keys=True).encode()
    return hashlib.sha256(told).hexdigest()


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
