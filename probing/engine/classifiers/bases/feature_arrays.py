"""Turn a set of `(features, target)` items into arrays."""

from __future__ import annotations

import sys
from collections.abc import Sized
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor


class SampleSet(Sized, Protocol):
    """What `fit` and `predict` take: items are `(features, target)`."""

    def __getitem__(self, index: int, /) -> tuple[Any, Any]: ...


def arrays(samples: SampleSet) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """Features `[n, d]` in float64 and targets `[n]`; class indices come as int64."""
    features, targets = _whole(samples)
    return np.asarray(on_cpu(features), dtype=np.float64), _as_targets(targets)


def tensors(samples: SampleSet, device: torch.device | str) -> tuple[Tensor, NDArray[Any]]:
    """Features `[n, d]` as a float32 tensor on `device`, and targets `[n]`."""
    import torch  # about 2 s, and classifiers of arrays never need it

    features, targets = _whole(samples)
    return torch.as_tensor(features, dtype=torch.float32).to(device), _as_targets(targets)


def _whole(samples: SampleSet) -> tuple[Any, Any]:
    """Both at once where the set holds them whole, else item by item."""
    features, targets = getattr(samples, "features", None), getattr(samples, "targets", None)
    if features is not None and targets is not None and len(features) == len(targets):
        return features, targets
    items = [samples[at] for at in range(len(samples))]
    if not items:
        return np.empty((0, 0)), np.empty(0)
    rows = [np.asarray(on_cpu(item[0])) for item in items]
    return np.stack(rows), np.array([on_cpu(item[1]) for item in items])


def _as_targets(targets: Any) -> NDArray[Any]:
    values = np.asarray(on_cpu(targets)).reshape(-1)
    return values.astype(np.float64 if values.dtype.kind == "f" else np.int64)


def on_cpu(values: Any) -> Any:
    """A tensor as an array; all else as it is."""
    torch = sys.modules.get("torch")
    return values.detach().cpu().numpy() if torch and isinstance(values, torch.Tensor) else values
