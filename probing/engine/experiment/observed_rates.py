"""Record how fast a run was, so that the next estimate is better."""

from __future__ import annotations

import contextlib
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from probing.catalog import compute_dtype
from probing.engine.experiment.run_writer import Store
from probing.plan import (
    LOAD,
    START,
    Plan,
    Rates,
    Units,
    fit_size,
    fit_units,
    fit_work,
    forward_work,
    generate_work,
    step,
    text_fit_size,
    text_fit_units,
    text_fit_work,
    weights_bytes,
)
from probing.plan.saved_probes import NONE

GIB = 2**30
_Seen = tuple[str, float, float, float]  # the work, its size, its units, the seconds they took


def keep_rates(plan: Plan, store: Store, waited_s: float) -> None:
    """Take this run's passes and fits into the rates of its device.

    `waited_s` of the run's time were spent waiting for the device. Of a resumed run nothing is
    learned; a folder that refuses is no matter.
    """
    device = store.state.device
    if device is None or store.attempt:
        return
    rates = Rates.read("cpu" if device.device == "cpu" else device.name)
    seen = [*_forward(plan, store, device.device), *_fits(plan, store)]
    seen += _generated(plan, store, device.device)
    seen += _start(plan, store, rates, waited_s + sum(seconds for *_, seconds in seen))
    with contextlib.suppress(OSError):
        rates.learned(_by_unit(seen)).write()


def _by_unit(seen: list[_Seen]) -> Units:
    """Seconds of a unit by work and size."""
    units: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    seconds: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for work, size, n_units, elapsed_s in seen:
        units[work][step(size)] += n_units
        seconds[work][step(size)] += elapsed_s
    return {
        work: {at: seconds[work][at] / n for at, n in sizes.items() if n}
        for work, sizes in units.items()
    }


def _forward(plan: Plan, store: Store, device: str) -> Iterator[_Seen]:
    """The passes that read texts; units are operations."""
    planned = {(one.model, one.dataset): one for one in plan.cost.passes}
    models = {one.model.name: one.model for one in plan.passes}
    for done in store.state.passes:
        cost = planned.get((done.model, done.dataset))
        if cost is not None and done.n_tokens:
            model = models[done.model]
            flops = cost.forward_flops / cost.n_tokens * done.n_tokens
            dtype = compute_dtype(plan.spec.dtype, device, model.facts)
            yield forward_work(dtype, model.spec), model.facts.d_model, flops, done.elapsed_s


def _generated(plan: Plan, store: Store, device: str) -> Iterator[_Seen]:
    """The generations; units are operations, as if no text had ended by itself."""
    planned = {(one.model, one.dataset): one for one in plan.cost.passes}
    models = {one.model.name: one.model for one in plan.passes}
    for done in store.state.generations:
        cost = planned.get((done.model, done.dataset))
        is_whole = done.n_made == done.n_tokens > 0  # of a resumed run a part of it was timed
        if cost is not None and is_whole and cost.generate_flops:
            model = models[done.model]
            dtype = compute_dtype(plan.spec.dtype, device, model.facts)
            work = generate_work(dtype, model.spec)
            yield work, model.facts.d_model, cost.generate_flops, done.elapsed_s


def _fits(plan: Plan, store: Store) -> Iterator[_Seen]:
    """The blocks that were solved; units are those of `fit_size`, for each fold.

    Probes that are saved are fitted apart from their blocks.
    """
    unsaved = replace(plan.spec, save_probes=NONE)
    for one in plan.passes:
        for block in one.blocks:
            done = store.state.blocks.get(block.at)
            if done is not None:
                work = fit_work(plan.spec.classifiers[block.classifier_at].name)
                units = fit_units(unsaved, one, block)
                yield work, fit_size(one, block), units, done.elapsed_s
    for text in plan.texts:
        if (done := store.state.blocks.get(text.at)) is not None:
            size = text_fit_size(text)
            yield (
                text_fit_work(plan.spec, text),
                size,
                text_fit_units(plan.spec, text),
                done.elapsed_s,
            )


def _start(plan: Plan, store: Store, rates: Rates, other_s: float) -> Iterator[_Seen]:
    """What the process took beside `other_s`: to start, and to load its models.

    Which of the two it was is not seen: both are scaled alike.
    """
    started = store.run.read_owner().get("started")
    read = {done.model for done in store.state.passes if done.n_tokens}
    loaded = {one.model.name: one.model for one in plan.passes if one.model.name in read}.values()
    if started is None or any(model.facts.source == "hub" for model in loaded):
        return
    device = store.state.device.device if store.state.device else "cpu"
    gib = sum(weights_bytes(plan.spec, model, device) for model in loaded) / GIB
    expected_s = rates.unit_s(START) + rates.unit_s(LOAD) * gib
    share = max(time.time() - started - other_s, 0.0) / expected_s
    yield START, 1, 1, rates.unit_s(START) * share
    if gib:
        yield LOAD, 1, 1, rates.unit_s(LOAD) * share
