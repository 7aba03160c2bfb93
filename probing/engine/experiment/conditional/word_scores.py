"""What a bag of words says of every text of a fold, without having seen its label."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from probing.engine.blocks import Task
from probing.engine.controls import BagOfWords
from probing.engine.controls.bag_of_words import weighted
from probing.engine.controls.linear_models import Inner, Linear
from probing.engine.splits import Labelling
from probing.engine.splits.folding import Targets
from probing.errors import CellError

Numbers = NDArray[np.float64]


class WordScores:
    """The log odds of the control `bag_of_words` as features, each fold's made once.

    Wolpert (1992), "Stacked generalization": a text of the training part is scored by a fit that
    left its inner fold out, every other text by the fit to the training part.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self.bag = BagOfWords(texts)
        self._made: dict[bytes, Numbers] = {}
        self._making = Lock()

    def of(self, labelling: Labelling, at: int, task: Task, n_classes: int) -> Numbers:
        """Those of a fold, `[n_texts, 1]`, or `[n_texts, n_classes]` for more than two classes.

        Raises `CellError` where the training part has only one inner fold.
        """
        fold, inner = labelling.folds[at], labelling.inner_of(at)
        parts = labelling.targets, fold.train, fold.test, inner
        key = sha256(b"".join(part.tobytes() for part in parts)).digest()
        with self._making:
            if key not in self._made:
                with threadpool_limits(1):
                    made = self._scores(labelling.targets, fold.train, inner, task, n_classes)
                self._made[key] = made
            return self._made[key]

    def _scores(
        self,
        targets: Targets,
        train: NDArray[np.int64],
        inner: NDArray[np.int8],
        task: Task,
        n_classes: int,
    ) -> Numbers:
        if len(np.unique(inner)) < 2:
            raise CellError("the training part has only one inner fold to score words by")
        X, known = weighted(self.bag.counts, train), targets[train]
        inside = Inner(X[train], known, inner, task, n_classes)
        strength, _ = inside.chosen()
        scores = Linear(task, n_classes, strength).fit(X[train], known).scores(X)
        rows, left_out = inside.held_out(strength, every=True)
        scores[train[rows]] = left_out
        return scores.reshape(len(scores), -1)
