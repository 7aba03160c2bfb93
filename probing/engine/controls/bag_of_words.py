"""The control of words and characters: a linear model on the TF-IDF of the texts themselves."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from probing.engine.blocks import Block, FoldFailure, FoldFit, TextScores
from probing.engine.controls.linear_models import NAMES, Inner, Linear
from probing.engine.splits import Labelling

MOST_TERMS = 20_000  # of words and of characters: the most frequent ones of the training part
WORDS: dict[str, Any] = {"ngram_range": (1, 2), "token_pattern": r"(?u)\b\w+\b"}
CHARACTERS: dict[str, Any] = {"ngram_range": (2, 4), "analyzer": "char_wb", "lowercase": False}


class BagOfWords:
    """Logistic regression (ridge for numbers) on words, pairs of words and runs of characters.

    The terms, their weights and the strength of the penalty are of the training part alone:
    of words and of characters the 20,000 most frequent terms, each with the weight (1 + log count)
    times log((1 + n) / (1 + df)) + 1, every text scaled to length 1 in both.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts

    def fit(self, block: Block) -> Iterator[FoldFit | FoldFailure]:
        """Fit every fold of every labelling; the features of the block are not looked at."""
        for labelling_at, labelling in enumerate(block.labellings):
            for fold in range(len(labelling.folds)):
                # products of sparse rows are short: more threads would only wait for each other
                with threadpool_limits(1):
                    fit = self._fit(block, labelling_at, labelling, fold)
                yield fit

    @cached_property
    def counts(self) -> list[Any]:
        """How often each term stands in each text, for words and for characters."""
        made = [CountVectorizer(**options) for options in (WORDS, CHARACTERS)]
        return [_counted(one, self.texts) for one in made]

    def _fit(
        self, block: Block, labelling_at: int, labelling: Labelling, at: int
    ) -> FoldFit | FoldFailure:
        began = time.monotonic()
        fold, inner = labelling.folds[at], labelling.inner_of(at)
        if len(np.unique(inner)) < 2:
            reason = "no strength can be chosen: the training part has only one inner fold"
            return FoldFailure(0, labelling_at, at, reason)
        train, task, name = fold.train, block.task, NAMES[block.task]
        X, targets = weighted(self.counts, train), labelling.targets[train]
        inside = Inner(X[train], targets, inner, task, block.n_classes)
        strength, at_edge = inside.chosen()
        model = Linear(task, block.n_classes, strength).fit(X[train], targets)
        return FoldFit(
            layer_at=0,
            labelling_at=labelling_at,
            fold=at,
            test_scores=model.scores(X[fold.test]),
            decision=model.decided(X[fold.test]),
            probabilities=model.probabilities(X[fold.test]),
            n_params=model.n_params,
            fit_s=time.monotonic() - began,
            chosen={name: strength},
            flags=(f"{name} at the grid's edge",) if at_edge else (),
            held_out=_held_out(inside, train, strength) if task == "binary" else None,
            seen=TextScores(fold.seen, model.scores(X[fold.seen])),
        )


def _held_out(inside: Inner, train: NDArray[np.int64], strength: float) -> TextScores:
    rows, scores = inside.held_out(strength)
    return TextScores(train[rows], scores)


def weighted(counts: Sequence[Any], train: NDArray[np.int64]) -> Any:
    """The weights of the terms in every text, `[n_texts, n_terms]`, by the rows of `train`."""
    parts = []
    for count in counts:
        seen = count[train]
        totals = np.asarray(seen.sum(axis=0)).ravel()
        # of equally frequent terms the first ones, so that the choice is always the same
        kept = np.sort(
            np.argsort(-totals, kind="stable")[: min(MOST_TERMS, np.count_nonzero(totals))]
        )
        if not len(kept):
            continue
        weights = TfidfTransformer(sublinear_tf=True).fit(seen[:, kept])
        parts.append(weights.transform(count[:, kept]))
    return sparse.hstack(parts, format="csr")


def _counted(vectoriser: CountVectorizer, texts: Sequence[str]) -> Any:
    try:
        return vectoriser.fit_transform(texts).tocsr()
    except ValueError:  # texts without any word, such as of punctuation alone
        return sparse.csr_matrix((len(texts), 0), dtype=np.int64)
