"""The worker's own side: a process that fits folds of a user's class.

It is given the descriptors of a connection, of a pipe that closes when its parent ends,
however that ends, and of a file with the features. It loads no torch unless the class does.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from probing.engine.blocks import Block, FoldFailure, FoldFit
from probing.engine.classifiers.protocol import kind_of
from probing.engine.classifiers.users.fold_fit import FoldFitter
from probing.engine.classifiers.users.fold_sets import LayerSets, Place
from probing.engine.classifiers.users.serial_folds import (
    fitted_in_turn,
    layer_of,
    networks_together,
)
from probing.engine.classifiers.users.workers.class_sources import Source

READY = "ready"


@dataclass(frozen=True)
class Job:
    """What a worker fits: a class on folds of a block, whose features `shape` are in a file.

    Networks that are trained together compute in `n_threads`.
    """

    source: Source
    parameters: Mapping[str, Any]
    block: Block
    shape: tuple[int, ...]
    n_threads: int = 1


def main(arguments: list[str]) -> None:
    """Answer one place after another until there are no more."""
    connection_at, lifeline, features_at = map(int, arguments)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent says when it is over
    threading.Thread(target=_end_with_parent, args=[lifeline], daemon=True).start()
    connection: Connection[Any, Any] = Connection(connection_at)
    job: Job = connection.recv()
    try:
        fitter = FoldFitter(job.source.load(), job.parameters)
        block = replace(job.block, features=_features(fitter.cls, features_at, job.shape))
    except BaseException:
        traceback.print_exc()
        return
    connection.send(READY)
    _serve(connection, fitter, block, job.n_threads)


def _serve(
    connection: Connection[Any, Any], fitter: FoldFitter, block: Block, n_threads: int
) -> None:
    layer_at, layer = -1, None
    while (place := connection.recv()) is not None:
        if isinstance(place, list):
            _serve_all(connection, fitter, block, place, n_threads)
            continue
        if layer is None or place.layer_at != layer_at:
            layer_at, layer = place.layer_at, layer_of(fitter.cls, block, place.layer_at)
        connection.send(_fitted(fitter, block, place, layer))


def _serve_all(
    connection: Connection[Any, Any],
    fitter: FoldFitter,
    block: Block,
    places: list[Place],
    n_threads: int,
) -> None:
    """Send the fits of all these folds, made as the parent would make them itself."""
    if kind_of(fitter.cls) == "MultiStepOpt":
        import torch  # the class has loaded it already

        torch.set_num_threads(n_threads)
    for fit in _all_fits(fitter, block, places):
        connection.send(fit)


def _all_fits(
    fitter: FoldFitter, block: Block, places: list[Place]
) -> Iterator[FoldFit | FoldFailure]:
    rest = yield from networks_together(fitter, block, places)
    yield from fitted_in_turn(fitter, block, rest)


def _fitted(
    fitter: FoldFitter, block: Block, place: Place, layer: LayerSets
) -> FoldFit | FoldFailure:
    """The fit; again where it has loaded torch, whose random numbers were not seeded then."""
    knew_torch = "torch" in sys.modules
    fit = fitter.fit(block, place, layer)
    if not knew_torch and "torch" in sys.modules:
        fit = fitter.fit(block, place, layer)
    return fit


def _features(cls: type, descriptor: int, shape: tuple[int, ...]) -> Any:
    with os.fdopen(descriptor, "rb") as file:
        features = np.memmap(file, np.float32, "c", shape=shape)
    if getattr(cls, "kind", "") != "MultiStepOpt":
        return features
    import torch  # the class has loaded it already

    return torch.from_numpy(features)


def _end_with_parent(lifeline: int) -> None:
    os.read(lifeline, 1)
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
