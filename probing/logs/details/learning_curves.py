"""Learning curves of runs: scores by the number of training texts, with their power laws."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from probing.events import RunDone
from probing.intervals import LEVEL
from probing.logs.results.closing_tables import rows_of_runs
from probing.logs.results.tables import KEYS
from probing.logs.states.cell_state import CellState
from probing.logs.states.run_view import RunView
from probing.metric_names import METRICS

if TYPE_CHECKING:
    import polars as pl

    from probing.events import CellLearned
    from probing.uncertainty import Curve, Estimate, PowerLaw

WITHIN = 0.01
FARTHEST = 100  # times the largest number of training texts that a law is trusted for
LAW = ("asymptote", "asymptote_low", "asymptote_high", "amplitude", "rate", "rate_low", "rate_high")
NEEDED = tuple(
    f"{name}{end}" for name in ("n_within", "n_reaching") for end in ("", "_low", "_high")
)
TOO_FAR = f"lies beyond {FARTHEST} times the texts of this run"


@dataclass(frozen=True)
class Asked:
    """What is asked of a curve: a distance from the asymptote, and a score to be reached."""

    within: float = WITHIN
    reach: float | None = None


def learning_curves(
    views: Iterable[RunView],
    within: float = WITHIN,
    reach: float | None = None,
    metrics: Collection[str] | None = None,
) -> pl.DataFrame:
    """For each finished cell with a learning curve, a row for each metric and training size.

    A row has the `fraction` of the training rows, the training texts of a fold on average
    (`n_train`), and the score with its 95 % interval. That of the whole training part (`fraction`
    1) also has the power law of the curve, score = asymptote - amplitude · n_train^(-rate), with
    the training texts after which the score is `within` that distance of the asymptote
    (`n_within`) and those that reach the score `reach` (`n_reaching`), all with 95 % intervals of
    which an end that cannot be told is empty, and the test texts of which the probes' own score
    has an interval of ± `within` (`n_test`). `reason` says what has no number, and why. Only of
    these `metrics`, if they are named.
    """
    import polars as pl  # 0.2 s, only readers of results pay

    asked = Asked(within, reach)
    rows = [
        [*row[:-1], *law, why or row[-1]]
        for view in sorted(views, key=lambda view: view.run.column_name)
        for cell in _cells(view)
        for row in _rows(view, cell, METRICS if metrics is None else metrics)
        for law, why in [_law_of(cell, row, asked)]
    ]
    numbers = dict.fromkeys(LAW, pl.Float64)
    schema = _schema()
    last = {"reason": schema.pop("reason")}
    needed = dict.fromkeys((*NEEDED, "n_test"), pl.Int64)
    return pl.DataFrame(rows, schema={**schema, **numbers, **needed, **last}, orient="row")


def curve_scores(view: RunView) -> pl.DataFrame:
    """The same rows without power laws: what `learning_curves.parquet` holds."""
    import polars as pl

    rows = [row for cell in _cells(view) for row in _rows(view, cell, METRICS)]
    return pl.DataFrame(rows, schema=_schema(), orient="row")


def kept_curves(views: Iterable[RunView], warn: Callable[[str], object]) -> pl.DataFrame:
    """The same rows from the closing tables of finished runs, without reading their events."""
    return rows_of_runs(views, lambda run: run.learning_curves, _schema(), warn)


def _schema() -> dict[str, Any]:
    import polars as pl

    keys = {key: pl.Int64 if key == "layer" else pl.String for key in KEYS}
    sizes = {"metric": pl.String, "fraction": pl.Float64}
    counts = dict.fromkeys(("n_train", "n_tested"), pl.Int64)
    scores = dict.fromkeys(("value", "low", "high"), pl.Float64)
    return {"run": pl.String, **keys, **sizes, **counts, **scores, "reason": pl.String}


def _cells(view: RunView) -> list[CellState]:
    """The finished cells with a curve; a finished run without their table has none."""
    if not view.has_folds:
        tables = view.state.end.tables if isinstance(view.state.end, RunDone) else {}
        if tables and view.run.learning_curves.name not in tables:
            return []
        view.update()
    return [cell for cell in view.state.cells.values() if cell.done and cell.curve is not None]


def _rows(view: RunView, cell: CellState, metrics: Collection[str]) -> Iterator[list[Any]]:
    curve, first = cell.curve, cell.folds[0]
    assert curve is not None
    keys = [view.run.column_name, *(getattr(first, key) for key in KEYS)]
    for metric in (name for name in curve.values if name in metrics):
        for at, fraction in enumerate(curve.fractions):
            told = [one[metric][at] for one in (curve.values, curve.lows, curve.highs)]
            why = "" if told[0] is not None else curve.reasons.get(f"{fraction:g}", "")
            yield [*keys, metric, fraction, curve.n_train[at], curve.n_tested, *told, why]


def _law_of(cell: CellState, row: list[Any], asked: Asked) -> tuple[list[Any], str]:
    """The columns of the law that stand in a row, and what has none."""
    columns = dict(zip(_schema(), row, strict=True))
    if columns["fraction"] < 1 or cell.curve is None:
        return [None] * (len(LAW) + len(NEEDED) + 1), ""
    return _law(cell.curve, columns["metric"], asked)


def _law(curve: CellLearned, metric: str, asked: Asked) -> tuple[list[Any], str]:
    """The columns of the power law of a metric, and what has none."""
    from probing.uncertainty import NoPowerLawError

    n_test = _n_test(curve, metric, asked.within)
    try:
        law = law_of(curve, metric)
    except NoPowerLawError as why:
        return [None] * (len(LAW) + len(NEEDED)) + [n_test], f"no power law: {why}"
    farthest = FARTHEST * max(curve.n_train)
    within = _counted(law.n_within(asked.within), farthest)
    reaching: list[int | None] = [None] * 3
    lacks = [] if within[0] is not None else [f"n_within {TOO_FAR}"]
    if asked.reach is not None:
        estimate = law.n_reaching(asked.reach)
        reaching = _counted(estimate, farthest)
        if reaching[0] is None:
            never = f"the asymptote does not reach {asked.reach:g}"
            lacks.append(never if math.isinf(estimate.value) else f"n_reaching {TOO_FAR}")
    asymptote, rate = ([one.value, one.low, one.high] for one in (law.asymptote, law.rate))
    return [*asymptote, law.amplitude, *rate, *within, *reaching, n_test], "; ".join(lacks)


def law_of(curve: CellLearned, metric: str) -> PowerLaw:
    """The power law of a metric; raises `NoPowerLawError` where its scores have none."""
    from probing.uncertainty import fit_power_law

    return fit_power_law(_scores(curve, metric))


def _scores(curve: CellLearned, metric: str) -> Curve:
    """The curve of a metric, of the fractions at which it has an interval."""
    import numpy as np

    from probing.uncertainty import Curve

    n = len(curve.fractions)
    covariance = np.full((n, n), np.nan)
    triangle = [np.nan if one is None else one for one in curve.covariances.get(metric, ())]
    if triangle:
        rows, columns = np.tril_indices(n)
        covariance[rows, columns] = covariance[columns, rows] = triangle
    known = np.isfinite(covariance.diagonal())
    values = np.array([np.nan if one is None else one for one in curve.values[metric]])
    told = METRICS[metric]
    return Curve(
        np.array(curve.n_train, dtype=float)[known],
        values[known],
        covariance[np.ix_(known, known)],
        told.high if told.higher_is_better else told.low,
        1.0 if told.higher_is_better else -1.0,
    )


def _counted(estimate: Estimate, farthest: int) -> list[int | None]:
    """A number of texts with its ends; None for what lies too far out to be told."""
    ends = (estimate.value, estimate.low, estimate.high)
    return [math.ceil(one) if one <= farthest else None for one in ends]


def _n_test(curve: CellLearned, metric: str, within: float) -> int | None:
    """Test texts for an interval of ± `within`: the variance given the probes falls as 1/n."""
    from statistics import NormalDist

    error = curve.test_errors.get(metric)
    if not error:
        return None
    quantile = NormalDist().inv_cdf(0.5 + LEVEL / 2)
    return math.ceil(curve.n_tested * (quantile * error / within) ** 2)
