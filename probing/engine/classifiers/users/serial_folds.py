"""Fit the folds of a user's class one after another in this process."""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterator, Sequence

from probing.engine.blocks import Block, FoldFailure, FoldFit
from probing.engine.classifiers.protocol import kind_of
from probing.engine.classifiers.users.fold_fit import FoldFitter
from probing.engine.classifiers.users.fold_sets import ArrayLayer, LayerSets, Place
from probing.engine.classifiers.users.one_thread import OneThread


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
            if one_thread.is_outdated:
                # the class has loaded a library, which computed with threads of its own
                one_thread = OneThread()
                with one_thread:
                    fit = fitter.fit(block, place, layer)
            yield fit


def networks_together(
    fitter: FoldFitter, block: Block, places: Sequence[Place]
) -> Generator[FoldFit | FoldFailure, None, list[Place]]:
    """The fits of networks that can be trained together; returns the places of the rest."""
    if kind_of(fitter.cls) != "MultiStepOpt":
        return list(places)
    from probing.engine.classifiers.users.stacks.joint_training import fitted_together

    return (yield from fitted_together(fitter, block, places))


def layer_of(cls: type, block: Block, layer_at: int) -> LayerSets:
    """A layer that gives the sets of its folds as the class wants them: arrays, or tensors."""
    if kind_of(cls) != "MultiStepOpt":
        return ArrayLayer(block, layer_at)
    from probing.engine.classifiers.users.tensor_sets import TensorLayer

    return TensorLayer(block, layer_at)
