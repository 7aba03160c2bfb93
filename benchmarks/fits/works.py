"""The pieces of work that are fitted, and what each is meant to reach."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.shapes import CHOSEN_PARTS, GRID_PARTS, Shape, Work
from benchmarks.targets import OURS, PIPELINE, TOLERANT, TUNED, Goal, sweep_goals

SWEEP = "sweep: logistic × 10 C, ridge × 10, LDA, mass mean"
CHOSEN = "strengths chosen inside: logistic, ridge"
RIDGE, LDA, LOGISTIC = "ridge × 10", "LDA", "logistic × 10 C"


def _goals(work: Work) -> tuple[Goal, ...]:
    """Those of the table of targets for works of that kind."""
    if work.shape.n_classes > 2:
        return (Goal(TUNED, TOLERANT, 5),) if work.name == LOGISTIC else ()
    if work.name == SWEEP and work.scale == "standard":
        goal = Goal(PIPELINE, TOLERANT, 8)
        return (goal, goal.but_lda()) if work.shape.d < work.shape.n else ()
    if work.name == SWEEP:
        wide = work.shape.d > work.shape.n
        return sweep_goals(15, 90) if wide else sweep_goals(15, 200, converged=10)
    alone = {RIDGE: 15, LDA: 30}
    return (Goal(TUNED, OURS, alone[work.name]),) if work.name in alone else ()


def works_of(narrow: Shape, wide: Shape, long: Shape, several: Shape) -> tuple[Work, ...]:
    """Everything on a narrow and a wide shape, logistic regression with many texts or classes."""
    found = (
        Work(SWEEP, narrow, GRID_PARTS),
        Work(SWEEP, narrow, GRID_PARTS, "standard"),
        Work(CHOSEN, narrow, CHOSEN_PARTS, "standard"),
        Work(RIDGE, narrow, ("ridge grid",)),
        Work(LDA, narrow, ("lda",)),
        Work(SWEEP, wide, GRID_PARTS),
        Work(SWEEP, wide, GRID_PARTS, "standard"),
        Work(CHOSEN, wide, CHOSEN_PARTS, "standard"),
        Work(LOGISTIC, long, ("logistic grid",)),
        Work(LOGISTIC, several, ("logistic grid",)),
    )
    return with_goals(found)


def every_work(shape: Shape) -> tuple[Work, ...]:
    """All parts of one shape."""
    return with_goals(
        (
            Work(SWEEP, shape, GRID_PARTS),
            Work(SWEEP, shape, GRID_PARTS, "standard"),
            Work(CHOSEN, shape, CHOSEN_PARTS, "standard"),
            Work(RIDGE, shape, ("ridge grid",)),
            Work(LDA, shape, ("lda",)),
            Work(LOGISTIC, shape, ("logistic grid",)),
        )
    )


def with_goals(works: tuple[Work, ...]) -> tuple[Work, ...]:
    """The same works, each with what the table of targets asks of its kind."""
    return tuple(replace(work, goals=_goals(work)) for work in works)
