"""Folds: stratified, grouped, drawn from seeds that depend on what is split."""

from probing.splits.dealing import deal
from probing.splits.folding import inner_folds, make_folds
from probing.splits.labelling import make_labellings, permuted
from probing.splits.seeds import seed_of
from probing.splits.types import Fold, Labelling

__all__ = [
    "Fold",
    "Labelling",
    "deal",
    "inner_folds",
    "make_folds",
    "make_labellings",
    "permuted",
    "seed_of",
]
