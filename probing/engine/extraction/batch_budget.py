"""Choose how many tokens a batch holds: fixed on a CPU, grown on a GPU while it pays."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from itertools import chain

import torch

from probing.engine.extraction.batches import grouped
from probing.engine.extraction.text_layout import Kind

# Tokens. On a CPU throughput is flat from 256 to 2,048 and falls beyond; as the budget stays,
# every run there makes the same batches.
FIXED_BUDGET = 1024
_FIRST_BUDGET = 8192
_GOES, _GAIN = 2, 1.05
_POOLED_BYTES = 2**31  # of a batch on a GPU: of words there are as many vectors as tokens


class GrowingBudget:
    """Doubles the budget of the batches that are left until throughput stops rising.

    A size counts by the better of two batches, as the first of a size also pays for memory.
    `clock` gives seconds, after the device has done what it was given. No size is above `most`.
    """

    def __init__(self, budget: int, clock: Callable[[], float], most: float = math.inf) -> None:
        self.budget, self.clock, self.most = budget, clock, most
        self.growing = 2 * budget <= most
        self._began, self._best, self._rates = clock(), 0.0, list[float]()

    @classmethod
    def on(cls, device: torch.device, token_bytes: int = 0) -> GrowingBudget | None:
        """That of a pass on `device`; None where the budget is fixed.

        `token_bytes` are those of the pooled vectors of a token, where each may have its own.
        """
        if device.type != "cuda":
            return None

        def clock() -> float:
            torch.cuda.synchronize(device)
            return time.perf_counter()

        most = _POOLED_BYTES // token_bytes if token_bytes else math.inf
        return cls(int(min(_FIRST_BUDGET, max(FIXED_BUDGET, most))), clock, most)

    def regrouped(
        self, left: list[list[int]], n_tokens: int, lengths: Sequence[int], kind: Kind
    ) -> list[list[int]]:
        """The batches that are left, made anew where a batch of `n_tokens` just run says so."""
        if not self.growing or not left:
            return left
        now = self.clock()
        self._rates.append(n_tokens / max(now - self._began, 1e-9))
        self._began = now
        if len(self._rates) < _GOES:
            return left
        rate = max(self._rates)
        self._rates.clear()
        pays = rate > _GAIN * self._best
        self._best = max(rate, self._best)
        self.growing = pays and 4 * self.budget <= self.most
        self.budget = self.budget * 2 if pays else self.budget // 2
        return grouped(list(chain.from_iterable(left)), lengths, self.budget, kind)
