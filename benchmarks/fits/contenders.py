"""Who fits a piece of work, and how: ours, scikit-learn in its ways, and peers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.fits.activations import Features, activations, block_of, standardised
from benchmarks.fits.fitted import Fits
from benchmarks.fits.our_fits import TOL, our_fits
from benchmarks.fits.pairs import Manner, Pair
from benchmarks.fits.peers import PEERS, installed, peer
from benchmarks.fits.sklearn_fits import fit_pair
from benchmarks.fits.workers import Workers
from benchmarks.shapes import Work
from benchmarks.targets import DEFAULT, OURS, PIPELINE, TOLERANT, TUNED
from benchmarks.timing import Contender, Done
from probing.engine.blocks import Block
from probing.hardware import n_cores

JOINT = "scikit-learn, tuned, all strengths in one call"


@dataclass(frozen=True)
class Pools:
    """The processes in which scikit-learn is run with its default threads, and tuned."""

    default: Workers
    tuned: Workers


@contextmanager
def started_pools() -> Iterator[Pools]:
    """Both, until the end of the context."""
    pools = Pools(Workers(1, None), Workers(n_cores(), 1))
    try:
        yield pools
    finally:
        pools.default.close()
        pools.tuned.close()


@dataclass(frozen=True)
class Bench:
    """A piece of work with its features, as a block for ours and as a file for processes."""

    work: Work
    features: Features
    block: Block
    file: Path
    pools: Pools
    limit_s: float

    @classmethod
    def of(cls, work: Work, device: str, file: Path, pools: Pools, limit_s: float) -> Bench:
        """Make the features, and write them to `file`."""
        features, targets = activations(work.shape)
        if work.scale == "none":
            features = standardised(features)
        np.save(file, features)
        block = block_of(features, targets, work.shape, scale=work.scale, device=device)
        return cls(work, features, block, file, pools, limit_s)

    def exact(self) -> Fits:
        """What everyone should find, on two pairs of layer and fold."""
        workers = self.pools.tuned
        return _in_pool(workers, self._pairs("exact")[:2], float("inf")).result

    def ours(self) -> list[Contender[Fits]]:
        """Converged, and where that means something to scikit-learn's tolerance."""
        contenders = [Contender(OURS, self._go(0.0))]
        if self.work.is_path:
            contenders.append(Contender(TOLERANT, self._go(TOL), f"tol {TOL:g}"))
        return contenders

    def tuned(self) -> Contender[Fits]:
        """scikit-learn done well."""
        way = f"{n_cores()} processes of one thread"
        if any(part.startswith("logistic") for part in self.work.parts):
            way += ", each C from the last"
        if self.work.scale == "standard":
            way += ", scaled once for each fold"
        return Contender(TUNED, self._pooled(self.pools.tuned, "warm"), way)

    def others(self) -> list[Contender[Fits]]:
        """scikit-learn in its other ways, and peers that are installed."""
        default = "one process, every fit afresh"
        contenders = [Contender(DEFAULT, self._pooled(self.pools.default, "cold"), default)]
        if self.work.scale == "standard" and self.work.is_path:
            way = "the same, a scaler with every fit"
            contenders.append(Contender(PIPELINE, self._pooled(self.pools.tuned, "pipeline"), way))
        if self.work.parts == ("ridge grid",) and self.work.shape.n_classes == 2:
            way = "the target repeated, a strength for each"
            contenders.append(Contender(JOINT, self._pooled(self.pools.tuned, "joint"), way))
        names = [name for name in PEERS if self.suits_peers and installed(name)]
        return [
            *contenders,
            *(peer(name, self.features, self.block, self.limit_s) for name in names),
        ]

    @property
    def suits_peers(self) -> bool:
        """Peers fit two classes, without folds: their part of the work is one grid."""
        return self.work.parts == ("logistic grid",) and self.work.shape.n_classes == 2

    def _go(self, tol: float) -> Callable[[], Done[Fits]]:
        def go() -> Done[Fits]:
            began = time.perf_counter()
            fits = our_fits(self.block, self.work.parts, tol)
            return Done(fits, time.perf_counter() - began)

        return go

    def _pooled(self, workers: Workers, manner: Manner) -> Callable[[], Done[Fits]]:
        return lambda: _in_pool(workers, self._pairs(manner), self.limit_s)

    def _pairs(self, manner: Manner) -> list[Pair]:
        """Every layer and fold, in an order whose beginning stands for all of it."""
        labelling, work = self.block.labellings[0], self.work
        targets = labelling.targets.astype(np.int64)
        pairs = [
            Pair(
                str(self.file), layer, at, targets, fold.train, fold.test, labelling.inner[at],
                work.parts, work.scale, manner,
            )
            for layer in range(work.shape.n_layers)
            for at, fold in enumerate(labelling.folds)
        ]  # fmt: skip
        order = np.random.default_rng(0).permutation(len(pairs))
        return [pairs[at] for at in order]


def _in_pool(workers: Workers, pairs: list[Pair], limit_s: float) -> Done[Fits]:
    done = workers.run(fit_pair, pairs, limit_s)
    fits = Fits.joined(done.result).times(1 / done.share / workers.n)
    return Done(fits, done.seconds, done.share)
