"""Warnings about memory and disk that a plan needs and this machine lacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from probing.plan.costs.cost import Cost
from probing.plan.types import PlannedPass


def lacks(passes: Sequence[PlannedPass], cost: Cost) -> Iterator[str]:
    """One sentence for each lack of memory or disk that the plan would meet."""
    free = cost.device_free_gib
    for one, its in zip(passes, cost.passes, strict=True):
        if free is not None and its.memory_gib > free and not one.model.spec.device_map:
            yield (
                f"{its.model} needs about {its.memory_gib:.1f} GiB, but {cost.device} has "
                f"{free:.1f} GiB free; "
                'set dtype, quantize or device_map = "auto"'
            )
    wanted = cost.disk_gib + cost.download_gib
    if wanted > cost.disk_free_gib:
        yield (
            f"the run writes about {wanted:.1f} GiB, but the disk has {cost.disk_free_gib:.1f} GiB "
            "free; make room first"
        )
    elif cost.disk_gib > cost.cache_limit_gib > 0:
        yield (
            f"the activation cache can keep only {cost.cache_limit_gib:.1f} of "
            f"{cost.disk_gib:.1f} GiB of features; raise $PROBE_TUI_CACHE_GIB to keep all"
        )
