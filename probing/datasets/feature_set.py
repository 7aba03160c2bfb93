"""Features with their targets, in the form that torch's `DataLoader` reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class FeatureSet:
    """Pooled features `[n_samples, d]` (a tensor or an array) with targets `[n_samples]`.

    An item is `(features, target)`; the target is an int for a class and a float32 otherwise,
    so that torch's `DataLoader` can batch it.
    """

    features: Any
    targets: NDArray[np.int64] | NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int) -> tuple[Any, int | np.float32]:
        target = self.targets[index]
        whole = np.issubdtype(self.targets.dtype, np.integer)
        return self.features[index], int(target) if whole else np.float32(target)
