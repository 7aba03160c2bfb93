"""Pooled activations on disk, so that what a model has read once it need not read again."""

from probing.activations.cache import ActivationCache, Entry
from probing.activations.entry_keys import Key, pass_parts, texts_digest
from probing.activations.environment import cache_folder, open_cache
from probing.activations.identities import model_identity

__all__ = [
    "ActivationCache",
    "Entry",
    "Key",
    "cache_folder",
    "model_identity",
    "open_cache",
    "pass_parts",
    "texts_digest",
]
