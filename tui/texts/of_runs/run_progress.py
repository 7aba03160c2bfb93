"""The speed of a run and the time left, from its events and its plan."""

from __future__ import annotations

from probing.logs import PassState, RunView
from tui.texts.of_runs.stored_plans import plan_brief, whole_plan


def time_left(view: RunView) -> float | None:
    """Seconds until the run ends; None while that cannot be estimated."""
    parts = (generations_left(view), passes_left(view), fits_left(view))
    known = [one for one in parts if one is not None]
    return sum(known) if len(known) == len(parts) else None


def generations_left(view: RunView) -> float | None:
    """Seconds until all texts are continued: of what is to come by the plan's estimate."""
    state = view.state
    over = {(one.model, one.dataset) for one in state.passes}
    over |= {(one.model, one.dataset) for one in state.generations}
    now: float | None = 0.0
    if state.generating is not None:
        over.add((state.generating.model, state.generating.dataset))
        now = pass_left(state.generating)
    planned = plan_brief(view).cost.get("passes")
    to_come = (
        _seconds(one.get("generate_s")) or 0.0
        for one in (planned if isinstance(planned, list) else ())
        if isinstance(one, dict) and (one.get("model"), one.get("dataset")) not in over
    )
    return None if now is None else now + sum(to_come)


def passes_left(view: RunView) -> float | None:
    """Seconds of the forward passes left, from the average of those so far."""
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
    """Seconds until the current forward pass ends."""
    if not current.tokens_done or not current.tokens_total:
        return None
    return current.elapsed_s * (current.tokens_total / current.tokens_done - 1)


def fits_left(view: RunView) -> float | None:
    """Seconds of the fits left, from the rate so far, else from the plan's estimate."""
    state = view.state
    to_come = state.n_cells - state.n_done - state.n_failed
    rate = cells_per_s(view)
    if rate:
        return to_come / rate
    return planned_fits_s(view) if to_come else 0.0


def cells_per_s(view: RunView) -> float | None:
    """Cells done per second of fitting in this attempt: the larger of two lower bounds.

    The first counts parallel blocks twice; the second includes start-up and loading.
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
    """The plan's estimate for all fits."""
    return _seconds(plan_brief(view).cost.get("fits_s"))


def expected_pass_s(view: RunView, model: str, dataset: str) -> float | None:
    """The plan's estimate for a forward pass, corrected by the passes that the model has made."""
    planned = planned_pass_s(view, model, dataset)
    made = [one for one in view.state.passes if one.model == model and not one.cached]
    told = [planned_pass_s(view, one.model, one.dataset) or 0.0 for one in made]
    if planned is None or not sum(told):
        return planned
    return planned * sum(one.elapsed_s for one in made) / sum(told)


def planned_pass_s(view: RunView, model: str, dataset: str) -> float | None:
    """The plan's estimate for one forward pass."""
    passes = plan_brief(view).cost.get("passes")
    for one in passes if isinstance(passes, list) else ():
        if isinstance(one, dict) and (one.get("model"), one.get("dataset")) == (model, dataset):
            return _seconds(one.get("pass_s"))
    return None


def planned_generation_s(view: RunView, model: str, dataset: str) -> float | None:
    """The plan's estimate for the continuing of the texts of a dataset."""
    passes = plan_brief(view).cost.get("passes")
    for one in passes if isinstance(passes, list) else ():
        if isinstance(one, dict) and (one.get("model"), one.get("dataset")) == (model, dataset):
            return _seconds(one.get("generate_s"))
    return None


def cells_to_fit(view: RunView, model: str, dataset: str) -> int:
    """How many cells of the pass of a model over a dataset earlier attempts have not fitted."""
    blocks = whole_plan(view).get("blocks")
    earlier = {
        cell
        for block in view.state.blocks.values()
        if block.attempt < view.state.n_attempts - 1
        for cell in block.cells
    }
    return sum(
        cell not in earlier
        for one in (blocks if isinstance(blocks, list) else ())
        if (one.get("model"), one.get("dataset")) == (model, dataset)
        for cell in one.get("cells", ())
    )


def _seconds(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None
