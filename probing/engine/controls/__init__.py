"""Controls that need no activations: what each is fitted with, and to which features."""

from __future__ import annotations

from collections.abc import Callable

from probing.engine.controls.bag_of_words import BagOfWords
from probing.engine.controls.given import Fits, Given, Made, no_features
from probing.engine.controls.length import lengths
from probing.engine.controls.majority import Majority

TEXT_CONTROLS: dict[str, Callable[[Given], Made]] = {
    "majority": lambda given: (Majority(), no_features(given)),
    "bag_of_words": lambda given: (BagOfWords(given.texts), no_features(given)),
    "length": lengths,
}

__all__ = ["TEXT_CONTROLS", "BagOfWords", "Fits", "Given", "Majority"]
