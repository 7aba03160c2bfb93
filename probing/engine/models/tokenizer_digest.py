"""A digest of a tokenizer by what it does: its vocabulary, and how it reads a text."""

from __future__ import annotations

import hashlib
import json
from typing import Any

_TEXT = "The 3 quick brown foxes' dog jumped: naïve café, 東京 & Σ = 10.5%!\n\tDone?"


def tokenizer_digest(tokenizer: Any) -> str:
    """A SHA-256 that is the same for every copy, whatever file it was loaded from."""
    vocabulary = sorted((str(token), int(at)) for token, at in tokenizer.get_vocab().items())
    ids = tokenizer(_TEXT)["input_ids"]
    read = json.dumps([vocabulary, [int(one) for one in ids]], ensure_ascii=True)
    return hashlib.sha256(read.encode()).hexdigest()
