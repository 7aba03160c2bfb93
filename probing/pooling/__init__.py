"""From `[batch, seq, hidden]` of one or several layers to one feature vector per text."""

from probing.pooling.poolers import (
    Pooler,
    PoolFirst,
    PoolLast,
    PoolMax,
    PoolMean,
    PoolMin,
    PoolToken,
)
from probing.pooling.texts import TextTokens
from probing.pooling.tokens import Selection, TokenPool

__all__ = [
    "PoolFirst",
    "PoolLast",
    "PoolMax",
    "PoolMean",
    "PoolMin",
    "PoolToken",
    "Pooler",
    "Selection",
    "TextTokens",
    "TokenPool",
]
