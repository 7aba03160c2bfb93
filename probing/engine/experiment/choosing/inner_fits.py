"""Scores of training texts by fits that left their inner fold out, from every classifier.

Built-in ones fit the inner folds in the batch of the others. For the rest the inner folds are the
folds of one more block: whatever a classifier does with a fold, it does with those.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from probing.engine.blocks import EVERY_FOLD, Block, FoldFailure, FoldFit, TextScores
from probing.engine.classifiers import gives_inner_scores
from probing.engine.controls import Fits
from probing.engine.splits import Fold, Labelling, seed_of

Place = tuple[int, int, int]  # of a layer, a labelling and a fold

LACKING = "its inner folds cannot all be fitted"
ONE_FOLD = "the training part has only one inner fold"


class WithInnerScores:
    """Fits what a classifier fits, each fit with its `inner` scores or why there are none."""

    def __init__(self, classifier: Fits) -> None:
        self.classifier = classifier

    def fit(self, block: Block) -> Iterator[FoldFit | FoldFailure]:
        """Fit all layers, labellings and folds, and their inner folds where candidates compare."""
        if not block.holds_out:
            return iter(self.classifier.fit(block))
        return fits_with_inner(self.classifier, block)


def fits_with_inner(classifier: Fits, block: Block) -> Iterator[FoldFit | FoldFailure]:
    """The fits of a classifier, each with its `inner` scores or why there are none."""
    if gives_inner_scores(classifier, block.task):
        for fit in classifier.fit(block):
            yield fit if isinstance(fit, FoldFailure) else _from_held_out(fit)
        return
    found = _inner_scores(classifier, block)
    for fit in classifier.fit(block):
        if isinstance(fit, FoldFit):
            inner = found.get((fit.layer_at, fit.labelling_at, fit.fold), ONE_FOLD)
            fit = _with(fit, inner)
        yield fit


def _from_held_out(fit: FoldFit) -> FoldFit:
    return replace(fit, inner=fit.held_out, no_inner="" if fit.held_out else LACKING)


def _with(fit: FoldFit, inner: TextScores | str) -> FoldFit:
    if isinstance(inner, str):
        return replace(fit, no_inner=inner)
    return replace(fit, inner=inner)


@dataclass(frozen=True)
class _Inner:
    """The inner folds of a labelling as folds of their own, and the fold that each is inside."""

    labelling: Labelling
    of_fold: tuple[int, ...]


def _inner_scores(classifier: Fits, block: Block) -> Mapping[Place, TextScores | str]:
    """The scores of the texts that each fold trains on, or why there are none."""
    inner = [_inside(labelling) for labelling in block.labellings]
    found: dict[Place, dict[int, FoldFit | str]] = defaultdict(dict)
    labellings = tuple(one.labelling for one in inner)
    of_inner = replace(block, labellings=labellings, holds_out=False, watch=None)
    for fit in classifier.fit(of_inner):
        own = inner[fit.labelling_at].of_fold
        numbers = range(len(own)) if fit.fold == EVERY_FOLD else [fit.fold]
        for number in numbers:
            place = fit.layer_at, fit.labelling_at, own[number]
            found[place][number] = fit.reason if isinstance(fit, FoldFailure) else fit
    return {place: _joined(inner[place[1]], place[2], fits) for place, fits in found.items()}


def _inside(labelling: Labelling) -> _Inner:
    folds, inner_of, of_fold = [], [], []
    for at, fold in enumerate(labelling.folds):
        train, inner, whole = fold.train, labelling.inner_of(at), fold.whole.train
        numbers = np.unique(inner)
        for number in numbers if len(numbers) > 1 else []:
            test = train[inner == number]
            folds.append(Fold(train[inner != number], fold.val, test))
            # what is chosen inside an inner fold is chosen by the others
            inner_of.append(labelling.inner[at][~np.isin(whole, test)])
            of_fold.append(at)
    seed = seed_of(labelling.seed, "inner fits")
    made = replace(labelling, folds=tuple(folds), inner=tuple(inner_of), seed=seed)
    return _Inner(made, tuple(of_fold))


def _joined(inner: _Inner, fold: int, fits: Mapping[int, FoldFit | str]) -> TextScores | str:
    """The scores of all inner folds in the order of the texts, or the first reason."""
    numbers = [at for at, own in enumerate(inner.of_fold) if own == fold]
    parts = []
    for number in numbers:
        fit = fits.get(number, "an inner fold was not returned")
        if isinstance(fit, str):
            return fit
        parts.append((inner.labelling.folds[number].test, fit.test_scores))
    texts = np.concatenate([rows for rows, _ in parts])
    order = np.argsort(texts)
    by_text = np.concatenate(
        [scores.reshape(len(rows), -1, *scores.shape[1:]) for rows, scores in parts]
    )[order]
    return TextScores(texts[order], by_text.reshape(-1, *by_text.shape[2:]))
