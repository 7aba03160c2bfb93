"""What the engine is meant to reach: ratios of two rows of one table, or one row's own number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

OURS = "ours, converged"
TOLERANT = "ours, to scikit-learn's tolerance"
DEFAULT = "scikit-learn, default threads"
TUNED = "scikit-learn, tuned"
PIPELINE = "scikit-learn, tuned, in a pipeline"
BUT_LDA = ": all but LDA"

FLAT_MIB = 1.0  # for 1,000 texts: the texts' own tokens, and nothing of what is pooled
_ROUNDING = 1e-9  # relative


@dataclass(frozen=True)
class Goal:
    """The median of the row `over`, divided by that of `under` if named, and its bound.

    `is_least` says whether the number may not fall below `bound`, or not rise above it.
    """

    over: str
    under: str
    bound: float
    is_least: bool = True

    def but_lda(self) -> Goal:
        """The same of all other parts: scikit-learn's shrunk LDA is slow beyond the common."""
        return replace(self, over=f"{self.over}{BUT_LDA}", under=f"{self.under}{BUT_LDA}")

    def verdict(
        self, medians: Mapping[str, float], floors: Mapping[str, float], unit: str
    ) -> Verdict | None:
        """How the rows of a table stand to it; None where one of them was not measured."""
        measured, at_floor = self._value(medians), None
        if measured is None:
            return None
        gap = self.bound - measured if self.is_least else measured - self.bound
        if floors.keys() & {self.over, self.under}:
            at_floor = self._value({**medians, **floors})
        is_reached = gap <= _ROUNDING * self.bound
        return Verdict(self, measured, is_reached, "×" if self.under else unit, at_floor)

    def _value(self, medians: Mapping[str, float]) -> float | None:
        over, under = medians.get(self.over), medians.get(self.under) if self.under else 1.0
        return over / under if over is not None and under else None


@dataclass(frozen=True)
class Verdict:
    """A goal, the number measured, and what it would be if ours took no more than its floor."""

    goal: Goal
    measured: float
    is_reached: bool
    unit: str
    at_floor: float | None = None

    def __str__(self) -> str:
        goal, sign = self.goal, "≥" if self.goal.is_least else "≤"
        rows = f"{goal.over} / {goal.under}" if goal.under else goal.over
        reached = "reached" if self.is_reached else "not reached"
        words = f"{rows} {sign} {short(goal.bound)} {self.unit}: {short(self.measured)}, {reached}"
        return words if self.at_floor is None else f"{words}; at the floor {short(self.at_floor)}"

    def as_json(self) -> dict[str, Any]:
        """The verdict with its words."""
        return {
            "over": self.goal.over,
            "under": self.goal.under,
            "bound": self.goal.bound,
            "is_least": self.goal.is_least,
            "measured": self.measured,
            "unit": self.unit,
            "is_reached": self.is_reached,
            "at_floor": self.at_floor,
        }


def short(value: float) -> str:
    """A number with three digits, large ones whole."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def sweep_goals(tuned: float, default: float, converged: float | None = None) -> tuple[Goal, ...]:
    """Of the whole sweep: at scikit-learn's own tolerance, and converged."""
    goals = [Goal(TUNED, TOLERANT, tuned), Goal(DEFAULT, TOLERANT, default)]
    if converged:
        goals.append(Goal(TUNED, OURS, converged))
    return (*goals, goals[0].but_lda())


def pass_goals(ours: str, one_pooler: str, words: str, device: str) -> tuple[Goal, ...]:
    """Of the pass: the original's way on a CPU, the bare forward, and rows that are words."""
    bare = 0.92 if device == "cpu" else 0.9
    floors = ("floor: bare forward, rows of one length", "floor: bare forward, equal lengths")
    goals = (*(Goal(floor, one_pooler, bare) for floor in floors), Goal(one_pooler, words, 0.9))
    if device != "cpu":
        return goals
    original = "the original's way"
    return (Goal(original, ours, 19), Goal(original, f"{ours}, bfloat16", 35), *goals)


POOLED = "SingleLayer on the mean"


def network_goals(ours: str, device: str) -> tuple[Goal, ...]:
    """Of the small networks, against one after another."""
    return (Goal("one by one", ours, 3 if device == "cpu" else 20),)


def token_goals() -> tuple[Goal, ...]:
    """Of probes of tokens, against the network of the same size on their mean."""
    return (Goal("AttentionProbe", POOLED, 3, is_least=False),)
