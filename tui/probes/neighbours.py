"""Which directions of other probes lie nearest to those of a probe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from probing.probes.cosines import comparable, cosine, expected_cosine, largest_cosine
from probing.probes.lookup import SavedProbe
from probing.probes.named_directions import Named, named_directions
from tui.plot.axis import short
from tui.texts.sanitiser import clean

SHOWN = 12
MOST = 400  # probes that are compared, the nearest in the list first


@dataclass(frozen=True)
class Neighbours:
    """Lines that tell the nearest, and what random directions are."""

    lines: tuple[str, ...]
    random: str = ""


def neighbours_of(one: SavedProbe, every: Sequence[SavedProbe]) -> Neighbours:
    """The nearest directions of probes of the same model and width.

    Raises `ProbeError` where the card of the probe cannot be read.
    """
    own = named_directions([one.path])
    if all(named.unit is None for named in own):
        return Neighbours((own[0].error,))
    others = [other.path for other in _alike(one, every)]
    kept, _ = comparable([*own, *(named_directions(others) if others else [])])
    mine = [named for named in kept if named.path == one.path]
    found = [(cosine(a, b), a, b) for a in mine for b in kept if b.path != one.path]
    found.sort(key=lambda each: -abs(each[0]))
    if not found:
        return Neighbours(("no other direction of this model is saved",))
    width = mine[0].card.place.width
    return Neighbours(tuple(_line(*each) for each in found[:SHOWN]), _random(width))


def _alike(one: SavedProbe, every: Sequence[SavedProbe]) -> list[SavedProbe]:
    card = one.card
    assert card is not None
    wanted = card.model.name, card.model.fingerprint, card.place.width
    at = next((place for place, other in enumerate(every) if other.path == one.path), 0)
    near = sorted(range(len(every)), key=lambda place: abs(place - at))
    found = [
        every[place]
        for place in near
        if (other := every[place].card) is not None
        and other.fold is None
        and every[place].path != one.path
        and (other.model.name, other.model.fingerprint, other.place.width) == wanted
    ]
    return found[:MOST]


def _line(value: float, a: Named, b: Named) -> str:
    card = b.card
    layers = "–".join(dict.fromkeys((str(card.place.layers[0]), str(card.place.layers[-1]))))
    whose = f" [{b.class_name}]" if b.class_name else ""
    mine = f" to [{a.class_name}]" if a.class_name else ""
    told = f"{card.dataset.name}{whose} L{layers} {card.place.site} {card.place.label} "
    return clean(f"{short(value, 3):>6}  {told}{card.classifier.name}{mine}")


def _random(width: int) -> str:
    mean, high = short(expected_cosine(width), 3), short(largest_cosine(width), 3)
    return f"random directions in {width}: |cosine| {mean}, 95 % below {high}"
