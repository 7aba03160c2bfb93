"""Made texts to audit: unlike one another, repeated with small changes, or of a few wordings."""

from __future__ import annotations

import numpy as np

_LETTERS = list("aaaeeeiioouubcdfghlmnprstvw")


def made(kind: str, n_texts: int, seed: int = 0) -> list[str]:
    """Texts of 8 to 34 words, about 120 characters on average."""
    random = np.random.default_rng(seed)
    words = _vocabulary(random)
    if kind == "wordings":
        return _wordings(random, words, n_texts)
    texts = _prose(random, words, n_texts if kind == "prose" else n_texts // 2)
    if kind == "prose":
        return texts
    return [*texts, *(_changed(random, words, text) for text in texts)]


def _vocabulary(random: np.random.Generator) -> np.ndarray:
    """Twenty thousand words; the frequent ones are short."""
    sizes = np.clip(random.poisson(2 + np.linspace(0, 5, 20_000)), 1, None)
    return np.asarray(["".join(random.choice(_LETTERS, size)) for size in sizes])


def _prose(random: np.random.Generator, words: np.ndarray, n_texts: int) -> list[str]:
    """Words drawn with frequencies that fall as in a language."""
    chances = 1 / np.arange(3, len(words) + 3)
    drawn = random.choice(words, (n_texts, 34), p=chances / chances.sum())
    sizes = random.integers(8, 35, n_texts)
    return [f"{' '.join(row[:size])}." for row, size in zip(drawn, sizes, strict=True)]


def _changed(random: np.random.Generator, words: np.ndarray, text: str) -> str:
    """The text with one word replaced."""
    parts = text.split()
    parts[int(random.integers(len(parts)))] = str(words[int(random.integers(len(words)))])
    return " ".join(parts)


def _wordings(random: np.random.Generator, words: np.ndarray, n_texts: int) -> list[str]:
    """A thousand wordings, or one for 20 texts, with a slot of one or two words."""
    frames = _prose(random, words, min(1000, max(1, n_texts // 20)))
    slots = random.choice(words[:5000], (n_texts, 2))
    return [
        f"{' '.join(slot[: 1 + at % 2])} {frames[at % len(frames)]}"
        for at, slot in enumerate(slots)
    ]
