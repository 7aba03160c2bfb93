"""The classifiers that ship, as a static table: listing them imports nothing heavy.

A test checks the table against the signatures of the classes.
"""

from probing.registry.entry import CLASSIFICATION, EVERY_TASK, Entry
from probing.registry.lookup import (
    CLASSIFIERS,
    check_parameters,
    chooses_features,
    classifier,
    reads_tokens,
)

__all__ = [
    "CLASSIFICATION",
    "CLASSIFIERS",
    "EVERY_TASK",
    "Entry",
    "check_parameters",
    "chooses_features",
    "classifier",
    "reads_tokens",
]
