"""Subject `fits`: all layers, folds and strengths of a block, by everyone who can."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from benchmarks.fits.contenders import Bench, Pools, started_pools
from benchmarks.fits.fitted import Fits, agreement
from benchmarks.fits.networks import network_rows
from benchmarks.fits.our_fits import TOL, our_fits
from benchmarks.fits.peers import PEERS, installed
from benchmarks.fits.scaling import scaling_rows
from benchmarks.fits.tokens import token_rows
from benchmarks.floor import tallied
from benchmarks.machine import Rates
from benchmarks.shapes import Work
from benchmarks.sizes import Sizes
from benchmarks.table import FLOOR_OF, MISSING, Row, against
from benchmarks.targets import BUT_LDA, OURS, TOLERANT, Goal
from benchmarks.timing import Timed, in_turn


def fit_rows(sizes: Sizes, device: str, rates: Rates) -> Iterator[list[Row]]:
    """Every piece of work, the scaling curves, and the small networks."""
    with started_pools() as pools, tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "features.npy"
        for work in sizes.works:
            yield _work_rows(work, sizes, device, rates, pools, file)
        if sizes.curves:
            yield from scaling_rows(sizes.curves, sizes, device, pools, file)
        yield from network_rows(sizes, device, pools.tuned)
        yield from token_rows(sizes, device)


def _work_rows(
    work: Work, sizes: Sizes, device: str, rates: Rates, pools: Pools, file: Path
) -> list[Row]:
    """One table: who did the work, how long it took, how far it agrees with the exact answer."""
    bench = Bench.of(work, device, file, pools, sizes.limit_s)
    contenders = [*bench.ours(), *bench.others(), bench.tuned()]
    reference = bench.exact()
    timed = in_turn(contenders, sizes.repeats, sizes.limit_s)
    rows = rows_of("fits", work, timed, reference)
    rows += but_lda_rows("fits", work, timed, work.goals)
    if bench.suits_peers:
        rows += [Row("fits", work.title, who, note=MISSING) for who in PEERS if not installed(who)]
    rates = rates.again()
    rows += [_floor(bench, who, tol, rates) for who, tol in ((OURS, 0.0), (TOLERANT, TOL))
             if any(row.who == who for row in rows)]  # fmt: skip
    return against(rows, OURS, work.goals if device == "cpu" else ())


def rows_of(subject: str, work: Work, timed: Sequence[Timed[Fits]], reference: Fits) -> list[Row]:
    """A row for each contender, with its agreement and the seconds of its parts."""
    rows = []
    for one in timed:
        fits = one.result or Fits()
        note = "; ".join(filter(None, (one.note, fits.told())))
        name, samples = one.contender.name, tuple(one.seconds)
        agreed = agreement(reference, fits)
        rows.append(Row(subject, work.title, name, samples, agreement=agreed, note=note))
    return rows


def but_lda_rows(
    subject: str, work: Work, timed: Sequence[Timed[Fits]], goals: Iterable[Goal]
) -> list[Row]:
    """The seconds of all other parts in the first go of a contender, where a goal asks for them."""
    wanted = {name for goal in goals for name in (goal.over, goal.under)}
    note = "the other parts of its first go"
    return [
        Row(subject, work.title, name, (sum(seconds.values()) - seconds["lda"],), note=note)
        for one in timed
        for name in [f"{one.contender.name}{BUT_LDA}"]
        for seconds in [one.result.seconds if one.result else {}]
        if name in wanted and "lda" in seconds
    ]


def _floor(bench: Bench, who: str, tol: float, rates: Rates) -> Row:
    """The time of what a contender of ours computes, at this machine's best rates."""
    tally = tallied(lambda: our_fits(bench.block, bench.work.parts, tol))
    title, note = bench.work.title, f"{tally}; {rates}"
    return Row("fits", title, f"{FLOOR_OF}{who}", (tally.seconds(rates),), note=note)
