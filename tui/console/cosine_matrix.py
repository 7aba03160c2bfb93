"""The cosines between directions, as printed: a heatmap, and which probe is which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from probing.probes.cosines import cosine, expected_cosine, largest_cosine
from probing.probes.named_directions import Named
from tui.console import output
from tui.console.heatmap import Heatmap
from tui.plot.axis import short
from tui.texts.sanitiser import clean


def print_cosines(kept: Sequence[Named], left_out: Sequence[tuple[Named, str]]) -> None:
    """Print the matrix, and a line for each direction that has no place in it."""
    if len(kept) > 1:
        kept = sorted(kept, key=lambda one: one.layer or 0) if _by_layer(kept) else kept
        for line in _heatmap(kept).lines(output.width(), colour=output.has_colour()):
            output.write_text(line) if not output.has_colour() else print(line)
        for line in _key(kept):
            output.write_text(line)
        output.write_text(_control(kept[0].card.place.width))
    for one, why in left_out:
        output.write_text(f"left out: {clean(one.label)}: {clean(why)}")


def _heatmap(kept: Sequence[Named]) -> Heatmap:
    cosines = [[cosine(a, b) for b in kept] for a in kept]
    names = _names(kept)
    card = kept[0].card
    what = [f"of {card.model.name}"]
    if _by_layer(kept):
        what += [card.dataset.name, card.place.site, card.place.label, card.classifier.name]
    title = f"cosines between the directions of probes {' · '.join(what)}"
    return Heatmap(clean(title), names, names, cosines, cosines, digits=2)


def _names(kept: Sequence[Named]) -> list[str]:
    """The layers where these tell the directions apart, else their numbers."""
    if _by_layer(kept):
        return [f"L{one.layer}" for one in kept]
    return [str(number) for number in range(1, len(kept) + 1)]


def _by_layer(kept: Sequence[Named]) -> bool:
    layers = [one.layer for one in kept]
    kinds = {_kind(one) for one in kept}
    return None not in layers and len(set(layers)) == len(layers) and len(kinds) == 1


def _kind(one: Named) -> tuple[str, ...]:
    card = one.card
    return (
        card.dataset.name,
        one.class_name,
        card.place.site,
        card.place.label,
        card.classifier.name,
    )


def _key(kept: Sequence[Named]) -> Iterator[str]:
    """Which number is which direction."""
    if _by_layer(kept):
        return
    names = _names(kept)
    widest = max(map(len, names))
    for name, one in zip(names, kept, strict=True):
        yield f"{name:>{widest}}  {clean(one.label)}"


def _control(width: int) -> str:
    mean, high = short(expected_cosine(width), 3), short(largest_cosine(width), 3)
    told = f"random directions in {width} dimensions: |cosine| {mean} on average"
    return f"{told}, 95 % of them below {high}"
