"""Other packages' fits of the logistic grid, where they are installed."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch

from benchmarks.fits.activations import Features
from benchmarks.fits.fitted import Fits, Fitted, Key
from benchmarks.fits.pairs import STRENGTHS
from benchmarks.timing import Contender, Done
from probing.engine.blocks import Block

Step = Callable[[Features, Block, int, float], Iterator[tuple[int, Any]]]

PEERS = ("probekit", "lmprobe")


def installed(name: str) -> bool:
    """Whether a package can be imported, as far as can be told without doing so."""
    return find_spec(name) is not None


def peer(name: str, features: Features, block: Block, limit_s: float) -> Contender[Fits]:
    """The contender of that name."""
    step, note = _STEPS[name]
    return Contender(name, lambda: _grid(step, features, block, limit_s), note)


def _grid(step: Step, features: Features, block: Block, limit_s: float) -> Done[Fits]:
    """One fold and strength after another, until the limit."""
    grid = STRENGTHS["logistic"]
    folds = block.labellings[0].folds
    found: dict[Key, Fitted] = {}
    began, done = time.perf_counter(), 0
    for fold in range(len(folds)):
        truth = block.labellings[0].targets[folds[fold].test].astype(np.int64)
        for at, C in enumerate(grid):
            for layer, scores in step(features, block, fold, float(C)):
                found[Key(layer, fold, "logistic grid", at)] = Fitted.of(scores, 0.5, truth)
            done += 1
            if time.perf_counter() - began > limit_s:
                break
        else:
            continue
        break
    share = done / (len(folds) * len(grid))
    return Done(Fits(found), (time.perf_counter() - began) / share, share)


def _probekit(features: Features, block: Block, fold: int, C: float) -> Iterator[tuple[int, Any]]:
    """All layers of a fold in its own batch."""
    fit = import_module("probekit.fitters.batch.logistic").fit_logistic_batch
    labelling, X = block.labellings[0], torch.from_numpy(features).to(block.device)
    rows = labelling.folds[fold]
    y = torch.from_numpy(labelling.targets[rows.train]).to(block.device)
    probes = fit(X[:, rows.train], y, c_param=C, normalize=block.scale == "standard")
    scores = probes.predict_score(X[:, rows.test]).sigmoid().cpu().double().numpy()
    yield from enumerate(scores)


def _lmprobe(features: Features, block: Block, fold: int, C: float) -> Iterator[tuple[int, Any]]:
    """Its classifier on one layer after another."""
    build = import_module("lmprobe.classifiers").build_classifier
    labelling = block.labellings[0]
    rows = labelling.folds[fold]
    for layer, X in enumerate(features):
        model = build("logistic_regression", 0, {"C": C})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(X[rows.train], labelling.targets[rows.train])
        yield layer, model.predict_proba(X[rows.test])[:, 1]


_STEPS: dict[str, tuple[Step, str]] = {
    "probekit": (_probekit, "all layers of a fold and C in one batch"),
    "lmprobe": (_lmprobe, "scikit-learn inside, default threads"),
}
