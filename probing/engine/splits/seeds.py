"""Seeds that depend on what is drawn, never on the order of drawing."""

from __future__ import annotations

import hashlib


def seed_of(seed: int, *purpose: str | int) -> int:
    """A seed of 32 bits for that purpose: the first bytes of a SHA-256."""
    text = "\x1f".join(map(str, (seed, *purpose)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
