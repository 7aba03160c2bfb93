"""Say what was chosen: by fold, how often, and which candidates were left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from probing.plan import Cell
from probing.spec import CHOSEN

_MOST = 4  # values that are told one by one


def named(chosen: Cell, candidate: Cell) -> dict[str, str]:
    """What was chosen for a fold, by the part of a cell."""
    found = (
        {} if chosen.layer is not None or candidate.layer is None else {"layer": candidate.layer}
    )
    parts = ("site", "pooler", "classifier")
    found |= {part: getattr(candidate, part) for part in parts if getattr(chosen, part) == CHOSEN}
    return {part: str(value) for part, value in found.items()}


def told(names: Mapping[str, str]) -> str:
    """One candidate in a few words."""
    layer = f"layer {names['layer']}" if "layer" in names else ""
    others = (names.get(part, "") for part in ("site", "pooler", "classifier"))
    return ", ".join(filter(None, (layer, *others)))


def how_often(chosen: Sequence[Mapping[str, str]]) -> str:
    """For each part how often each value was chosen, over folds and permutations."""
    parts = list(dict.fromkeys(part for names in chosen for part in names))
    said = [_counts(part, chosen, is_first=at == 0) for at, part in enumerate(parts)]
    return f"chosen: {' · '.join(said)}"


def _counts(part: str, chosen: Sequence[Mapping[str, str]], *, is_first: bool) -> str:
    values = Counter(names.get(part, "several") for names in chosen).most_common()
    counts = [f"{value} in {count}" for value, count in values[:_MOST]]
    if is_first:
        counts[0] += f" of {len(chosen)} folds"
    if len(values) > _MOST:
        counts.append(f"{len(values) - _MOST} others")
    return f"{part} {', '.join(counts)}"


def left_out(cells: Iterable[tuple[Cell, str]], n_candidates: int) -> list[str]:
    """How many candidates were none in some fold, with the reason of the first."""
    some = list(cells)
    if not some:
        return []
    cell, reason = some[0]
    layer = "" if cell.layer is None else f" layer {cell.layer}"
    first = f"{cell.pooler}{layer} {cell.classifier}: {reason.replace(';', ',')}"
    return [f"{len(some)} of {n_candidates} candidates left out in some folds ({first})"]
