"""The activation cache: pooled activations on disk, so that no model reads a text twice."""

from probing.activations.cache import ActivationCache, Entry
from probing.activations.entry_keys import Key, pass_parts
from probing.activations.environment import cache_folder, check_cache, open_cache
from probing.activations.identities import model_identity

__all__ = [
    "ActivationCache",
    "Entry",
    "Key",
    "cache_folder",
    "check_cache",
    "model_identity",
    "open_cache",
    "pass_parts",
]
