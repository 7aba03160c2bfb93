"""The project's own fits: the classifiers that ship, each given a whole block."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from benchmarks.fits.fitted import Fits, Fitted, Key
from benchmarks.fits.pairs import STRENGTHS
from probing.engine.blocks import Block, FoldFailure, FoldFit
from probing.engine.classifiers.builtin.lda import LDA
from probing.engine.classifiers.builtin.logistic import LogisticRegression
from probing.engine.classifiers.builtin.mass_mean import MassMean
from probing.engine.classifiers.builtin.ridge import Ridge
from probing.engine.shared_values import Memo

TOL = 1e-4  # scikit-learn's default: the largest entry of the gradient of the mean loss
Placed = Iterable[tuple[int, FoldFit | FoldFailure]]


def our_fits(
    block: Block,
    parts: Iterable[str],
    tol: float = 0.0,
    clock: Callable[[], float] = time.perf_counter,
) -> Fits:
    """Every part of the work, for all layers and folds of the block.

    As in a run, the parts share what they compute of the features alone: the first that needs
    it takes the time for it. Unlike a run, what chooses nothing is not fitted on inner folds.
    Logistic regression ends at `tol`, as scikit-learn's does; with 0 it is exact.
    """
    found, seconds = {}, {}
    block = replace(block, memo=Memo())
    for part in parts:
        began = clock()
        for strength, fit in _fits(block, part, tol):
            if isinstance(fit, FoldFailure):
                raise RuntimeError(f"{part}, layer {fit.layer_at}: {fit.reason}")
            fitted = _fitted(block, fit, choosing=part.endswith("chosen"))
            found[Key(fit.layer_at, fit.fold, part, strength)] = fitted
        seconds[part] = clock() - began
    return Fits(found, seconds)


def _fits(block: Block, part: str, tol: float) -> Placed:
    """The fits, each with the number of its strength."""
    if part == "logistic grid":
        return LogisticRegression().fit_path(block, STRENGTHS["logistic"].tolist(), tol)
    if part == "ridge grid":
        return Ridge().fit_path(block, STRENGTHS["ridge"].tolist())
    whole = {
        "logistic chosen": LogisticRegression,
        "ridge chosen": Ridge,
        "lda": LDA,
        "mass mean": MassMean,
    }
    given = block if part.endswith("chosen") else _without_inner_folds(block)
    return ((0, fit) for fit in whole[part]().fit(given))


def _without_inner_folds(block: Block) -> Block:
    """The same with one inner fold: as scikit-learn's fits, these then hold nothing out."""
    labellings = (
        replace(one, inner=tuple(np.zeros_like(inner) for inner in one.inner))
        for one in block.labellings
    )
    return replace(block, labellings=tuple(labellings))


def _fitted(block: Block, fit: FoldFit, *, choosing: bool) -> Fitted:
    assert fit.decision is not None
    targets = block.labellings[fit.labelling_at].targets
    truth = targets[block.labellings[fit.labelling_at].folds[fit.fold].test]
    chosen = fit.chosen.get("C", fit.chosen.get("alpha")) if choosing else None
    accuracy = float(np.mean(fit.decision == truth))
    return Fitted(
        fit.test_scores if fit.probabilities is None else fit.probabilities,
        fit.decision,
        accuracy,
        chosen,
    )
