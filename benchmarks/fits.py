"""Subject `fits`: all layers, folds and strengths of a block, by everyone who can."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.activations import Features, activations, block_of, standardised
from benchmarks.fitted import Fitted, Key, agreement
from benchmarks.floor import tallied
from benchmarks.machine import Rates, n_cores
from benchmarks.networks import network_rows
from benchmarks.our_fits import our_fits
from benchmarks.peers import PEERS, installed, peer
from benchmarks.sizes import Sizes, Work
from benchmarks.sklearn_fits import Manner, Pair, fit_pair
from benchmarks.table import MISSING, Row, against
from benchmarks.timing import Contender, Done, in_turn
from benchmarks.workers import Workers
from probing.blocks import Block

OURS = "ours"
FLOOR = "floor: the arithmetic of ours at this machine's rates"
Found = dict[Key, Fitted]


@dataclass(frozen=True)
class Pools:
    """scikit-learn's two ways to be run."""

    default: Workers
    tuned: Workers


def fit_rows(sizes: Sizes, device: str, rates: Rates) -> Iterator[Row]:
    """Every piece of work, and the small networks."""
    with _pools() as pools, tempfile.TemporaryDirectory() as folder:
        for work in sizes.works:
            yield from _work_rows(work, sizes, device, rates, pools, Path(folder) / "features.npy")
        yield from network_rows(sizes, device, pools.tuned)


@contextmanager
def _pools() -> Iterator[Pools]:
    pools = Pools(Workers(1, None), Workers(n_cores(), 1))
    try:
        yield pools
    finally:
        pools.default.close()
        pools.tuned.close()


def _work_rows(
    work: Work, sizes: Sizes, device: str, rates: Rates, pools: Pools, file: Path
) -> list[Row]:
    """One table: who did the work, how long it took, how far it agrees with the exact answer."""
    features, targets = activations(work.shape)
    if work.scale == "none":
        features = standardised(features)
    np.save(file, features)
    block = block_of(features, targets, work.shape, scale=work.scale, device=device)
    exact = _pairs(work, block, file, "exact")[:2]
    reference = _in_pool(pools.tuned, exact, float("inf")).result
    contenders = _contenders(work, features, block, sizes.limit_s, pools, file)
    title = f"{work.name}; {work.shape.label}; {_scaling(work)}"
    rows = [
        Row("fits", title, one.contender.name, tuple(one.seconds), note=one.note,
            agreement=agreement(reference, one.result or {}))
        for one in in_turn(contenders, sizes.repeats)
    ]  # fmt: skip
    if _suits_peers(work):
        rows += [Row("fits", title, name, note=MISSING) for name in PEERS if not installed(name)]
    tally = tallied(lambda: our_fits(block, work.parts))
    note = f"{tally}; {rates}"
    return against([*rows, Row("fits", title, FLOOR, (tally.seconds(rates),), note=note)], OURS)


def _scaling(work: Work) -> str:
    return "scaled inside the folds" if work.scale == "standard" else "scaled beforehand"


def _contenders(
    work: Work, features: Features, block: Block, limit_s: float, pools: Pools, file: Path
) -> list[Contender[Found]]:
    def pooled(workers: Workers, manner: Manner) -> Callable[[], Done[Found]]:
        return lambda: _in_pool(workers, _pairs(work, block, file, manner), limit_s)

    contenders = [
        Contender(OURS, lambda: _timed(lambda: our_fits(block, work.parts))),
        Contender(
            "scikit-learn, default threads", pooled(pools.default, "cold"), "a fit at a time"
        ),
        Contender(
            f"scikit-learn, {n_cores()} processes of one thread",
            pooled(pools.tuned, "warm"),
            "each C from the last",
        ),
    ]
    if _suits_peers(work):
        contenders += [peer(name, features, block, limit_s) for name in PEERS if installed(name)]
    return contenders


def _suits_peers(work: Work) -> bool:
    """Peers fit two classes, without folds: their part of the work is one grid."""
    return work.parts == ("logistic grid",) and work.shape.n_classes == 2


def _timed(work: Callable[[], Found]) -> Done[Found]:
    began = time.perf_counter()
    found = work()
    return Done(found, time.perf_counter() - began)


def _in_pool(workers: Workers, pairs: list[Pair], limit_s: float) -> Done[Found]:
    done = workers.run(fit_pair, pairs, limit_s)
    return Done(_merged(done.result), done.seconds, done.share)


def _merged(parts: list[Found]) -> Found:
    return {key: fitted for part in parts for key, fitted in part.items()}


def _pairs(work: Work, block: Block, file: Path, manner: Manner) -> list[Pair]:
    """Every layer and fold, in an order whose beginning stands for all of it."""
    labelling = block.labellings[0]
    targets = labelling.targets.astype(np.int64)
    pairs = [
        Pair(
            str(file), layer, at, targets, fold.train, fold.test, labelling.inner[at],
            work.parts, work.scale, manner,
        )
        for layer in range(work.shape.n_layers)
        for at, fold in enumerate(labelling.folds)
    ]  # fmt: skip
    order = np.random.default_rng(0).permutation(len(pairs))
    return [pairs[at] for at in order]
