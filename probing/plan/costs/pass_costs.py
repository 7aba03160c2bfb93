"""What each pass of a plan will cost: reading texts, continuing them, and the fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from probing import catalog
from probing.activations import ActivationCache
from probing.hardware import Processor
from probing.plan.costs.cost import GIB, PassCost
from probing.plan.costs.device_memory import device_bytes
from probing.plan.costs.fit_times import baseline_s, block_s
from probing.plan.costs.rates import Rates, forward_work, generate_work
from probing.plan.pooled_layers import Pooled, feature_bytes, needs_generation, pooled_of
from probing.plan.token_counts import count_tokens, digest_of
from probing.plan.types import PlannedPass
from probing.spec import DatasetPart, PoolerSpec, Spec


def pass_costs(
    spec: Spec,
    passes: Sequence[PlannedPass],
    device: Processor,
    base: Path,
    cache: ActivationCache,
    rates: Rates,
) -> tuple[PassCost, ...]:
    """The cost of each pass; what the cache or an earlier pass holds is not computed again."""
    costs = list[PassCost]()
    read: dict[tuple[str, str], tuple[str, set[PoolerSpec]]] = {}
    for one in passes:
        pooled, shares = pooled_of(spec, one, device.name, base, cache), ""
        is_shared = isinstance(one.dataset.spec, DatasetPart) and one.dataset.spec.output
        if is_shared or cache.limit:
            key = one.model.name, digest_of(one.dataset, spec)
            shares, made = read.setdefault(key, (one.dataset.name, set()))
            shares = "" if shares == one.dataset.name else shares
            pooled = Pooled(pooled.needed, tuple(c for c in pooled.missing if c not in made))
            made.update(pooled.missing)
        cost = _pass_cost(spec, one, device, rates, pooled, shares)
        if needs_generation(spec, one, device.name, base, cache) and not shares:
            cost = _with_generation(spec, one, device, rates, cost)
        costs.append(cost)
    return tuple(costs)


def _with_generation(
    spec: Spec, one: PlannedPass, device: Processor, rates: Rates, cost: PassCost
) -> PassCost:
    """The cost with that of continuing the texts: each token goes through every block."""
    facts = one.model.facts
    context = cost.n_tokens / max(cost.n_texts, 1)
    flops = facts.n_layers * cost.n_tokens * facts.block.forward_flops(context)
    work = generate_work(catalog.compute_dtype(spec.dtype, device.name, facts), one.model.spec)
    return replace(
        cost,
        n_generated=(one.dataset.facts.n_texts or cost.n_texts) * (one.dataset.spec.generate or 0),
        generate_flops=flops,
        generate_s=flops * rates.unit_s(work, facts.d_model),
    )


def _pass_cost(
    spec: Spec, one: PlannedPass, device: Processor, rates: Rates, pooled: Pooled, shares: str
) -> PassCost:
    facts, data = one.model.facts, one.dataset.facts
    size = data.n_rows, data.n_spans
    tokens = count_tokens(one, spec)
    flops = pooled.deepest * tokens.n_tokens * facts.block.forward_flops(tokens.context)
    work = forward_work(catalog.compute_dtype(spec.dtype, device.name, facts), one.model.spec)
    return PassCost(
        model=one.model.name,
        dataset=one.dataset.name,
        n_texts=data.n_texts if data.n_spans else data.n_rows,
        n_rows=data.n_rows if data.n_spans else 0,
        n_tokens=tokens.n_tokens,
        counted=tokens.counted,
        n_pooled=len(pooled.needed),
        n_cached=len(pooled.needed) - len(pooled.missing),
        depth=pooled.deepest,
        forward_flops=flops,
        memory_gib=device_bytes(spec, one, pooled, tokens.n_tokens, device) / GIB,
        disk_gib=sum(
            feature_bytes(each, facts, *((tokens.n_tokens, 0) if each.reads_tokens else size))
            for each in pooled.missing
        )
        / GIB,
        pass_s=flops * rates.unit_s(work, facts.d_model),
        fits_s=sum(block_s(spec, one, block, rates) for block in one.blocks)
        + baseline_s(spec, one, rates),
        shares=shares,
    )
