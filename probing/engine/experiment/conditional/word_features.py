"""The words of texts as a few features: the TF-IDF of `bag_of_words` in its main directions."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import TruncatedSVD
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from probing.engine.controls.bag_of_words import BagOfWords, weighted
from probing.spec.values import WORD_FEATURES

VARIANCE = 100.0  # of all features together: that of so many standardised ones

Features = NDArray[np.float32]


class WordFeatures:
    """Makes the features of each training part once.

    Deerwester et al. (1990), "Indexing by latent semantic analysis": terms, weights and the 256
    directions in which the training texts are longest are those of the training part. Of fewer
    training texts they hold all that a linear model with an L2 penalty can use of the terms.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self.bag = BagOfWords(texts)
        self._made: dict[bytes, Features] = {}
        self._making = Lock()

    def of(self, train: NDArray[np.int64]) -> Features:
        """Those of all texts, `[n_texts, at most 256]`, by the texts of a training part."""
        key = sha256(train.tobytes()).digest()
        with self._making:
            if key not in self._made:
                # products of sparse rows are short: more threads would only wait for each other
                with threadpool_limits(1):
                    self._made[key] = self._features(train)
            return self._made[key]

    def _features(self, train: NDArray[np.int64]) -> Features:
        X = weighted(self.bag.counts, train)
        n = min(WORD_FEATURES, *X[train].shape)
        found = TruncatedSVD(n, n_iter=7, random_state=0).fit(X[train]).transform(X)
        spread = float(found[train].var(axis=0).sum())
        scaled: Features = (found * np.sqrt(VARIANCE / (spread or 1.0))).astype(np.float32)
        return scaled
