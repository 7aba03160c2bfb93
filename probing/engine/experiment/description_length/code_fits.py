"""The description lengths of the cells of a block: the fits of their online codes, added up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from probing.engine.blocks import Block, FoldFit
from probing.engine.controls import Fits
from probing.engine.experiment.apart import Apart
from probing.engine.experiment.block_fits import Fitting, finite_layers
from probing.engine.experiment.description_length.code_pieces import code_fits
from probing.engine.experiment.description_length.coder import Coder
from probing.engine.metrics import (
    Predicted,
    code_lengths,
    description_length,
    joined_parts,
    optimism,
)
from probing.engine.splits import Coding
from probing.plan import Cell
from probing.uncertainty import Influence, TextsTested, bins_of

Place = tuple[int, int]  # a layer and a coding of the block

CODE_METRICS = "description_length", "compression"


class Codes:
    """The description lengths of cells; their texts are sent as `coder` says."""

    def __init__(self, coder: Coder) -> None:
        self.coder = coder

    def of(self, one: Fitting, cells: Mapping[tuple[int, str], Cell]) -> dict[str, Apart]:
        """The description length of some cells of a fitting, by their ids.

        A cell of `shuffled_labels` has that of the first permutation.
        """
        finite, sound = finite_layers(one.block)
        roles = {role for _, role in cells}
        codings = [each for each in self.coder.of(sound) if each.labelling.control in roles]
        found = coded(one.fits, sound, codings) if codings else {}
        return {
            cells[place].id: apart
            for (layer_at, at), apart in found.items()
            if (place := (finite[layer_at], codings[at].labelling.control)) in cells
        }

    def without(self, reason: str) -> Apart:
        """No description length, and why."""
        return without(reason)


def coded(classifier: Fits, block: Block, codings: Sequence[Coding]) -> dict[Place, Apart]:
    """The description length of each layer and coding."""
    fits: dict[Place, list[FoldFit]] = defaultdict(list)
    for fit in code_fits(classifier, block, codings):
        if isinstance(fit, FoldFit):
            fits[fit.layer_at, fit.labelling_at].append(fit)
    return {
        (layer_at, at): _measured(coding, fits[layer_at, at], block)
        for layer_at in range(len(block.features))
        for at, coding in enumerate(codings)
    }


def _measured(coding: Coding, fits: Sequence[FoldFit], block: Block) -> Apart:
    if not fits:
        return without("no part of the texts is enough to train on")
    if any(fit.probabilities is None for fit in fits):
        return without("the classifier gives no probabilities")
    bits, growth = np.full(len(block.groups), np.log2(block.n_classes)), np.ones(len(block.groups))
    parts = np.zeros(len(block.groups), dtype=np.int64)
    for fit in fits:
        fold = coding.labelling.folds[fit.fold]
        bits[fold.test], parts[fold.test] = _bits(coding, fit, block), fit.fold + 1
        share = len(fold.test) / len(fold.whole.train)
        growth[fold.test] = 1 + share * _optimism(coding, fit, block)
    texts = coding.rows
    found = description_length(
        bits[texts],
        joined_parts(parts[texts], block.groups[texts]),
        growth[texts],
        block.n_classes,
    )
    tested = TextsTested(texts, block.groups, bins_of(block.groups), 1, np.inf, 0.0)
    return _with_intervals(found, tested, len(fits))


def _bits(coding: Coding, fit: FoldFit, block: Block) -> NDArray[np.float64]:
    """The bits of each text sent with a fit: of several samples their mean, a code itself."""
    assert fit.probabilities is not None
    n_samples = block.features.shape[2]
    rows = coding.labelling.folds[fit.fold].test
    targets = np.repeat(coding.labelling.targets[rows].astype(np.int64), n_samples)
    bits = code_lengths(targets, fit.test_scores, fit.probabilities)
    mean: NDArray[np.float64] = bits.reshape(-1, n_samples).mean(axis=1)
    return mean


def _optimism(coding: Coding, fit: FoldFit, block: Block) -> float:
    def predicted(texts: NDArray[np.int64], scores: NDArray[np.float64]) -> Predicted:
        targets = np.repeat(coding.labelling.targets[texts], block.features.shape[2])
        return Predicted(block.task, block.n_classes, targets, scores)

    tested = predicted(coding.labelling.folds[fit.fold].test, fit.test_scores)
    seen = [] if fit.seen is None else [predicted(fit.seen.texts, fit.seen.scores)]
    return optimism([tested], seen)


def _with_intervals(found: Mapping[str, Influence], tested: TextsTested, n_fits: int) -> Apart:
    """The luck of training is known from few fits: with two degrees of freedom each."""
    made = Apart.of(found, tested)
    scores = {
        name: replace(score, df=min(score.df, 2.0 * n_fits)) for name, score in made.scores.items()
    }
    return replace(made, scores=scores)


def without(reason: str) -> Apart:
    """No description length, and why."""
    return Apart({}, {}, dict.fromkeys(CODE_METRICS, reason))
