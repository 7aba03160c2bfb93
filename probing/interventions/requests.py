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
    `n_random` directions of the same norm are the control.
    """

    kind: ClassVar[str] = "steer"

    probe: str
    model: Mapping[str, Any]
    prompts: tuple[str, ...]
    groups: tuple[int, ...]
    scales: tuple[float, ...]
    layers: tuple[int, ...]
    choices: tuple[str, ...] = ()
    max_new: int = 0
    n_random: int = 5
    seed: int = 0
    device: str = "auto"
    dtype: str = "auto"


Request = Steer
_KINDS: dict[str, type[Request]] = {one.kind: one for one in (Steer,)}


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
