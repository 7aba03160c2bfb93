"""Pooling: from `[batch, seq, hidden]` of some layers to one feature vector per text."""

from probing.engine.pooling.poolers import (
    Pooler,
    PoolFirst,
    PoolLast,
    PoolMax,
    PoolMean,
    PoolMin,
    PoolToken,
)
from probing.engine.pooling.text_tokens import TextTokens
from probing.engine.pooling.token_pooling import Selection, TextParts, TokenPool

__all__ = [
    "PoolFirst",
    "PoolLast",
    "PoolMax",
    "PoolMean",
    "PoolMin",
    "PoolToken",
    "Pooler",
    "Selection",
    "TextParts",
    "TextTokens",
    "TokenPool",
]
