"""The event of a learning curve: scores with their intervals, and how they vary together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from probing.engine.experiment.learning_curves.part_maker import Nested
from probing.engine.experiment.scoring.pools import Pools
from probing.events import CellLearned
from probing.metric_names import METRICS
from probing.uncertainty import Measured, covariance_of, interval

DIGITS = 8  # of what only intervals are made of


def curve_of(
    cell: str,
    attempt: int,
    nested: Nested,
    pools: Sequence[Pools | None],
    reasons: Mapping[float, str],
) -> CellLearned:
    """The curve of a cell from the `pools` of each part, and last of its own folds."""
    values = [one.values_of(cell) if one else {} for one in pools]
    scores = [_scores(one, cell) for one in pools]
    sizes = _sizes(nested)
    names = [name for name in METRICS if any(name in known for known in values)]
    ends = {name: [_ends(name, one.get(name)) for one in scores] for name in names}
    lacking = {part.fraction: part.lacking for part in nested.parts if part.lacking}
    return CellLearned(
        cell=cell,
        attempt=attempt,
        fractions=(*(part.fraction for part in nested.parts), 1.0),
        n_train=tuple(round(size) for size in sizes),
        values={name: [known.get(name) for known in values] for name in names},
        lows={name: [low for low, _ in ends[name]] for name in names},
        highs={name: [high for _, high in ends[name]] for name in names},
        covariances={name: _triangle([one.get(name) for one in scores], sizes) for name in names},
        test_errors={name: _test_error(scores[-1].get(name)) for name in names},
        n_tested=len(np.unique(np.concatenate([fold.test for fold in nested.whole.folds]))),
        reasons={f"{fraction:g}": why for fraction, why in {**reasons, **lacking}.items()},
    )


def _scores(pools: Pools | None, cell: str) -> Mapping[str, Measured]:
    return pools.scores_of(cell) if pools and pools.values_of(cell) else {}


def _sizes(nested: Nested) -> list[float]:
    """The training texts of a fold on average; of a part that cannot be fitted, about."""
    whole = float(np.mean([len(fold.train) for fold in nested.whole.folds]))
    sizes = [
        whole * part.fraction
        if part.lacking
        else float(np.mean([len(fold.train) for fold in part.labelling.folds]))
        for part in nested.parts
    ]
    return [*sizes, whole]


def _ends(name: str, score: Measured | None) -> tuple[float | None, float | None]:
    return interval(name, score) if score else (None, None)


def _triangle(scores: Sequence[Measured | None], sizes: Sequence[float]) -> list[float | None]:
    """The lower triangle of the covariance, row by row; None where a score has no interval."""
    if not any(scores):
        return []
    covariance = covariance_of(scores, sizes)
    return [_told(one) for at, row in enumerate(covariance) for one in row[: at + 1]]


def _test_error(score: Measured | None) -> float | None:
    return _told(math.sqrt(score.variance / score.growth)) if score else None


def _told(value: float) -> float | None:
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
