"""The fits of online codes in pieces, so that those of few texts are not solved among all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from probing.engine.blocks import Block, FoldFailure, FoldFit
from probing.engine.controls import Fits
from probing.engine.experiment.used_rows import fits_of_folds, takes_all_rows
from probing.engine.splits import Coding

_ENDS = (0.09, 0.35, 1.0)  # of the texts: fits of up to so many are solved together


def code_fits(
    classifier: Fits, block: Block, codings: Sequence[Coding]
) -> Iterator[FoldFit | FoldFailure]:
    """Every fold of the codings, as if they were the labellings of the block.

    A layer that is too large to hold is fitted in one piece, and so is what reads no features.
    """
    start = -1.0
    for end in _ENDS[-1:] if takes_all_rows(block) else _ENDS:
        places = [_between(coding, start, end) for coding in codings]
        if any(places):
            some = [(one.labelling, own) for one, own in zip(codings, places, strict=True)]
            yield from fits_of_folds(classifier, block, some)
        start = end


def _between(coding: Coding, start: float, end: float) -> list[int]:
    """The folds that train on more than `start` and at most `end` of the texts."""
    n = len(coding.rows)
    sizes = [len(fold.whole.train) / n for fold in coding.labelling.folds]
    return [at for at, size in enumerate(sizes) if start < size <= end]
