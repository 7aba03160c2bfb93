"""What a fit gave on its test part, and how far two contenders agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]


@dataclass(frozen=True)
class Key:
    """One fit: its layer and fold, which part of the work, and the strength's number."""

    layer: int
    fold: int
    part: str
    strength: int = 0


@dataclass(frozen=True)
class Fitted:
    """Scores `[n_test]` or `[n_test, n_classes]`, decisions `[n_test]`, and their accuracy.

    `chosen` is the strength that was chosen, where one was.
    """

    scores: Scores
    decision: NDArray[np.int64]
    accuracy: float
    chosen: float | None = None

    @classmethod
    def of(
        cls, scores: Scores, middle: float, truth: NDArray[np.int64], chosen: float | None = None
    ) -> Fitted:
        """Decide by the largest score, or for two classes by whether it is above `middle`."""
        decision = scores.argmax(1) if scores.ndim == 2 else (scores > middle).astype(np.int64)
        return cls(scores, decision, float((decision == truth).mean()), chosen)


Found = Mapping[Key, Fitted]


@dataclass(frozen=True)
class Fits:
    """All that a contender fitted, and the seconds that each part of the work took it.

    The seconds of several processes are added up.
    """

    found: Found = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def joined(cls, parts: Iterable[Fits]) -> Fits:
        """What several processes, or several goes, fitted of the same work."""
        found: dict[Key, Fitted] = {}
        seconds: defaultdict[str, float] = defaultdict(float)
        for one in parts:
            found |= one.found
            for part, own in one.seconds.items():
                seconds[part] += own
        return cls(found, dict(seconds))

    def times(self, factor: float) -> Fits:
        """The same with other seconds: of the whole work, where only a share was done."""
        return Fits(self.found, {part: own * factor for part, own in self.seconds.items()})

    def told(self) -> str:
        """The seconds of each part, where there are several."""
        if len(self.seconds) < 2:
            return ""
        return ", ".join(f"{part} {own:.3g} s" for part, own in self.seconds.items())


def agreement(reference_fits: Fits, fits_: Fits) -> str:
    """How far fits are from those of reference where both have one, in words."""
    reference, fits = reference_fits.found, fits_.found
    keys = [key for key in reference if key in fits]
    if not keys:
        return "nothing in common"
    same = np.concatenate([reference[key].decision == fits[key].decision for key in keys])
    distance = max(_distance(reference[key].scores, fits[key].scores) for key in keys)
    words = [f"{_percent(same.mean())} of decisions", f"scores within {distance:.1g}"]
    words.append(f"accuracy within {100 * _accuracy_gap(reference, fits, keys):.2g} points")
    choosing = [key for key in keys if reference[key].chosen is not None]
    if choosing:
        alike = [_same_strength(reference[key], fits[key]) for key in choosing]
        words.append(f"{_percent(float(np.mean(alike)))} of strengths")
    return ", ".join(words)


def _percent(share: float) -> str:
    return "100 %" if share == 1 else f"{min(100 * share, 99.99):.2f} %"


def _same_strength(left: Fitted, right: Fitted) -> bool:
    return right.chosen is not None and bool(np.isclose(left.chosen or 0.0, right.chosen))


def _distance(reference: Scores, scores: Scores) -> float:
    """The largest difference of two scores, in deviations of the reference's."""
    return float(np.abs(reference - scores).max() / max(reference.std(), 1e-300))


def _accuracy_gap(reference: Found, fits: Found, keys: list[Key]) -> float:
    """The largest difference of a layer's mean accuracy over the folds that are compared."""
    gaps = defaultdict(list)
    for key in keys:
        gap = reference[key].accuracy - fits[key].accuracy
        gaps[key.layer, key.part, key.strength].append(gap)
    return max(abs(float(np.mean(of_layer))) for of_layer in gaps.values())
