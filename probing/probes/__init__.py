"""Saved probes: their cards and arrays on disk, read without torch."""

from probing.probes.card import (
    CLOSED,
    ENSEMBLE,
    LINEAR,
    LOG_ODDS,
    NETWORK,
    PLAIN,
    SKOPS,
    TOKENS,
    Card,
    CardOfClassifier,
    CardOfDataset,
    CardOfModel,
    Decision,
    Place,
    Scored,
)
from probing.probes.files import load_arrays, read_card, remove, save
from probing.probes.lookup import find_probes, saved_probes

__all__ = [
    "CLOSED",
    "ENSEMBLE",
    "LINEAR",
    "LOG_ODDS",
    "NETWORK",
    "PLAIN",
    "SKOPS",
    "TOKENS",
    "Card",
    "CardOfClassifier",
    "CardOfDataset",
    "CardOfModel",
    "Decision",
    "Place",
    "Scored",
    "find_probes",
    "load_arrays",
    "read_card",
    "remove",
    "save",
    "saved_probes",
]
