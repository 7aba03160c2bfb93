"""What would fit where a plan needs more memory than its device has free."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from probing import catalog
from probing.errors import ProbingError
from probing.plan.types import Plan
from probing.spec import ModelSpec, Spec


@dataclass(frozen=True)
class Alternative:
    """A spec that fits, what it does otherwise, and its plan."""

    title: str
    spec: Spec
    plan: Plan


def too_large(plan: Plan) -> tuple[str, ...]:
    """The models of a plan that need more memory than its device has free."""
    free = plan.cost.device_free_gib
    if free is None:
        return ()
    passes = zip(plan.passes, plan.cost.passes, strict=True)
    found = [
        one.model.name
        for one, its in passes
        if its.memory_gib > free and not one.model.spec.device_map
    ]
    return tuple(dict.fromkeys(found))


def alternatives(plan: Plan, make: Callable[[Spec], Plan]) -> tuple[Alternative, ...]:
    """Specs near that of `plan` that fit the memory that is free, planned by `make`.

    What this machine cannot do (a library that is missing, a model that cannot be planned so) is
    left out.
    """
    found = []
    for title, spec in _candidates(plan):
        try:
            for model in spec.models:
                catalog.check_extras(model)
            planned = make(spec)
        except ProbingError:
            continue
        if planned.passes and not too_large(planned):
            found.append(Alternative(title, spec, planned))
    return tuple(found)


def _candidates(plan: Plan) -> Iterator[tuple[str, Spec]]:
    spec, large = plan.spec, too_large(plan)
    entries = {one.model.spec for one in plan.passes if one.model.name in large}
    if spec.dtype in ("auto", "float32"):
        yield (
            "compute in bfloat16: half the memory, other last digits",
            replace(spec, dtype="bfloat16"),
        )
    on_gpu = plan.cost.device != "cpu"
    for kind in ("8bit", "4bit") if on_gpu else ():
        title = f"{kind} weights of what is too large: other numbers"
        yield title, _changed(spec, entries, quantize=kind)
    title = "spread what is too large over all GPUs, memory and disk: slower"
    yield title, _changed(spec, entries, device_map="auto")
    if on_gpu:
        yield "compute on the CPU: much slower", replace(spec, device="cpu")
    rest = tuple(one for one in spec.models if one not in entries)
    if rest and len(rest) < len(spec.models):
        yield f"leave out {', '.join(large)}", replace(spec, models=rest)


def _changed(spec: Spec, entries: set[ModelSpec], **options: str) -> Spec:
    models = tuple(replace(one, **options) if one in entries else one for one in spec.models)  # type: ignore[arg-type]
    return replace(spec, models=models)
