"""Add up what the passes and fits of a plan will cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from probing.layers import cells_of
from probing.plan.cost import BYTES_PER_NUMBER, Cost, Rates, forward_flops, gib, guessed_tokens
from probing.plan.types import PlannedBlock, PlannedPass
from probing.spec import Spec


def cost_of(
    spec: Spec,
    passes: Sequence[PlannedPass],
    rates: Rates,
    counted: Mapping[tuple[str, str], int],
) -> Cost:
    """The cost of `passes`; tokens that were not counted, by (model, dataset), are guessed."""
    n_labellings = 1 + (spec.n_shuffles if "shuffled_labels" in spec.controls else 0)
    known = [counted.get((one.model.name, one.dataset.name)) for one in passes]
    tokens = [_guessed(one) if n is None else n for one, n in zip(passes, known, strict=True)]
    flops = [
        forward_flops(one.model.facts.n_layers, one.model.facts.d_model, n)
        for one, n in zip(passes, tokens, strict=True)
    ]
    fits_s = sum(
        _block_s(spec, one, block, rates) * n_labellings * spec.n_folds
        for one in passes
        for block in one.blocks
    )
    return Cost(
        n_cells=sum(len(block.cells) for one in passes for block in one.blocks),
        n_passes=len(passes),
        n_texts=sum(one.dataset.facts.n_rows for one in passes),
        n_tokens=sum(tokens),
        n_fits=sum(len(one.blocks) for one in passes) * n_labellings * spec.n_folds,
        forward_flops=sum(flops),
        memory_gib=max(_memory_gib(spec, one) for one in passes),
        pass_s=sum(flops) / rates.forward,
        fits_s=fits_s,
        start_s=rates.start,
        counted=None not in known,
    )


def _guessed(one: PlannedPass) -> int:
    facts = one.dataset.facts
    tokens = guessed_tokens(facts.n_rows, facts.mean_length * facts.n_rows)
    longest = one.model.spec.max_length or one.model.facts.max_length
    return min(tokens, facts.n_rows * longest) if longest else tokens


def fit_size(one: PlannedPass, block: PlannedBlock) -> float:
    """What the time of a fold of `block` is proportional to: see `Rates.fit_s`."""
    facts = one.dataset.facts
    outputs = facts.n_classes if facts.task == "multiclass" else 1
    size = facts.n_rows / 1000 * one.model.facts.d_model / 100 * max(outputs, 1)
    return size * len(block.layers_at)


def _block_s(spec: Spec, one: PlannedPass, block: PlannedBlock, rates: Rates) -> float:
    return rates.fit_s(spec.classifiers[block.classifier_at].name) * fit_size(one, block)


def _memory_gib(spec: Spec, one: PlannedPass) -> float:
    model = one.model.facts
    layers = sum(len(cells_of(pooler, model.n_layers, model.name)) for pooler in spec.poolers)
    return gib(model.n_params + one.dataset.facts.n_rows * layers * model.d_model, BYTES_PER_NUMBER)
