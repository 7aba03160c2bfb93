"""How far the benchmarks have come, and about how much longer they take."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from benchmarks.sizes import Sizes

# what a table of a subject takes, in units of the limit: rough, and corrected as tables come
_WORK, _CURVE, _NETWORKS, _PASS, _MEMORY, _GROWTH, _CACHE = 3.0, 0.7, 2.5, 7.0, 2.5, 0.01, 4.0
_AUDIT, _RUNS, _APP, _TOKENS, _APPLY, _TYPED = 0.7, 1.0, 0.7, 1.0, 3.0, 1.0
_LLAMA = 10.0


def expected(
    sizes: Sizes, subjects: Sequence[str], *, llama_8b: bool = False, only_after: bool = False
) -> list[float]:
    """What each table that will come is expected to take, in order, in no unit.

    `llama_8b` adds the big model's, and with `only_after` the sweep after it is all of the pass.
    """
    passes = [_LLAMA] if only_after else [_PASS, *([_LLAMA] * 2 if llama_8b else [])]
    of = {
        "fits": [
            *[_WORK] * len(sizes.works),
            *[_CURVE] * (4 if sizes.curves else 0),
            *[_NETWORKS] * 2,
            _TOKENS,
        ],
        "pass": passes,
        "memory": [
            each
            for _, numbers in sizes.memory
            for each in (*[_MEMORY] * len(numbers), *[_GROWTH] * (len(numbers) > 1))
        ],
        "cache": [_CACHE],
        "apply": [_APPLY, *[_TYPED] * (sizes.typed is not None)],
        "audit": [_AUDIT] * 3,
        "runs": [*[_RUNS, _GROWTH] * len(sizes.runs), _APP, _GROWTH],
    }
    return [each for subject in subjects for each in of[subject]]


class Progress:
    """Tells on stderr, table by table, what is done and about what is left."""

    def __init__(self, expected: Sequence[float]) -> None:
        self.expected, self.n_done, self.began = list(expected), 0, time.perf_counter()

    def table_done(self) -> None:
        """One more table is there."""
        self.n_done += 1
        minutes = (time.perf_counter() - self.began) / 60
        words = f"{self.n_done} of {len(self.expected)} tables after {minutes:.1f} min"
        left = self.left(minutes)
        print(f"{words}; about {left:.1f} min left", file=sys.stderr, flush=True)

    def left(self, elapsed: float) -> float:
        """What the other tables take if they are as far from what was expected as those before."""
        done, left = self.expected[: self.n_done], self.expected[self.n_done :]
        return elapsed * sum(left) / sum(done) if done else float("nan")
