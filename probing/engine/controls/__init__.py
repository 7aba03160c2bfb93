"""Controls that are fitted with something of their own, or to features of their own."""

from __future__ import annotations

from collections.abc import Callable

from probing.engine.controls.given import Fits, Given, Made, no_features
from probing.engine.controls.length import lengths
from probing.engine.controls.majority import Majority
from probing.engine.controls.random_direction import RandomDirection


def _bag_of_words(given: Given) -> Made:
    from probing.engine.controls.bag_of_words import BagOfWords  # scikit-learn: 0.7 s

    return BagOfWords(given.whole), no_features(given)


TEXT_CONTROLS: dict[str, Callable[[Given], Made]] = {
    "majority": lambda given: (Majority(), no_features(given)),
    "bag_of_words": _bag_of_words,
    "length": lengths,
}

FEATURE_CONTROLS: dict[str, Callable[[Fits], Fits]] = {"random_direction": RandomDirection}

__all__ = [
    "FEATURE_CONTROLS",
    "TEXT_CONTROLS",
    "Fits",
    "Given",
    "Majority",
    "RandomDirection",
]
