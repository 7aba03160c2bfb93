"""What a reader of a plan should know of the spec itself, because it often surprises."""

from __future__ import annotations

from collections.abc import Iterator

from probing.spec import PoolerSpec, Spec

ENOUGH = 19  # permutations for a test at 5 %
EXTEND = (None, "extend")


def spec_notes(spec: Spec) -> Iterator[str]:
    """Layers that are read as one vector."""
    for pooler in spec.poolers:
        if (told := _joined(pooler)) and pooler.layer_method in EXTEND:
            yield (
                f"{pooler.label}: {told} are concatenated to one vector; for a cell of each give "
                'each a pooler, or layer = "each"'
            )


def too_few_permutations(spec: Spec) -> str:
    """What the permutations of a spec cannot test; empty where they are enough or none."""
    if "shuffled_labels" not in spec.controls or spec.n_shuffles >= ENOUGH:
        return ""
    least = f"{1 / (spec.n_shuffles + 1):.2g}".lstrip("0")
    return (
        f"n_shuffles = {spec.n_shuffles} permutations give no p value below {least}; "
        f"set {ENOUGH} or more for a test at .05"
    )


def _joined(pooler: PoolerSpec) -> str:
    """The layers that a pooler joins, in words; empty where it reads one at a time."""
    if pooler.layer == "all":
        return "all layers but the first and the last"
    if isinstance(pooler.layer, int | str) or len(pooler.layer) < 2:
        return ""
    *first, last = map(str, pooler.layer)
    return f"layers {', '.join(first)} and {last}"
