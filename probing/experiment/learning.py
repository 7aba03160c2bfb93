"""What a run has shown of this machine's speed, kept so that the next estimate is better."""

from __future__ import annotations

import contextlib
from collections import defaultdict

from probing.experiment.storing import Store
from probing.plan import Plan, Rates, fit_size, forward_flops


def keep_rates(plan: Plan, store: Store) -> None:
    """Take this run's passes and fits into the kept rates; a folder that refuses is no matter."""
    with contextlib.suppress(OSError):
        Rates.read().learned(_forward(plan, store), _fits(plan, store)).write()


def _forward(plan: Plan, store: Store) -> float | None:
    """Arithmetic per second over the passes that read texts, None where there was none."""
    facts = {one.model.name: one.model.facts for one in plan.passes}
    done = [one for one in store.state.passes if one.n_tokens and one.model in facts]
    seconds = sum(one.elapsed_s for one in done)
    flops = sum(
        forward_flops(facts[one.model].n_layers, facts[one.model].d_model, one.n_tokens)
        for one in done
    )
    return flops / seconds if seconds else None


def _fits(plan: Plan, store: Store) -> dict[str, float]:
    """Seconds of a fold for each classifier, in the unit of `Rates.fit_s`."""
    labellings = 1 + plan.spec.n_shuffles * ("shuffled_labels" in plan.spec.controls)
    seconds: dict[str, float] = defaultdict(float)
    sizes: dict[str, float] = defaultdict(float)
    for one in plan.passes:
        for block in one.blocks:
            done = store.state.blocks.get(block.at)
            if done is not None and done.attempt == store.attempt:
                name = plan.spec.classifiers[block.classifier_at].name
                seconds[name] += done.elapsed_s
                sizes[name] += fit_size(one, block) * labellings * plan.spec.n_folds
    return {name: seconds[name] / sizes[name] for name in seconds if sizes[name]}
