"""The cosines between directions, as printed: a heatmap, and which probe is which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from probing.probes.cosines import cosine
from probing.probes.named_directions import Named
from tui.console import output
from tui.console.reports.heatmap import Heatmap
from tui.probes.cosines.matrix import control_of, differ_by_layer, names_of, title_of
from tui.texts.sanitiser import clean


def print_cosines(kept: Sequence[Named], left_out: Sequence[tuple[Named, str]]) -> None:
    """Print the matrix, and a line for each direction that has no place in it."""
    if len(kept) > 1:
        kept = sorted(kept, key=lambda one: one.layer or 0) if differ_by_layer(kept) else kept
        for line in _heatmap(kept).lines(output.width(), colour=output.has_colour()):
            output.write_text(line) if not output.has_colour() else print(line)
        for line in _key(kept):
            output.write_text(line)
        output.write_text(control_of(kept[0].card.place.width))
    for one, why in left_out:
        is_named = why.startswith((one.label, one.card.name))
        output.write_text(f"left out: {clean(why if is_named else f'{one.label}: {why}')}")


def _heatmap(kept: Sequence[Named]) -> Heatmap:
    cosines = [[cosine(a, b) for b in kept] for a in kept]
    names = names_of(kept)
    return Heatmap(title_of(kept), names, names, cosines, cosines, digits=2)


def _key(kept: Sequence[Named]) -> Iterator[str]:
    """Which number is which direction."""
    if differ_by_layer(kept):
        return
    names = names_of(kept)
    widest = max(map(len, names))
    for name, one in zip(names, kept, strict=True):
        yield f"{name:>{widest}}  {clean(one.label)}"
