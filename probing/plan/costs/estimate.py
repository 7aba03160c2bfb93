"""Add up what the passes and fits of a plan will cost."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from probing import catalog
from probing.activations import open_cache
from probing.datasets import Fetch
from probing.errors import DeviceError
from probing.hardware import Processor, expected_device
from probing.plan.costs.cost import GIB, Cost, PassCost
from probing.plan.costs.dealt_work import Alone, dealt_work
from probing.plan.costs.fit_sizes import (
    baseline_fits,
    fit_size,
    n_fits,
    text_fit_size,
    text_fit_work,
)
from probing.plan.costs.fit_times import text_s
from probing.plan.costs.pass_costs import pass_costs
from probing.plan.costs.rates import (
    LOAD,
    START,
    Rates,
    fit_work,
    forward_work,
    generate_work,
)
from probing.plan.costs.transfer_cost import transfer_cost
from probing.plan.types import (
    NamedModel,
    PlannedPass,
    PlannedTexts,
    PlannedTransfer,
)
from probing.spec import CONTROLS, Spec
from probing.spec.engines import SLURM


def cost_of(
    spec: Spec,
    passes: Sequence[PlannedPass],
    texts: Sequence[PlannedTexts],
    transfers: Sequence[PlannedTransfer],
    base: Path,
    fetches: Sequence[Fetch] = (),
) -> Cost:
    """The cost of all this on the device that the run will most likely take."""
    device, cache = _device(spec), open_cache()
    rates = Rates.read(device.kind)
    costs = pass_costs(spec, passes, device, base, cache, rates)
    alone = [one for one in costs if not one.shares]
    loaded, blocks = _loaded(passes, costs), [block for one in passes for block in one.blocks]
    growing = _growing(passes, costs)
    choices = [choice for one in passes for choice in (*one.choices, *one.ensembles)]
    moved = [transfer_cost(spec, one, device, rates) for one in transfers]
    moved_blocks = [block for one in transfers for block in one.committed]
    download = sum(map(_download_bytes, loaded)) + sum(one.n_bytes for one in fetches)
    weights_gib = sum(weights_bytes(spec, model, device.name) for model in loaded) / GIB
    cost = Cost(
        n_cells=sum(len(block.cells) for block in (*blocks, *texts, *choices, *moved_blocks)),
        n_passes=len(alone),
        n_forward=sum(not one.is_cached for one in costs),
        n_texts=sum(one.n_texts for one in alone),
        n_tokens=sum(one.n_tokens for one in alone),
        n_fits=sum(n_fits(spec, block) for block in (*blocks, *texts))
        + sum(sum(baseline_fits(spec, one).values()) for one in passes)
        + sum(one.n_fits for one in moved),
        n_pooled=sum(one.n_pooled for one in alone),
        n_cached=sum(one.n_cached for one in alone),
        forward_flops=sum(one.forward_flops for one in costs),
        memory_gib=max(
            [*(one.memory_gib for one in costs), *(one.memory_gib for one in moved)], default=0.0
        ),
        device=device.name,
        device_free_gib=None if device.free is None else device.free / GIB,
        disk_gib=sum(one.disk_gib for one in costs),
        disk_free_gib=_disk_free(cache.root) / GIB,
        cache_limit_gib=cache.limit / GIB,
        download_gib=download / GIB,
        pass_s=sum(one.pass_s for one in costs),
        fits_s=sum(one.fits_s for one in costs)
        + sum(one.fits_s for one in moved)
        + sum(text_s(spec, one, rates) for one in texts),
        start_s=rates.unit_s(START) + rates.unit_s(LOAD) * weights_gib,
        counted=all(one.counted for one in costs),
        measured=_is_measured(spec, passes, texts, loaded, growing, device.name, rates),
        passes=costs,
        n_transfers=len({(one.trained_on, to.name) for one in transfers for to in one.targets}),
        n_transfer_fits=sum(one.n_fits for one in moved),
        n_transfer_scores=sum(one.n_scores for one in moved),
        n_generated=sum(one.n_generated for one in costs),
        generate_s=sum(one.generate_s for one in costs),
    )
    early = (text_s(spec, one, rates) for one in texts if not CONTROLS[one.control].late)
    in_one = Alone(cost.total_s, cost.pass_s, cost.fits_s - sum(early))
    dealt = dealt_work(spec, passes, costs, texts, transfers, in_one, device.name)
    return replace(cost, dealt=dealt)


def _device(spec: Spec) -> Processor:
    """The device that is expected; of a job of Slurm, whose node may have what this machine has
    not, what is here stands for it."""
    try:
        return expected_device(spec.device)
    except DeviceError:
        if spec.engine.kind != SLURM:
            raise
        return expected_device("auto")


def weights_bytes(spec: Spec, model: NamedModel, device: str) -> int:
    """Bytes of a model's weights as `spec` loads them."""
    dtype = catalog.compute_dtype(spec.dtype, device, model.facts)
    return catalog.weight_bytes(model.facts, dtype, model.spec.quantize)


def _loaded(passes: Sequence[PlannedPass], costs: Sequence[PassCost]) -> list[NamedModel]:
    """The models that have something to read."""
    both = zip(passes, costs, strict=True)
    found = {one.model.name: one.model for one, cost in both if not cost.is_cached}
    return list(found.values())


def _growing(passes: Sequence[PlannedPass], costs: Sequence[PassCost]) -> list[NamedModel]:
    """The models that have texts to continue."""
    both = zip(passes, costs, strict=True)
    return [one.model for one, cost in both if cost.n_generated]


def _download_bytes(model: NamedModel) -> int:
    facts = model.facts
    if model.random_seed is not None:
        return 0
    return facts.n_params * catalog.dtype_bytes(facts.dtype) if facts.source == "hub" else 0


def _is_measured(
    spec: Spec,
    passes: Sequence[PlannedPass],
    texts: Sequence[PlannedTexts],
    loaded: Sequence[NamedModel],
    growing: Sequence[NamedModel],
    device: str,
    rates: Rates,
) -> bool:
    """Whether all this work has been timed here before."""
    reads = (
        (work(catalog.compute_dtype(spec.dtype, device, m.facts), m.spec), m.facts.d_model)
        for work, models in ((forward_work, loaded), (generate_work, growing))
        for m in models
    )
    fits = (
        (fit_work(spec.classifiers[block.classifier_at].name), fit_size(one, block))
        for one in passes
        for block in one.blocks
    )
    of_texts = ((text_fit_work(spec, one), text_fit_size(one)) for one in texts)
    return all(rates.is_known(work, size) for work, size in {*reads, *fits, *of_texts})


def _disk_free(folder: Path) -> int:
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(there).free
