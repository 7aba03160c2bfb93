"""Synthetic pooled activations that are as awkward to fit as real ones.

The spectrum falls as a power law, the mean is not zero, a few columns are enormous, rows differ
in length, neighbouring layers resemble each other, and the classes part more with every layer.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import fft

from benchmarks.shapes import Shape
from probing.engine.blocks import Block
from probing.engine.splits import Labelling, inner_folds, make_folds
from probing.hardware import n_cores

Features = NDArray[np.float32]

SHARED = 0.7  # of a layer's latent variance, what all layers have in common
N_SIGNALS = 16
N_OUTLIERS = 3


def activations(shape: Shape, seed: int = 0) -> tuple[Features, NDArray[np.int64]]:
    """Features `[n_layers, n, d]` in float32 and balanced classes `[n]`."""
    targets, common = _shared(shape, seed)
    features = np.empty((shape.n_layers, shape.n, shape.d), dtype=np.float32)

    def make(at: int) -> None:
        features[at] = _layer(shape, targets, common, at, seed)

    _side_by_side(make, shape.n_layers)
    return features, targets


def one_layer(shape: Shape, at: int, seed: int = 0) -> tuple[Features, NDArray[np.int64]]:
    """One layer of those features, `[n, d]`, made alone, and the classes."""
    targets, common = _shared(shape, seed)
    return _layer(shape, targets, common, at, seed), targets


def _shared(shape: Shape, seed: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The classes `[n]`, and what all layers have in common `[n, rank]`."""
    rng = np.random.default_rng(seed)
    targets = rng.permutation(np.arange(shape.n) % shape.n_classes)
    return targets, rng.standard_normal((shape.n, min(shape.d, shape.n)))


def _layer(
    shape: Shape, targets: NDArray[np.int64], common: NDArray[np.float64], at: int, seed: int
) -> Features:
    rng = np.random.default_rng((seed, at))
    rank = common.shape[1]
    latent = SHARED**0.5 * common + (1 - SHARED) ** 0.5 * rng.standard_normal(common.shape)
    latent *= rng.lognormal(0, 0.25, (shape.n, 1))
    # the signal lies neither in the largest directions nor in the noise of the smallest
    signals = rng.choice(np.arange(rank // 20, rank), min(N_SIGNALS, rank // 2), replace=False)
    strength = 0.1 + 0.3 * at / max(1, shape.n_layers - 1)
    centres = rng.standard_normal((shape.n_classes, len(signals)))
    latent[:, signals] += strength * (centres - centres.mean(0))[targets]
    latent *= np.arange(1, rank + 1) ** -0.5
    return _as_columns(latent, shape.d, rng)


def _as_columns(latent: NDArray[np.float64], d: int, rng: np.random.Generator) -> Features:
    """Turn the latents into `d` columns, each a mix of all, and make a few columns enormous."""
    X = np.zeros((len(latent), d))
    X[:, : latent.shape[1]] = latent
    for _ in range(2):
        X = fft.dct(X[:, rng.permutation(d)] * rng.choice([-1.0, 1.0], d), norm="ortho")
    X += 0.1 * rng.standard_normal(d)
    massive = rng.choice(d, N_OUTLIERS, replace=False)
    X[:, massive] = 30 * X[:, massive] + 5
    return X.astype(np.float32)


def standardised(features: Features) -> Features:
    """Every column of every layer with mean 0 and deviation 1 over all rows."""
    scaled = np.empty_like(features)

    def scale(at: int) -> None:
        X = features[at].astype(np.float64)
        scaled[at] = (X - X.mean(0)) / X.std(0)

    _side_by_side(scale, len(features))
    return scaled


def _side_by_side(work: Callable[[int], None], n_layers: int) -> None:
    with ThreadPoolExecutor(n_cores()) as threads:
        list(threads.map(work, range(n_layers)))


def block_of(
    features: Features,
    targets: NDArray[np.int64],
    shape: Shape,
    *,
    scale: str,
    device: str,
    val_size: float = 0.0,
) -> Block:
    """The block that a run would make of these features, with the project's own folds."""
    groups, task = np.arange(shape.n), "binary" if shape.n_classes == 2 else "multiclass"
    folds = make_folds(targets, groups, task, n_folds=shape.n_folds, val_size=val_size)
    inner = tuple(
        inner_folds(fold.train, targets, groups, task, at) for at, fold in enumerate(folds)
    )
    return Block(
        features=torch.from_numpy(features).unsqueeze(2),
        labellings=(Labelling("", 0, targets, folds, inner, 0),),
        groups=groups,
        task="binary" if shape.n_classes == 2 else "multiclass",
        n_classes=shape.n_classes,
        scale="standard" if scale == "standard" else "none",
        device=device,
    )
