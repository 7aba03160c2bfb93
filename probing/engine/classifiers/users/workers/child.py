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
from dataclasses import replace
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from probing.engine.blocks import Block, FoldFailure, FoldFit
from probing.engine.classifiers.protocol import kind_of
from probing.engine.classifiers.users.fold_fit import FoldFitter
from probing.engine.classifiers.users.fold_sets import LayerSets, Place
from probing.engine.classifiers.users.here import fitted_here
from probing.engine.classifiers.users.serial_folds import layer_of
from probing.engine.classifiers.users.workers.jobs import READY, Broken, Done, Job
from probing.errors import in_one_line

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def main(arguments: list[str]) -> None:
    """Answer one place after another until there are no more."""
    connection_at, lifeline, features_at = map(int, arguments)
    for number in _SIGNALS:
        signal.signal(number, lambda *_: None)  # the parent says when it is over
    threading.Thread(target=_end_with_parent, args=[lifeline], daemon=True).start()
    connection: Connection[Any, Any] = Connection(connection_at)
    job: Job = connection.recv()
    try:
        cls = job.source.load()
        block = replace(job.block, features=_features(cls, features_at, job.shape))
        _warm_up(cls, job.n_threads)
    except BaseException:
        traceback.print_exc()
        return
    connection.send(READY)
    _serve(connection, job, cls, block)


def _warm_up(cls: type, n_threads: int) -> None:
    """Compute a little in all threads: it is now that a fork whose threads are lost hangs."""
    if _needs_torch(cls):
        import torch  # the class has loaded it already

        torch.set_num_threads(n_threads)
        torch.ones(2**18).add_(1)


def _serve(connection: Connection[Any, Any], job: Job, cls: type, block: Block) -> None:
    """One fold after another, or all that a list names as the parent would fit them itself."""
    fitter, layer_at, layer = FoldFitter(cls, job.parameters), -1, None
    while (place := connection.recv()) is not None:
        if isinstance(place, list):
            _serve_all(connection, job, cls, block, place)
            continue
        if layer is None or place.layer_at != layer_at:
            layer_at, layer = place.layer_at, layer_of(fitter.cls, block, place.layer_at)
        connection.send(_fitted(fitter, block, place, layer))


def _serve_all(
    connection: Connection[Any, Any], job: Job, cls: type, block: Block, places: list[Place]
) -> None:
    try:
        for fit in fitted_here(cls, job.parameters, block, places):
            connection.send(fit)
    except BaseException as error:
        traceback.print_exc()
        connection.send(Broken(in_one_line(error)))
    connection.send(Done())


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
    if not _needs_torch(cls):
        return features
    import torch  # the class has loaded it already

    return torch.from_numpy(features)


def _needs_torch(cls: type) -> bool:
    return kind_of(cls) in ("MultiStepOpt", "block")


def _end_with_parent(lifeline: int) -> None:
    os.read(lifeline, 1)
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
