"""Train networks of a user's class together, if that gives the same result as one by one.

What only a class that trains in its own way does differently is looked up; everything else is
tried: on a few rows, losses and gradients of the stack must be those of each network alone.
"""

from __future__ import annotations

import itertools
import math
import time
from collections import defaultdict
from collections.abc import Generator, Hashable, Iterator, Sequence
from functools import partial

import torch

from probing.engine.blocks import Block, FoldFailure, FoldFit
from probing.engine.classifiers.bases.multi_step import MultiStepOpt
from probing.engine.classifiers.users.fold_fit import FoldFitter
from probing.engine.classifiers.users.fold_sets import Place
from probing.engine.classifiers.users.stacks.prepared_network import Begun, begin, scored, trained
from probing.engine.classifiers.users.stacks.stacked_weights import stack_key
from probing.engine.classifiers.users.tensor_sets import TensorLayer
from probing.engine.solvers.rows.memory_budget import blocks
from probing.errors import is_interruption

_CACHE_BYTES = 8 * 2**20
_LIKELY_BATCH = 128
_LEAST_TOGETHER = 4
# each network is built, prepared and scored by itself
_THEIR_OWN = {"forward", "init_optimizer", "loss_of", "predict", "set_thresholds", "decide"} | {
    "_learn_scale",
    "_usual_rate",
    "_probabilities",
    "_prepared",
    "_validation",
    "_check_outputs",
    "_scores",
}


def fitted_together(
    fitter: FoldFitter, block: Block, places: Sequence[Place]
) -> Generator[FoldFit | FoldFailure, None, list[Place]]:
    """The fits of all that can be trained together; returns the places of the rest."""
    if not _trains_by_the_book(fitter.cls):
        return list(places)
    rest: list[Place] = []
    for chunk in _chunks(block, places):
        if rest:
            rest += chunk
            continue
        begun: list[Begun] = []
        for one in _begun(fitter, block, chunk):
            if isinstance(one, FoldFailure):
                yield one
            else:
                begun.append(one)
        for cohort in _cohorts(begun):
            fits = _fitted(fitter, block, cohort)
            yield from fits
            rest += [] if fits else [one.place for one in cohort]
    return rest


def _trains_by_the_book(cls: type) -> bool:
    """Whether a class leaves alone how `MultiStepOpt` and `torch.nn.Module` go about training."""
    for base in cls.__mro__[: cls.__mro__.index(MultiStepOpt)]:
        for name in vars(base):
            is_theirs = name in _THEIR_OWN or (name.startswith("__") and name != "__call__")
            if not is_theirs and callable(getattr(MultiStepOpt, name, None)):
                return False
    return True


def _chunks(block: Block, places: Sequence[Place]) -> Iterator[list[Place]]:
    """As many as a GPU holds; on a CPU those of a layer whose batches its cache may hold.

    So on a CPU not even the rounding of a fit depends on the layers beside it.
    """
    _, n_texts, n_samples, d = block.features.shape
    device = torch.device(block.device)
    if device.type != "cpu":
        bytes_each = 4 * d * (3 * n_texts * n_samples + 8 * _LIKELY_BATCH)
        yield from (list(places[part]) for part in blocks(len(places), bytes_each, device))
        return
    size = max(_LEAST_TOGETHER, _CACHE_BYTES // (4 * d * _LIKELY_BATCH))
    for _, of_layer in itertools.groupby(places, lambda place: place.layer_at):
        own = list(of_layer)
        n_chunks = math.ceil(len(own) / size)
        yield from (own[at::n_chunks] for at in range(n_chunks))


def _begun(
    fitter: FoldFitter, block: Block, places: Sequence[Place]
) -> Iterator[Begun | FoldFailure]:
    for layer_at, of_layer in itertools.groupby(places, lambda place: place.layer_at):
        layer = TensorLayer(block, layer_at)
        for place in of_layer:
            yield fitter.attempt(place, partial(begin, fitter, block, place, layer))


def _cohorts(begun: Sequence[Begun]) -> list[list[Begun]]:
    """Those whose steps can be taken together."""
    found: dict[Hashable, list[Begun]] = defaultdict(list)
    for one in begun:
        found[stack_key(one.probe, one.data)].append(one)
    return list(found.values())


def _fitted(
    fitter: FoldFitter, block: Block, cohort: Sequence[Begun]
) -> list[FoldFit | FoldFailure]:
    """Train a cohort and score each; nothing where the stack does not do what each would."""
    if stack_key(cohort[0].probe, cohort[0].data) is None:
        return []
    began = time.perf_counter()
    try:
        training = trained(block, cohort)
    except BaseException as error:  # whatever it is: alone each tells, or does, what it should
        if is_interruption(error):
            raise
        return []
    if training is None:
        return []
    share_s = (time.perf_counter() - began) / len(cohort)
    return [
        fitter.attempt(one.place, partial(scored, fitter, block, one, training, at, share_s))
        for at, one in enumerate(cohort)
    ]
