"""Transformers: load them, tokenise for them, and read what their blocks compute."""

from probing.engine.models.activations.hooks import BlockReader
from probing.engine.models.asked_of_tokens import Asked
from probing.engine.models.continuations import Continuations
from probing.engine.models.distinct_texts import DistinctTexts
from probing.engine.models.greedy import Greedy
from probing.engine.models.lm import LMModel
from probing.engine.models.packing import CannotPack, packed_attention
from probing.engine.models.tokenizer_digest import tokenizer_digest
from probing.engine.models.tokens import TokenBatch, Tokens
from probing.engine.models.tokens_alone import tokens_of

__all__ = [
    "Asked",
    "BlockReader",
    "CannotPack",
    "Continuations",
    "DistinctTexts",
    "Greedy",
    "LMModel",
    "TokenBatch",
    "Tokens",
    "packed_attention",
    "tokenizer_digest",
    "tokens_of",
]
