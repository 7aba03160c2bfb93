"""The token stage of a pooler: which tokens of a text it reads, and how it combines them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

from probing.spec import PoolerSpec
from probing.token_choice import GENERATED


@dataclass(frozen=True)
class TokenStage:
    """What a pooler does with the tokens: two poolers that differ only in their layers share it."""

    pool: str
    quantiles: tuple[float, ...]
    method: str
    specials: str
    skip_first: int
    tokens: tuple[str, ...] = ()
    positions: tuple[int, ...] = ()

    @classmethod
    def of(cls, spec: PoolerSpec) -> Self:
        """The token stage of `spec`; `first` and `last` are the tokens at 0 and 1."""
        fixed = {"first": (0.0,), "last": (1.0,)}
        asked = spec.quantile if isinstance(spec.quantile, tuple) else (spec.quantile,)
        quantiles = tuple(1.0 if part == -1 else float(part) for part in asked)
        if spec.pool != "token":
            quantiles = fixed.get(spec.pool, ())
        pool = "token" if spec.pool in fixed else spec.pool
        method = (spec.quantile_method or "extend") if spec.pool == "token" else "extend"
        positions = spec.positions
        quantiles = () if positions else quantiles
        stage = pool, quantiles, method, spec.specials, spec.skip_first
        return cls(*stage, spec.tokens or (), positions)

    @property
    def n_vectors(self) -> int:
        """How many vectors of the model's width it gives for a text, as samples or end to end."""
        return self.n_picked if self.n_picked and self.method in LENGTHENING else 1

    @property
    def n_picked(self) -> int:
        """How many single tokens it takes of a text; 0 where it reads all of them."""
        return len(self.quantiles or self.positions)


def choices_of(poolers: Iterable[PoolerSpec]) -> tuple[tuple[str, ...], ...]:
    """The terms by which poolers choose tokens, each once."""
    return tuple(dict.fromkeys(pooler.tokens for pooler in poolers if pooler.tokens))


def as_read(pooler: PoolerSpec, generate: int | None) -> PoolerSpec:
    """The pooler on texts that are continued: unless it says which tokens, the generated ones."""
    return replace(pooler, tokens=(GENERATED,)) if generate and not pooler.tokens else pooler


LENGTHENING = ("extend", "concat")
