"""Comparisons and sums: the false statement is the true one with its parts exchanged."""

from __future__ import annotations

import random

from probing.generate.words.truth_nature import BY_SIZE

Pair = tuple[str, str, str, bool]

COMPARISONS = (
    ("{a} is{n} larger than {b}.", True),
    ("{a} is{n} greater than {b}.", True),
    ("the number {a} is{n} bigger than the number {b}.", True),
    ("{a} is{n} smaller than {b}.", False),
    ("{a} is{n} less than {b}.", False),
    ("in counting, {b} is{n} before {a}.", True),
)
SUMS = (
    "{c} is{n} the sum of {a} and {b}.",
    "the sum of {a} and {b} is{n} {c}.",
    "{a} plus {b} is{n} {c}.",
    "{a} plus {b} is{n} equal to {c}.",
)
SIZES = (
    ("a {a} is{n} larger than a {b}.", True),
    ("a {a} is{n} bigger than a {b}.", True),
    ("a {a} is{n} smaller than a {b}.", False),
    ("compared with a {b}, a {a} is{n} small.", False),
)


def number_pairs(rng: random.Random, count: int) -> list[Pair]:
    """`count` comparisons of two numbers and as many sums."""
    comparisons = [_comparison(rng, *_two_numbers(rng)) for _ in range(count)]
    return comparisons + [_sum_pair(rng, *_two_numbers(rng)) for _ in range(count)]


def size_pairs(rng: random.Random) -> list[Pair]:
    """Comparisons of every two things on one scale of size."""
    return [
        _ordered(rng, SIZES, scale[small], scale[large])
        for scale in BY_SIZE
        for large in range(1, len(scale))
        for small in range(large)
    ]


def _two_numbers(rng: random.Random) -> tuple[int, int]:
    small, large = sorted(rng.sample(range(2, 100), 2))
    return small, large


def _comparison(rng: random.Random, small: int, large: int) -> Pair:
    return _ordered(rng, COMPARISONS, str(small), str(large))


def _ordered(
    rng: random.Random, templates: tuple[tuple[str, bool], ...], small: str, large: str
) -> Pair:
    template, larger_first = rng.choice(templates)
    negated = rng.random() < 1 / 3
    first, second = (large, small) if larger_first else (small, large)
    particle = " not" if negated else ""
    right = template.format(a=first, b=second, n=particle)
    wrong = template.format(a=second, b=first, n=particle)
    return f"order: {small} and {large}", right, wrong, negated


def _sum_pair(rng: random.Random, small: int, large: int) -> Pair:
    """The false sum misses by one, two or ten."""
    template, negated = rng.choice(SUMS), rng.random() < 1 / 3
    fill = {"a": small, "b": large, "n": " not" if negated else ""}
    total = small + large
    miss = rng.choice((-10, -2, -1, 1, 2, 10) if total > 20 else (1, 2, 10))
    right, wrong = template.format(c=total, **fill), template.format(c=total + miss, **fill)
    return f"sum: {small} and {large}", right, wrong, negated
