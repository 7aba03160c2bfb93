"""The project's own fits: the classifiers that ship, each given a whole block."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from benchmarks.fitted import Fitted, Key
from benchmarks.sklearn_fits import STRENGTHS
from probing.blocks import Block, FoldFailure, FoldFit
from probing.classifiers.builtin.lda import LDA
from probing.classifiers.builtin.logistic import LogisticRegression
from probing.classifiers.builtin.mass_mean import MassMean
from probing.classifiers.builtin.ridge import Ridge

Fit = Iterable[FoldFit | FoldFailure]


def our_fits(block: Block, parts: Iterable[str]) -> dict[Key, Fitted]:
    """Every part of the work, for all layers and folds of the block."""
    found = {}
    for part in parts:
        for strength, fits in _runs(block, part):
            for fit in fits:
                if isinstance(fit, FoldFailure):
                    raise RuntimeError(f"{part}, layer {fit.layer_at}: {fit.reason}")
                found[Key(fit.layer_at, fit.fold, part, strength)] = _fitted(block, fit)
    return found


def _runs(block: Block, part: str) -> Iterable[tuple[int, Fit]]:
    """The number of the strength, and the fits with it."""
    if part == "logistic grid":
        return [(at, LogisticRegression(C).fit(block)) for at, C in _grid("logistic")]
    if part == "ridge grid":
        return [(at, Ridge(alpha).fit(block)) for at, alpha in _grid("ridge")]
    whole = {
        "logistic chosen": LogisticRegression,
        "ridge chosen": Ridge,
        "lda": LDA,
        "mass mean": MassMean,
    }
    return [(0, whole[part]().fit(block))]


def _grid(family: str) -> Iterable[tuple[int, float]]:
    return enumerate(map(float, STRENGTHS[family]))


def _fitted(block: Block, fit: FoldFit) -> Fitted:
    assert fit.decision is not None
    targets = block.labellings[fit.labelling_at].targets
    truth = targets[block.labellings[fit.labelling_at].folds[fit.fold].test]
    chosen = fit.chosen.get("C", fit.chosen.get("alpha"))
    accuracy = float(np.mean(fit.decision == truth))
    return Fitted(fit.test_scores, fit.decision, accuracy, chosen)
