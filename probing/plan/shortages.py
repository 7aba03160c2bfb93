"""What of a plan's cost a machine may not have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from probing.plan.cost import Cost
from probing.plan.types import PlannedPass


def lacks(passes: Sequence[PlannedPass], cost: Cost) -> Iterator[str]:
    """Sentences on the memory and disk that the plan needs and this machine lacks now."""
    free = cost.device_free_gib
    for one, its in zip(passes, cost.passes, strict=True):
        if free is not None and its.memory_gib > free and not one.model.spec.device_map:
            yield (
                f"{its.model} needs about {its.memory_gib:.1f} GiB; {cost.device} has {free:.1f} "
                'GiB free: set dtype, quantize or device_map = "auto"'
            )
    wanted = cost.disk_gib + cost.download_gib
    if wanted > cost.disk_free_gib:
        yield f"writes about {wanted:.1f} GiB; the disk has {cost.disk_free_gib:.1f} GiB free"
    elif cost.disk_gib > cost.cache_limit_gib > 0:
        yield (
            f"the activation cache keeps {cost.cache_limit_gib:.1f} of {cost.disk_gib:.1f} GiB of "
            "features; raise $PROBE_TUI_CACHE_GIB"
        )
