"""Seconds that the fits of a plan take, from this machine's past rates."""

from __future__ import annotations

from probing.plan.costs.fit_sizes import (
    baseline_fits,
    baseline_size,
    fit_size,
    fit_units,
    text_fit_size,
    text_fit_units,
    text_fit_work,
)
from probing.plan.costs.rates import Rates, fit_work
from probing.plan.types import PlannedBlock, PlannedPass, PlannedTexts
from probing.spec import Spec


def block_s(spec: Spec, one: PlannedPass, block: PlannedBlock, rates: Rates) -> float:
    """Seconds that the fits of a block take."""
    work = fit_work(spec.classifiers[block.classifier_at].name)
    return rates.unit_s(work, fit_size(one, block)) * fit_units(spec, one, block)


def baseline_s(spec: Spec, one: PlannedPass, rates: Rates) -> float:
    """Seconds that the fits of a pass to its baseline alone take."""
    size, total = baseline_size(spec, one), 0.0
    for block, n in baseline_fits(spec, one).items():
        work = fit_work(spec.classifiers[block.classifier_at].name)
        total += rates.unit_s(work, size) * size * n
    return total


def text_s(spec: Spec, one: PlannedTexts, rates: Rates) -> float:
    """Seconds that the fits of a control without activations take."""
    work, size = text_fit_work(spec, one), text_fit_size(one)
    return rates.unit_s(work, size) * text_fit_units(spec, one)
