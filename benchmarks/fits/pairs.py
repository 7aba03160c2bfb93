"""One layer and fold for scikit-learn to fit, and in which manner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

STRENGTHS = {"logistic": np.logspace(-4, 4, 10), "ridge": np.logspace(-3, 6, 10)}
Manner = Literal["cold", "warm", "pipeline", "joint", "exact"]
Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Pair:
    """One layer and fold to fit. `features` names a file of `[n_layers, n, d]`.

    `manner` says how: `cold` as most people write it, every model afresh and in a pipeline with
    its scaler; `warm` with each C started from the last, and scaled once; `pipeline` with each C
    from the last, but a scaler with every model; `joint` with all ridge strengths in one call;
    `exact` in float64 until nothing moves. `inner` `[n_train]` are the inner folds.
    """

    features: str
    layer: int
    fold: int
    targets: Labels
    train: Labels
    test: Labels
    inner: NDArray[np.int8]
    parts: tuple[str, ...]
    scale: str
    manner: Manner

    @property
    def is_piped(self) -> bool:
        """Whether every model has a scaler of its own.

        Where strengths are chosen inside, all inner folds share the scaler of their training
        rows, as ours do.
        """
        choosing = any(part.endswith("chosen") for part in self.parts)
        return self.scale == "standard" and self.manner in ("cold", "pipeline") and not choosing

    def arrays(self) -> tuple[Any, Any]:
        """Training and test features, scaled by the training rows where no pipeline does it."""
        X = np.load(self.features, mmap_mode="r")[self.layer]
        train, test = X[self.train], X[self.test]
        if self.manner == "exact":
            train, test = train.astype(np.float64), test.astype(np.float64)
        if self.scale != "standard" or self.is_piped:
            return train, test
        scaler = StandardScaler().fit(train)
        return scaler.transform(train), scaler.transform(test)

    def model(self, model: Any) -> Any:
        """The model as it is fitted: alone, or behind its scaler."""
        return make_pipeline(StandardScaler(), model) if self.is_piped else model
