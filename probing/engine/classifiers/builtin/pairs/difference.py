"""Probes of the difference between the two texts of a pair: the pairwise form of ranking."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from probing.engine.blocks import Block, FoldFailure, FoldFit
from probing.engine.classifiers.builtin.families.layer_by_layer import LayerwiseClassifier
from probing.engine.classifiers.builtin.linear_svm import LinearSVM
from probing.engine.classifiers.builtin.logistic import LogisticRegression
from probing.engine.classifiers.builtin.mass_mean import MassMean
from probing.engine.classifiers.builtin.pairs.paired_block import (
    ALONE,
    alone_flag,
    differences,
    partners_of,
)
from probing.errors import SpecError

LOSSES = {"logistic": LogisticRegression, "hinge": LinearSVM}


class OfDifferences:
    """Fits `inner` to what each text differs in from its partner, and scores that difference.

    Both directions of a pair are trained on, so that the intercept is 0 and one text of a pair
    has the score of the other with the sign turned. A text in no pair is not trained on and
    scores 0.
    """

    side_by_side: ClassVar[bool] = True
    streams: ClassVar[bool] = False
    tasks: ClassVar[tuple[str, ...]] = ("binary",)

    def __init__(self, inner: LayerwiseClassifier) -> None:
        self.inner = inner

    def fit(self, block: Block) -> Iterator[FoldFit | FoldFailure]:
        """Fit all layers, labellings and folds; every one is yielded once, in any order."""
        partners = partners_of(block)
        alone = partners == ALONE
        for fit in self.inner.fit(differences(block, partners)):
            yield _told(fit, block, alone) if isinstance(fit, FoldFit) and alone.any() else fit


def _told(fit: FoldFit, block: Block, alone: NDArray[np.bool_]) -> FoldFit:
    """The fit, whose texts in no pair score 0 to the last digit."""
    test = block.labellings[fit.labelling_at].folds[fit.fold].test
    paired = np.repeat(~alone[test], block.features.shape[2])
    shares = None if fit.probabilities is None else np.where(paired, fit.probabilities, 0.5)
    return replace(
        fit,
        test_scores=fit.test_scores * paired,
        decision=None if fit.decision is None else fit.decision * paired,
        probabilities=shares,
        flags=(*fit.flags, alone_flag(alone)),
    )


class PairDifference(OfDifferences):
    """Minimise `C Σ loss(w·(x - x')) + |w|²/2` over the texts x of pairs, x' their partners.

    `logistic` is the log loss of Bradley and Terry's model (Burges et al. 2005), `hinge` the
    squared hinge of a ranking SVM (Joachims 2002, "Optimizing search engines using clickthrough
    data"). Every pair counts twice, in both directions. Without a given `C` it is chosen by
    inner folds, as in `LogisticRegression` and `LinearSVM`.
    """

    def __init__(self, loss: str = "logistic", C: float | None = None) -> None:
        if loss not in LOSSES:
            what = f"loss = {loss!r} must be {' or '.join(map(repr, LOSSES))}"
            raise SpecError(what, where="PairDifference")
        self.loss, self.C = loss, C
        super().__init__(LOSSES[loss](C=C))


class PairMassMean(OfDifferences):
    """Project the difference of a pair on the mean of the training pairs' differences.

    Marks and Tegmark, The Geometry of Truth, arXiv:2310.06824.
    """

    def __init__(self) -> None:
        super().__init__(MassMean())
