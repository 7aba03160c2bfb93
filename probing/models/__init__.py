"""Transformers: loading them, tokenising for them, reading what flows through their blocks."""

from probing.models.lm import LMModel
from probing.models.reading import BlockReader
from probing.models.tokens import TokenBatch, Tokens

__all__ = ["BlockReader", "LMModel", "TokenBatch", "Tokens"]
