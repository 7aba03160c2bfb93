"""Well-known public probing datasets, and their download."""

from probing.public_sets.fetching import fetch, find
from probing.public_sets.table import PUBLIC_SETS, PublicSet

__all__ = ["PUBLIC_SETS", "PublicSet", "fetch", "find"]
