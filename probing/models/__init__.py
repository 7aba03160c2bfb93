"""Transformers: loading them, tokenising for them, reading what flows through their blocks."""

from probing.models.lm import LMModel
from probing.models.packing import CannotPack, packed_attention
from probing.models.reading import BlockReader
from probing.models.tokens import TokenBatch, Tokens

__all__ = ["BlockReader", "CannotPack", "LMModel", "TokenBatch", "Tokens", "packed_attention"]
