"""The whole sweep on the layers of a big model, as a share of the pass that read them."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.fits.contenders import Bench, started_pools
from benchmarks.fits.fitted import Fits
from benchmarks.fits.our_fits import TOL, our_fits
from benchmarks.fits.subject import but_lda_rows, rows_of
from benchmarks.fits.works import SWEEP
from benchmarks.floor import tallied
from benchmarks.machine import Rates
from benchmarks.shapes import GRID_PARTS, Work
from benchmarks.sizes import Sizes
from benchmarks.table import FLOOR_OF, Row, against
from benchmarks.targets import OURS, TOLERANT, TUNED, Goal
from benchmarks.timing import in_turn

PASS = "the pass of the big model"
FLOORS = {OURS: 0.0, TOLERANT: TOL}
_TIMES = Goal(TUNED, TOLERANT, 100)
GOALS = (Goal(TOLERANT, PASS, 0.05, is_least=False), _TIMES, _TIMES.but_lda())


def after_pass_rows(
    sizes: Sizes, pass_s: Sequence[float], note: str, device: str, rates: Rates
) -> list[Row]:
    """Ours and tuned scikit-learn on the host's cores, beside the pass, in one table.

    `pass_s` are the seconds of the big model's pass, and `note` tells which. The fits are
    those of synthetic activations of its shape: a model of random weights makes easier ones.
    """
    work = Work(f"after the pass, {SWEEP}", sizes.after_pass, GRID_PARTS)
    with started_pools() as pools, tempfile.TemporaryDirectory() as folder:
        bench = Bench.of(work, device, Path(folder) / "features.npy", pools, sizes.limit_s)
        timed = in_turn([*bench.ours(), bench.tuned()], sizes.repeats, sizes.limit_s)
        rows = rows_of("pass", work, timed, timed[0].result or Fits())
        rows += but_lda_rows("pass", work, timed, GOALS)
        rates = rates.again()
        rows += [_floor(bench, who, tol, rates) for who, tol in FLOORS.items()]
    rows.append(Row("pass", work.title, PASS, tuple(pass_s), note=note))
    return against(rows, OURS, GOALS)


def _floor(bench: Bench, who: str, tol: float, rates: Rates) -> Row:
    """What ours computes for the middle layer, times the number of layers."""
    n_layers, middle = len(bench.features), len(bench.features) // 2
    lone = replace(bench.block, features=bench.block.features[middle : middle + 1])
    tally = tallied(lambda: our_fits(lone, bench.work.parts, tol))
    note = f"{n_layers} times one layer: {tally}; {rates}"
    seconds = n_layers * tally.seconds(rates)
    return Row("pass", bench.work.title, f"{FLOOR_OF}{who}", (seconds,), note=note)
