"""Time contenders in turn, so that what slows the machine slows them all."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True)
class Done(Generic[Result]):
    """What one go gave: the seconds of the whole work, and how much of it was really done.

    `share` below 1 means that the go was broken off and `seconds` is extrapolated.
    """

    result: Result
    seconds: float
    share: float = 1.0


@dataclass(frozen=True)
class Contender(Generic[Result]):
    """A way to do the work. `go` times itself, so that it may leave preparations out."""

    name: str
    go: Callable[[], Done[Result]]
    note: str = ""
    once: bool = False


@dataclass
class Timed(Generic[Result]):
    """All goes of one contender."""

    contender: Contender[Result]
    seconds: list[float] = field(default_factory=list)
    share: float = 1.0
    result: Result | None = None

    def add(self, done: Done[Result]) -> None:
        """Keep the time of a go, and the result of the first."""
        self.seconds.append(done.seconds)
        self.share = min(self.share, done.share)
        if self.result is None:
            self.result = done.result

    @property
    def is_done(self) -> bool:
        """Whether one go is all."""
        return self.contender.once or self.share < 1

    @property
    def note(self) -> str:
        """The contender's note, and whether the time is extrapolated."""
        part = f"extrapolated from {100 * self.share:.2g} % of the work" if self.share < 1 else ""
        return "; ".join(filter(None, (self.contender.note, part)))


def in_turn(
    contenders: Sequence[Contender[Result]], repeats: int, limit_s: float = float("inf")
) -> list[Timed[Result]]:
    """Every contender `repeats` times, one after another, each round beginning with the next.

    One that was broken off, or asks for it, goes once; one whose goes took `limit_s` together
    goes no more.
    """
    timed = [Timed(one) for one in contenders]
    for at in range(repeats):
        for one in timed[at % len(timed) :] + timed[: at % len(timed)]:
            if at and (one.is_done or sum(one.seconds) > limit_s):
                continue
            gc.collect()
            one.add(one.contender.go())
            print(f"  {one.contender.name}: {one.seconds[-1]:.3g} s", file=sys.stderr, flush=True)
    return timed
