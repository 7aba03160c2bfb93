"""`python -m benchmarks coverage`: how often intervals, bands and tests are right."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np
from numpy.typing import NDArray

from benchmarks.coverage.settings import BANDS, INTERVALS, NOISE
from benchmarks.coverage.simulated import Setting, draw
from probing.uncertainty import Measured

METRICS = {
    "binary": ("accuracy", "balanced_accuracy", "auroc", "v_information"),
    "multiclass": ("accuracy", "auroc", "v_information"),
    "regression": ("r2", "pearson"),
}
PROBABILITIES = {"binary": ("brier", "ece"), "multiclass": ("brier", "ece"), "regression": ()}
CHANCE = {"binary": ("auroc", 0.5), "multiclass": ("auroc", 0.5), "regression": ("r2", 0.0)}
LEVEL = 0.05

Numbers = NDArray[np.float64]


def report(n_experiments: int, only: str = "") -> None:
    """Simulate and print; `only` is a word of the settings to take, or the title of a table."""
    print(
        f"{n_experiments:,} experiments each; ± is two standard errors of a share of 95 %: ", end=""
    )
    print(f"{2 * (0.95 * 0.05 / n_experiments) ** 0.5:.3f}\n")
    with ProcessPoolExecutor(initializer=_alone) as pool:
        experiments = partial(_experiments, pool, n_experiments)
        for title, columns, settings, rows in _TABLES:
            word = "" if only == title else only
            _print(title, columns, _each(settings, word, experiments, rows))


_INTERVALS = (
    "setting", "metric", "score", "interval covers", "width", "of the narrowest that would cover",
    "t over folds covers", "without an interval",
)  # fmt: skip
_BANDS = (
    "setting", "metric", "band covers all layers", "interval covers each",
    "best set holds each best", "p ≤ .05 between equal layers",
)  # fmt: skip
_NOISE = (
    "setting", "metric", "something beats chance (p ≤ .05)", "the best interval excludes it",
    "with select: the chosen row beats it",
)  # fmt: skip


def _each(
    settings: Sequence[Setting],
    only: str,
    experiments: Callable[[Setting, Callable[[Setting, int], Numbers]], Numbers],
    rows: Callable[[Setting, Callable[..., Numbers]], Iterable[Sequence[str]]],
) -> Iterator[Sequence[str]]:
    for setting in settings:
        if only in setting.title:
            yield from rows(setting, experiments)


def _print(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    print(f"## {title}\n\n| {' | '.join(columns)} |\n|{' --- |' * len(columns)}")
    for row in rows:
        print(f"| {' | '.join(row)} |", flush=True)
    print()


def _alone() -> None:
    import torch

    torch.set_num_threads(1)


def _experiments(
    pool: ProcessPoolExecutor,
    n: int,
    setting: Setting,
    measure: Callable[[Setting, int], Numbers],
) -> Numbers:
    """What `measure` gives for each seed, `[n, ...]`."""
    found = []
    for at, one in enumerate(pool.map(partial(measure, setting), range(n), chunksize=5)):
        found.append(one)
        if sys.stderr.isatty():
            print(f"\r{setting.title}: {at + 1:,} of {n:,}\x1b[K", end="", file=sys.stderr)
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    return np.array(found)


def _interval_metrics(setting: Setting) -> tuple[str, ...]:
    return (*METRICS[setting.task], *PROBABILITIES[setting.task])


def _intervals(setting: Setting, seed: int) -> Numbers:
    """Value and interval of every metric of the first layer, and that over folds, `[m, 5]`."""
    from benchmarks.coverage.measuring import scores_of
    from probing.uncertainty import interval

    (score,), folds = scores_of(setting, draw(setting, seed), seed)
    rows = []
    for metric in _interval_metrics(setting):
        known = score.get(metric)
        bounds = (np.nan, np.nan) if known is None else interval(metric, known)
        rows.append([folds[metric].mean, *bounds, folds[metric].low, folds[metric].high])
    return np.array(rows, dtype=float)


def _interval_rows(
    setting: Setting, experiments: Callable[..., Numbers]
) -> Iterator[Sequence[str]]:
    found = experiments(setting, _intervals)
    for at, metric in enumerate(_interval_metrics(setting)):
        value, low, high, fold_low, fold_high = found[:, at].T
        truth, known = value.mean(), np.isfinite(low)
        covers = ((low <= truth) & (truth <= high))[known].mean()
        by_folds = ((fold_low <= truth) & (truth <= fold_high)).mean()
        width = (high - low)[known].mean()
        narrowest = 2 * 1.96 * value.std(ddof=1)
        yield (
            setting.title, metric, f"{truth:.3f}", f"{covers:.3f}", f"{width:.3f}",
            f"× {width / narrowest:.2f}", f"{by_folds:.3f}", f"{(~known).mean():.1%}",
        )  # fmt: skip


def _together(setting: Setting, seed: int) -> Numbers:
    """For every metric: values, lows, highs, band lows and highs, best, and a p value."""
    from benchmarks.coverage.measuring import scores_of
    from probing.uncertainty import Joint, bounds_of, differences, interval

    scores, _ = scores_of(setting, draw(setting, seed), seed)
    rows = []
    for metric in METRICS[setting.task]:
        there = [one[metric] for one in scores]
        joint = Joint(there)
        quantile = joint.band_quantile()
        alone = np.array([interval(metric, one) for one in there])
        band = np.array([bounds_of(metric, one, quantile) for one in there])
        (between,) = differences(there[:1], there[1:2])
        p = np.full(len(there), between.p)
        rows.append([joint.values, *alone.T, *band.T, np.array(joint.best(), float), p])
    return np.array(rows)


def _band_rows(setting: Setting, experiments: Callable[..., Numbers]) -> Iterator[Sequence[str]]:
    found = experiments(setting, _together)
    for at, metric in enumerate(METRICS[setting.task]):
        value, low, high, band_low, band_high, best, p = np.moveaxis(found[:, at], 1, 0)
        truth = value.mean()  # every layer is drawn alike
        band = ((band_low <= truth) & (truth <= band_high)).all(axis=1).mean()
        alone = ((low <= truth) & (truth <= high)).mean()
        yield (
            setting.title, metric, f"{band:.3f}", f"{alone:.3f}", f"{best.mean():.3f}",
            f"{(p[:, 0] <= LEVEL).mean():.3f}",
        )  # fmt: skip


def _claims(setting: Setting, seed: int) -> Numbers:
    from benchmarks.coverage.choosing import chosen_of
    from benchmarks.coverage.measuring import scores_of
    from probing.uncertainty import interval

    metric, chance = CHANCE[setting.task]
    data = draw(setting, seed)
    scores, _ = scores_of(setting, data, seed)
    there = [one[metric] for one in scores if metric in one]
    best = max(there, key=lambda one: one.value)
    chosen = chosen_of(setting, data, seed)[metric]
    p_values = [_p_above(metric, one, chance) for one in (there, [chosen])]
    return np.array([p_values[0], interval(metric, best)[0] > chance, p_values[1]])


def _p_above(metric: str, scores: Sequence[Measured], level: float) -> float:
    from probing.uncertainty import Joint, distance

    above = np.array([distance(metric, one, level) for one in scores])
    (p,) = Joint(scores).p_values([range(len(scores))], above)
    return p


def _noise_rows(setting: Setting, experiments: Callable[..., Numbers]) -> Iterator[Sequence[str]]:
    p, excludes, p_chosen = experiments(setting, _claims).T
    metric, _ = CHANCE[setting.task]
    beats = [f"{(one <= LEVEL).mean():.3f}" for one in (p, p_chosen)]
    yield setting.title, metric, beats[0], f"{excludes.mean():.3f}", beats[1]


_TABLES = (
    ("intervals", _INTERVALS, INTERVALS, _interval_rows),
    ("bands and paired tests", _BANDS, BANDS, _band_rows),
    ("noise", _NOISE, NOISE, _noise_rows),
)
