"""Name the candidate that would be chosen on all texts: the final probe's setting."""

from __future__ import annotations

from collections.abc import Sequence

from probing.logs import RunState
from probing.logs.results.fold_values import metric_summary
from probing.metric_names import METRICS
from probing.plan import Candidate, PlannedChoice

DIGITS = 9


def final_of(state: RunState, choice: PlannedChoice, metric: str) -> Candidate | None:
    """The candidate with the best score over all folds, whose test parts are all texts.

    Ties go as those inside a fold. None where no candidate has a score on every fold.
    """
    known = [(one, _rank(state, one, number, metric)) for number, one in _done(state, choice)]
    ranked = [(rank, one) for one, rank in known if rank is not None]
    return min(ranked, key=lambda both: both[0])[1] if ranked else None


def _done(state: RunState, choice: PlannedChoice) -> Sequence[tuple[int, Candidate]]:
    return [
        (number, one) for number, one in enumerate(choice.candidates) if state.is_done(one.cell.id)
    ]


def _rank(
    state: RunState, one: Candidate, number: int, metric: str
) -> tuple[float, int, int, int] | None:
    cell = state.cells[one.cell.id]
    summary = metric_summary(cell, metric)
    if summary is None:
        return None
    sign = -1.0 if METRICS[metric].higher_is_better else 1.0
    n_params = max(fold.n_probe_params for fold in cell.folds)
    return round(sign * summary.mean, DIGITS), one.depth, n_params, number
