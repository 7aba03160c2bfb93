"""From what pairs showed under patching to rows: how much of the twin's answer is recovered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from probing.interventions.means import Mean, mean_of
from probing.interventions.patches import EVERYWHERE, OTHER, control_of
from probing.interventions.requests import Patch
from probing.interventions.rows import frame_of, told

Values = Mapping[str, Any]
Key = tuple[str, int, int, int | None]  # control, draw, layer, position


@dataclass(frozen=True)
class Patched:
    """The pairs that are done, by number, and what each showed.

    `recovered` is the change of the logit difference over what the twin itself changes, both
    summed over pairs: 0 for the text's own, 1 for the twin's. Positions count from the first
    token where all twins have one length, else back from the last, which is -1.
    """

    request: Patch
    done: Mapping[str, Values]
    facts: Mapping[str, Any]

    def frames(self) -> dict[str, pl.DataFrame]:
        """What is written of it, by the name of the file."""
        return {"rows": self.rows()}

    def rows(self) -> pl.DataFrame:
        """A row for each layer and position; without a position all tokens are replaced."""
        return frame_of(row for row in self._rows())

    @property
    def pairs(self) -> list[tuple[int, Values]]:
        """The pairs that show something, by number."""
        numbers = range(len(self.request.twins))
        known = [(at, self.done[str(at)]) for at in numbers if str(at) in self.done]
        return [(at, one) for at, one in known if "patched" in one]

    @property
    def has_one_length(self) -> bool:
        """Whether all twins have as many tokens."""
        return len({len(one["tokens"]) for _, one in self.pairs}) == 1

    def _rows(self) -> Iterator[dict[str, Any]]:
        groups = [self.request.groups[at] for at, _ in self.pairs]
        for (control, draw, layer, position), moved in self._moved().items():
            own = {"control": control, "draw": draw if control else None}
            place = {"layer": layer, "position": position, "measure": "recovered"}
            mean = self._recovered(moved, groups)
            yield {"kind": "patch", **self.facts, **own, **place, **told(mean)}

    def _recovered(self, moved: Mapping[int, float], groups: list[int]) -> Mean | None:
        """The ratio of two means, with the interval of its linearisation."""
        totals = {at: one["twin"] - one["before"] for at, one in self.pairs}
        kept = [(place, at) for place, (at, _) in enumerate(self.pairs) if at in moved]
        signs = np.sign([totals[at] for _, at in kept])
        change = np.array([moved[at] for _, at in kept]) * signs
        whole = np.abs([totals[at] for _, at in kept])
        if not whole.sum():
            return None
        ratio = change.sum() / whole.sum()
        linear = ratio + (change - ratio * whole) / whole.mean()
        return mean_of(linear, [groups[place] for place, _ in kept])

    def _moved(self) -> dict[Key, dict[int, float]]:
        """By layer and position what each pair's difference changes by."""
        found: dict[Key, dict[int, float]] = {}
        for at, one in self.pairs:
            for (layer, position, draw), patched in zip(one["spots"], one["patched"], strict=True):
                key = self._control(draw), draw, layer, self._named(position, one)
                found.setdefault(key, {})[at] = patched - one["before"]
            for key in [key for key in self._before(one) if key not in found]:
                found[key] = {}
            for key in self._before(one):
                found[key][at] = 0.0  # the twins are the same up to there
        return dict(sorted(found.items(), key=lambda item: _order(item[0])))

    def _before(self, one: Values) -> list[Key]:
        places = {(layer, draw) for layer, _, draw in one["spots"]}
        return [
            (control, draw, layer, self._named(position, one))
            for layer, draw in places
            for control in [self._control(draw)]
            if control != OTHER  # another text differs there too
            for position in range(one["first"])
        ]

    def _control(self, draw: int) -> str:
        return control_of(self.request) if draw >= 0 else ""

    def _named(self, position: int, one: Values) -> int | None:
        if position == EVERYWHERE:
            return None
        return position if self.has_one_length else position - len(one["tokens"])


def _order(key: Key) -> tuple[Any, ...]:
    control, draw, layer, position = key
    return control, draw, layer, position is None, position or 0
