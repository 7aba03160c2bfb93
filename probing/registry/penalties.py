"""Parameters that many classifiers have: how strong a penalty is, and how many are tried."""

from __future__ import annotations

from probing.parameters import COUNT, POSITIVE, Parameter


def strength(name: str, meaning: str) -> Parameter:
    """A strength that is chosen unless it is given."""
    return Parameter(name, None, f"{meaning}; none: chosen by inner folds", POSITIVE.or_none())


def tried(name: str, n: int) -> Parameter:
    """Of how many strengths the one is chosen."""
    return Parameter(name, n, "how many strengths to try", COUNT)


C = strength("C", "inverse penalty strength")
ALPHA = strength("alpha", "penalty strength")
