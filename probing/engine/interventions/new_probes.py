"""Probes that are fitted anew under an erasing: what linear classifiers still find."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from probing.datasets import TextDataset
from probing.engine.blocks import Block, FoldFailure, FoldFit
from probing.engine.classifiers.builtin.logistic import LogisticRegression
from probing.engine.classifiers.builtin.ridge import Ridge
from probing.engine.metrics import Predicted, optimism
from probing.engine.splits import Fold, Labelling, inner_folds, seed_of
from probing.errors import CellError

Features = NDArray[np.float32]
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class NewProbes:
    """Fits a probe to the training part of a fold: logistic regression, of numbers ridge."""

    data: TextDataset
    seed: int

    def measured(self, features: Features, fold: Fold, number: int) -> dict[str, Any]:
        """What a probe says of the test texts of fold `number`, of `features` `[n_texts, d]`.

        Of classes `hits` says whether it is right, of numbers what it `predicts`. `trained` is its
        accuracy or R² on training texts, and `optimism` how far it exceeds that of test texts.
        Raises `CellError` where it cannot be fitted.
        """
        data, seed = self.data, seed_of(self.seed, "inner", number)
        inner = inner_folds(fold.train, data.targets, data.groups, data.task, seed)
        labelling = Labelling("", 0, data.targets, (fold,), (inner,), seed)
        fit = self._fitted(features, labelling)
        assert fit.seen is not None
        own, seen = data.targets[fold.test], data.targets[fit.seen.texts]
        if data.task == "regression":
            trained = _r_squared(fit.seen.scores, seen.astype(np.float64))
            predicts = np.round(fit.test_scores, 8).tolist()
            return {"predicts": predicts, "trained": trained, "optimism": 1.0}
        assert fit.decision is not None
        share = optimism(
            [self._predicted(own, fit.test_scores)], [self._predicted(seen, fit.seen.scores)]
        )
        hits = (fit.decision == own).astype(int).tolist()
        return {"hits": hits, "trained": _right(fit.seen.scores, seen), "optimism": share}

    def _fitted(self, features: Features, labelling: Labelling) -> FoldFit:
        data = self.data
        rows = torch.from_numpy(features)[None, :, None]
        own = data.groups, data.task, data.n_classes, "standard"
        is_number = data.task == "regression"
        classifier = Ridge() if is_number else LogisticRegression()
        fit = next(iter(classifier.fit(Block(rows, (labelling,), *own, holds_out=is_number))))  # type: ignore[arg-type]
        if isinstance(fit, FoldFailure):
            raise CellError(fit.reason, where=data.name)
        return fit

    def _predicted(self, targets: NDArray[np.generic], scores: Numbers) -> Predicted:
        return Predicted(self.data.task, self.data.n_classes, targets, scores)


def _right(scores: Numbers, targets: NDArray[np.generic]) -> float:
    decided = scores > 0 if scores.ndim == 1 else scores.argmax(axis=1)
    return float((decided == targets).mean())


def _r_squared(scores: Numbers, targets: Numbers) -> float | None:
    whole = float(((targets - targets.mean()) ** 2).sum())
    return 1 - float(((scores - targets) ** 2).sum()) / whole if whole else None
