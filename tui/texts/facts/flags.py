"""The flags of results: what stays beside a score because it weakens what the score shows."""

from __future__ import annotations

from collections.abc import Iterable

NOT_APPLICABLE = "not applicable"  # a control without a score
SEPARATOR = "; "


def shared_flags(cells: Iterable[str | None]) -> tuple[str, ...]:
    """The flags that all cells have, in the order of the first."""
    split = [(flags or "").split(SEPARATOR) for flags in cells]
    first = split[0] if split else []
    return tuple(flag for flag in first if flag and all(flag in other for other in split))


def flags_told(flags_by_dataset: Iterable[tuple[str, str | None]]) -> list[str]:
    """A line for each flag that all cells of a dataset have: `! truth: few groups: …`."""
    cells: dict[str, list[str | None]] = {}
    for dataset, flags in flags_by_dataset:
        if not (flags or "").startswith(NOT_APPLICABLE):
            cells.setdefault(dataset, []).append(flags)
    return [f"! {name}: {flag}" for name, flags in cells.items() for flag in shared_flags(flags)]
