"""Transformers: load them, tokenise for them, and read what their blocks compute."""

from probing.engine.models.activations.hooks import BlockReader
from probing.engine.models.lm import LMModel
from probing.engine.models.packing import CannotPack, packed_attention
from probing.engine.models.span_tokens import MarkedRows, Units
from probing.engine.models.tokenizing import TokenBatch, Tokens
from probing.engine.models.tokens_alone import tokens_of

__all__ = [
    "BlockReader",
    "CannotPack",
    "LMModel",
    "MarkedRows",
    "TokenBatch",
    "Tokens",
    "Units",
    "packed_attention",
    "tokens_of",
]
