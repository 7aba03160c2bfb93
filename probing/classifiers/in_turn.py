"""Folds of a user's class, one after another in this process."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from probing.blocks import Block, FoldFailure, FoldFit
from probing.classifiers.fold_sets import ArrayLayer, LayerSets, Place
from probing.classifiers.one_fold import FoldFitter
from probing.classifiers.one_thread import OneThread
from probing.classifiers.protocol import kind_of


def fitted_in_turn(
    fitter: FoldFitter, block: Block, places: Sequence[Place]
) -> Iterator[FoldFit | FoldFailure]:
    """One fold after another, layer by layer, each in one thread."""
    for layer_at, of_layer in itertools.groupby(places, lambda place: place.layer_at):
        layer = layer_of(fitter.cls, block, layer_at)
        one_thread = OneThread()
        for place in of_layer:
            with one_thread:
                fit = fitter.fit(block, place, layer)
            yield fit


def layer_of(cls: type, block: Block, layer_at: int) -> LayerSets:
    """A layer that gives the sets of its folds as the class wants them: arrays, or tensors."""
    if kind_of(cls) != "MultiStepOpt":
        return ArrayLayer(block, layer_at)
    from probing.classifiers.tensor_sets import TensorLayer

    return TensorLayer(block, layer_at)
