"""What a reader must know of the tokens that poolers choose: texts that have none of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from probing.spec import PoolerSpec

MOST_TOLD = 0.01  # of the texts: from there on every cell tells it


def told_of_fallbacks(fallbacks: Mapping[PoolerSpec, int], n_texts: int) -> Iterator[str]:
    """Sentences on the texts without the tokens that `tokens` or `position` names, each once."""
    told = {}
    for pooler, count in fallbacks.items():
        if count and pooler.tokens:
            why = "have no token that it chooses: their last token stands for them"
            told[pooler.label] = f"{pooler.label}: {count:,} of {n_texts:,} texts {why}"
        elif count and pooler.positions:
            why = "are too short for its position: the token at that end stands there"
            told[pooler.label] = f"{pooler.label}: {count:,} of {n_texts:,} texts {why}"
    yield from told.values()


def token_flags(n_lacking: int, n_texts: int) -> tuple[str, ...]:
    """The same in short, where there are many such texts."""
    if n_lacking <= MOST_TOLD * n_texts:
        return ()
    return (f"texts without the tokens chosen: {n_lacking:,} of {n_texts:,}",)
