"""`OMP_NUM_THREADS=1 python -m benchmarks.linear_fits`: CPU seconds of linear fits on all folds.

Two classes, made features, scaled beforehand. Ours and scikit-learn's fits, tuned as in `fits`,
take turns in this process and only CPU seconds are counted: other processes do not matter.
The seconds of several layers are added up; the agreement is that on two folds of the first.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from benchmarks.fits.activations import block_of, one_layer, standardised
from benchmarks.fits.fitted import Fits, agreement
from benchmarks.fits.our_fits import TOL, our_fits
from benchmarks.fits.pairs import Manner, Pair
from benchmarks.fits.sklearn_fits import fit_pair
from benchmarks.shapes import GRID_PARTS, Shape
from probing.engine.blocks import Block

N_LAYERS = 13  # of which some are fitted: later ones part their classes more
Row = tuple[float, float, str]


def main(arguments: list[str] | None = None) -> None:
    """Print a row for each part and for all of them, as Markdown."""
    given = _arguments(arguments)
    torch.set_num_threads(1)
    layers = [_compared(given, at) for at in given.layers]
    print("| part | ours, CPU s | scikit-learn, CPU s | × ours | agreement |")
    print("| --- | --- | --- | --- | --- |")
    for name, (_, _, agreed) in layers[0].items():
        ours, theirs = (
            sum(layer[name][0] for layer in layers),
            sum(layer[name][1] for layer in layers),
        )
        print(f"| {name} | {ours:.2f} | {theirs:.2f} | {theirs / ours:.2f} | {agreed} |")


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.linear_fits")
    for name, value in (("n", 2000), ("d", 768), ("folds", 10)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--layers", type=int, nargs="+", default=[6], help=f"of {N_LAYERS}, from 0")
    parser.add_argument("--parts", nargs="+", default=GRID_PARTS, choices=GRID_PARTS)
    parser.add_argument(
        "--done", type=int, default=0, help="of scikit-learn's folds; all unless told"
    )
    return parser.parse_args(arguments)


def _compared(given: argparse.Namespace, layer: int) -> dict[str, Row]:
    """Ours, scikit-learn's and the agreement: of every part, and of all."""
    shape, parts = Shape(given.n, given.d, N_LAYERS, given.folds), tuple(given.parts)
    features, targets = one_layer(shape, layer)
    scaled = standardised(features[None])
    one = replace(shape, n_layers=1)
    block = block_of(scaled, targets, one, scale="none", device="cpu")
    n_done = given.done or given.folds
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder, "features.npy"))
        np.save(file, scaled)
        exact = _sklearn(block, file, parts, "exact", min(2, n_done))
        theirs = _sklearn(block, file, parts, "warm", n_done).times(given.folds / n_done)
    ours = our_fits(block, parts, clock=time.process_time)
    rows = {part: _row(_of(ours, part), _of(theirs, part), _of(exact, part)) for part in parts}
    rows["all, converged"] = _row(ours, theirs, exact)
    tolerant = our_fits(block, parts, TOL, clock=time.process_time)
    rows["all, to scikit-learn's tolerance"] = _row(tolerant, theirs, exact)
    return rows


def _row(ours: Fits, theirs: Fits, exact: Fits) -> Row:
    mine, other = (sum(fits.seconds.values()) for fits in (ours, theirs))
    return mine, other, agreement(exact, ours)


def _of(fits: Fits, part: str) -> Fits:
    found = {key: one for key, one in fits.found.items() if key.part == part}
    return Fits(found, {part: fits.seconds[part]})


def _sklearn(block: Block, file: str, parts: tuple[str, ...], manner: Manner, n: int) -> Fits:
    """The first n folds, one after another."""
    (label,) = block.labellings
    targets = label.targets.astype(np.int64)
    pairs = (
        Pair(file, 0, at, targets, fold.train, fold.test, label.inner_of(at), parts, "none", manner)
        for at, fold in enumerate(label.folds[:n])
    )
    return Fits.joined(fit_pair(pair, time.process_time) for pair in pairs)


if __name__ == "__main__":
    main()
