"""How fast a run is and how long it will take, from what its events tell."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from probing.logs import PassState, RunView
from probing.plan import from_json


def time_left(view: RunView) -> float | None:
    """Seconds until the run is over; None while there is nothing to judge by."""
    passes, fits = passes_left(view), fits_left(view)
    return None if passes is None or fits is None else passes + fits


def passes_left(view: RunView) -> float | None:
    """Seconds of forward passes still to come, each taken to cost what the others cost."""
    state = view.state
    if state.started is None:
        return None
    over = {(one.model, one.dataset): one.elapsed_s for one in state.passes}
    current = state.current_pass if state.current_pass and not state.current_pass.done else None
    now = pass_left(current) if current else 0.0
    to_come = state.started.n_passes - len(over) - (current is not None)
    if to_come <= 0 or now is None:
        return now
    seen = list(over.values()) + ([current.elapsed_s + now] if current else [])
    return now + to_come * sum(seen) / len(seen) if seen else None


def pass_left(current: PassState) -> float | None:
    """Seconds until the forward pass under way is over."""
    if not current.tokens_done or not current.tokens_total:
        return None
    return current.elapsed_s * (current.tokens_total / current.tokens_done - 1)


def fits_left(view: RunView) -> float | None:
    """Seconds of fits still to come, from the rate so far, else from the plan's guess."""
    state = view.state
    to_come = state.n_cells - state.n_done - state.n_failed
    rate = cells_per_s(view)
    if rate:
        return to_come / rate
    return planned_fits_s(view) if to_come else 0.0


def cells_per_s(view: RunView) -> float | None:
    """Cells done per second of fitting in this attempt: the larger of two lower bounds.

    Blocks that ran side by side overlap in the first; start and load are in the second.
    """
    state = view.state
    attempt = state.n_attempts - 1
    blocks = [block for block in state.blocks.values() if block.attempt == attempt]
    n_cells = sum(len(block.cells) for block in blocks)
    in_blocks = sum(block.elapsed_s for block in blocks)
    passing = sum(one.elapsed_s for one in state.passes)
    on_the_clock = state.last_time - state.attempt_time - passing
    seconds = [one for one in (in_blocks, on_the_clock) if one > 0]
    return n_cells / min(seconds) if seconds and n_cells else None


def planned_fits_s(view: RunView) -> float | None:
    """The plan's guess for all fits."""
    cost = plan_of(view).get("cost", {})
    value = cost.get("fits_s") if isinstance(cost, dict) else None
    return float(value) if isinstance(value, (int, float)) else None


def plan_of(view: RunView) -> dict[str, object]:
    """The stored plan of a run, empty where there is none yet."""
    try:
        changed = view.run.plan.stat().st_mtime_ns
    except OSError:
        return {}
    return _stored(view.run.plan, changed)


@lru_cache(maxsize=8)
def _stored(path: Path, changed: int) -> dict[str, object]:
    return from_json(path) or {}
