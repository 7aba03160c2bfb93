"""A network of a user's class before training, and its result afterwards."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from probing.engine.blocks import Block, FoldFit, TrainingLog
from probing.engine.classifiers.bases.epoch_logs import epoch_log
from probing.engine.classifiers.bases.multi_step import (
    MultiStepOpt,
    TrainingData,
    schedule_of,
    trained_names,
)
from probing.engine.classifiers.users.fold_fit import FoldFitter, flags_of, noted
from probing.engine.classifiers.users.fold_sets import FoldSets, Place
from probing.engine.classifiers.users.seeding import RandomState, going_on, seeded
from probing.engine.classifiers.users.stacks.stacked_weights import Stack
from probing.engine.classifiers.users.tensor_sets import TensorLayer
from probing.engine.solvers.networks.train import Examples, NetworkTraining


@dataclass(frozen=True)
class Begun:
    """A network that is built but not trained, and where its random numbers stand."""

    place: Place
    sets: FoldSets
    probe: MultiStepOpt
    data: TrainingData
    random: RandomState
    flags: tuple[str, ...]
    elapsed_s: float


def begin(fitter: FoldFitter, block: Block, place: Place, layer: TensorLayer) -> Begun:
    """Cut its sets, build it, and do all that comes before the first step."""
    began = time.perf_counter()
    sets = fitter.cut(block, place, layer)
    with seeded(fitter.seed(block, place), block.device), noted() as caught:
        probe: Any = fitter.built(block, place, sets)
        options = {"single_batch": False, "classification": block.task != "regression"}
        data = fitter.call("fit", probe._begin, sets.train, sets.val, **options)
        random = RandomState.now(block.device)
    elapsed_s = time.perf_counter() - began
    return Begun(place, sets, probe, data, random, flags_of(caught), elapsed_s)


def trained(block: Block, cohort: Sequence[Begun]) -> NetworkTraining | None:
    """Train networks together; None where the stack does not do what each does alone."""
    probes, data = [one.probe for one in cohort], [one.data for one in cohort]
    stack = Stack(probes)
    losses = stack.losses(data, [one.random for one in cohort], block.device)
    if losses is None:
        return None
    training = NetworkTraining(
        losses,
        stack.state,
        stack.optimizer(),
        Examples.of([(one.X, one.y) for one in data]),
        Examples.of([one.val for one in data if one.val]) if data[0].val else None,
        [one.random.generator() for one in cohort],
        epoch_log(block, trained_names(probes[0]), [one.place for one in cohort]),
    )
    training.run(schedule_of(probes[0], data[0].batch_size))
    return training


def scored(
    fitter: FoldFitter,
    block: Block,
    one: Begun,
    training: NetworkTraining,
    at: int,
    share_s: float,
) -> FoldFit:
    """Give network `at` the weights that it was trained to, and let it answer."""
    began = time.perf_counter()
    with torch.no_grad():
        for name, weights in one.probe.named_parameters():
            weights.copy_(training.state[name][at])
    one.probe.eval()
    log = training.log
    one.probe.training_log_ = None if log is None else TrainingLog(log.names, log.of(at))
    one.probe._note_epochs(
        training.n_epochs[at], training.best_epoch[at], is_validated=one.data.val is not None
    )
    random = replace(one.random, torch=training.generators[at].get_state())
    with going_on(random, block.device), noted() as caught:
        scores = fitter.scores(block, one.place, one.probe, one.sets)
    flags = one.flags + flags_of(caught)
    elapsed_s = one.elapsed_s + share_s + time.perf_counter() - began
    return fitter.outcome(one.place, one.probe, scores, flags, elapsed_s)
