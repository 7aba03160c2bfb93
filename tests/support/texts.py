"""Texts of the words that tiny models know."""

import numpy as np

from tests.support.tiny_models import WORDS


def make_texts(n: int, longest: int = 12, seed: int = 0) -> list[str]:
    random = np.random.default_rng(seed)
    return [" ".join(random.choice(WORDS, random.integers(1, longest + 1))) for _ in range(n)]


TEXTS = make_texts(25)
