"""Folds: stratified, grouped, and drawn from seeds that depend only on the data and the spec."""

from probing.engine.splits.coding import Coding, make_coding
from probing.engine.splits.dealing import deal
from probing.engine.splits.folding import inner_folds, make_folds
from probing.engine.splits.labelling import make_labellings
from probing.engine.splits.nested_parts import Part, nested_parts
from probing.engine.splits.permuting import permuted, tied_share
from probing.engine.splits.seeds import seed_of
from probing.engine.splits.types import Fold, Labelling

__all__ = [
    "Coding",
    "Fold",
    "Labelling",
    "Part",
    "deal",
    "inner_folds",
    "make_coding",
    "make_folds",
    "make_labellings",
    "nested_parts",
    "permuted",
    "seed_of",
    "tied_share",
]
