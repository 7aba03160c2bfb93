"""The matrix of cosines between directions, and what tells them apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from probing.probes.cosines import comparable, cosine, expected_cosine, largest_cosine
from probing.probes.named_directions import Named, named_directions
from tui.plot.axis import short
from tui.plot.grids.heat import Heat
from tui.texts.sanitiser import clean


@dataclass(frozen=True)
class Matrix:
    """Directions that are compared, with their cosines, and those that cannot be."""

    kept: tuple[Named, ...]
    left_out: tuple[tuple[Named, str], ...]

    @property
    def heat(self) -> Heat:
        """Rows and columns in one order; colours are the cosines themselves."""
        names = tuple(names_of(self.kept))
        cosines = tuple(tuple(cosine(a, b) for b in self.kept) for a in self.kept)
        return Heat(names, names, cosines, cosines, digits=2)


def matrix_of(paths: Sequence[Path]) -> Matrix:
    """The matrix of the probes of some cards; raises `ProbeError` where one cannot be read."""
    kept, left_out = comparable(named_directions(paths))
    if differ_by_layer(kept):
        kept = sorted(kept, key=lambda one: one.layer or 0)
    return Matrix(tuple(kept), tuple(left_out))


def title_of(kept: Sequence[Named]) -> str:
    """Whose directions they are, as far as they share it."""
    card = kept[0].card
    what = [f"of {card.model.name}"]
    if differ_by_layer(kept):
        what += [card.dataset.name, card.place.site, card.place.label, card.classifier.name]
    return clean(f"cosines between the directions of probes {' · '.join(what)}")


def names_of(kept: Sequence[Named]) -> list[str]:
    """The layers where these tell the directions apart, else their numbers."""
    if differ_by_layer(kept):
        return [f"L{one.layer}" for one in kept]
    return [str(number) for number in range(1, len(kept) + 1)]


def differ_by_layer(kept: Sequence[Named]) -> bool:
    """Whether the layer alone tells them apart."""
    layers = [one.layer for one in kept]
    kinds = {_kind(one) for one in kept}
    return None not in layers and len(set(layers)) == len(layers) and len(kinds) == 1


def _kind(one: Named) -> tuple[str, ...]:
    card, place = one.card, one.card.place
    return (card.dataset.name, one.class_name, place.site, place.label, card.classifier.name)


def control_of(width: int) -> str:
    """What random directions in so many dimensions do."""
    mean, high = short(expected_cosine(width), 3), short(largest_cosine(width), 3)
    told = f"random directions in {width} dimensions: |cosine| {mean} on average"
    return f"{told}, 95 % of them below {high}"
