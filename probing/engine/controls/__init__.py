"""Controls that are fitted with something of their own, or to features of their own."""

from __future__ import annotations

from collections.abc import Callable

from probing.engine.controls.bag_of_words import BagOfWords
from probing.engine.controls.given import Fits, Given, Made, no_features
from probing.engine.controls.length import lengths
from probing.engine.controls.majority import Majority
from probing.engine.controls.random_direction import RandomDirection

TEXT_CONTROLS: dict[str, Callable[[Given], Made]] = {
    "majority": lambda given: (Majority(), no_features(given)),
    "bag_of_words": lambda given: (BagOfWords(given.texts), no_features(given)),
    "length": lengths,
}

FEATURE_CONTROLS: dict[str, Callable[[Fits], Fits]] = {"random_direction": RandomDirection}

__all__ = [
    "FEATURE_CONTROLS",
    "TEXT_CONTROLS",
    "BagOfWords",
    "Fits",
    "Given",
    "Majority",
    "RandomDirection",
]
