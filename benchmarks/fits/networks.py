"""Small networks: all layers and folds together, against one after another."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import nn

from benchmarks.fits.activations import activations, block_of
from benchmarks.fits.workers import Workers
from benchmarks.sizes import Sizes
from benchmarks.table import Row, against
from benchmarks.targets import network_goals
from benchmarks.timing import Contender, Done, in_turn
from probing.engine.blocks import Block, FoldFit
from probing.engine.classifiers.builtin.network import MLP, SingleLayer
from probing.engine.splits import Fold
from probing.hardware import n_cores

OURS = "ours, all together"
HIDDEN, BATCH, DECAY = 64, 128, 1e-2
RATES = {"SingleLayer": 1e-2, "MLP": 1e-3}
Accuracies = dict[tuple[int, int], float]


@dataclass(frozen=True)
class Single:
    """One network to train: features `[n, d]`, targets `[n]`, a fold, and for how long."""

    name: str
    layer: int
    at: int
    X: torch.Tensor
    y: torch.Tensor
    fold: Fold
    epochs: int
    device: str


def network_rows(sizes: Sizes, device: str, workers: Workers) -> Iterable[list[Row]]:
    """SingleLayer and MLP, each trained for the same number of epochs by everyone."""
    shape = sizes.networks
    features, targets = activations(shape)
    block = block_of(features, targets, shape, scale="standard", device=device, val_size=0.1)
    workers.load(__name__)
    for name in RATES:
        singles = _singles(name, block, sizes.epochs)
        contenders = [
            Contender(OURS, partial(_together, name, block, sizes.epochs)),
            Contender("one by one", partial(_one_by_one, singles, sizes.limit_s)),
            Contender(
                f"one by one in {n_cores()} processes of one thread",
                partial(_in_pool, workers, singles, sizes.limit_s),
            ),
        ]
        if device != "cpu":
            contenders.pop()
        timed = in_turn(contenders, sizes.repeats)
        title = f"{name}, {sizes.epochs} epochs; {shape.label}; scaled inside the folds"
        base = timed[0].result or {}
        rows = [
            Row("networks", title, one.contender.name, tuple(one.seconds), note=one.note,
                agreement=_agreement(base, one.result or {}))
            for one in timed
        ]  # fmt: skip
        yield against(rows, OURS, network_goals(OURS, device))


def _agreement(base: Accuracies, other: Accuracies) -> str:
    """Networks start at random: their mean accuracies can be compared, not their weights."""
    common = [key for key in base if key in other]
    means = [float(np.mean([one[key] for key in common])) for one in (base, other)]
    return f"mean accuracy {means[1]:.3f} (ours {means[0]:.3f})"


def _singles(name: str, block: Block, epochs: int) -> list[Single]:
    labelling = block.labellings[0]
    y = torch.from_numpy(labelling.targets).float()
    singles = [
        Single(name, layer, at, X[:, 0], y, fold, epochs, block.device)
        for at, fold in enumerate(labelling.folds)
        for layer, X in enumerate(block.features)
    ]
    return singles


def _together(name: str, block: Block, epochs: int) -> Done[Accuracies]:
    make: Callable[..., SingleLayer | MLP] = SingleLayer if name == "SingleLayer" else MLP
    began = time.perf_counter()
    fits = list(make(max_epoch=epochs, patience=epochs).fit(block))
    seconds = time.perf_counter() - began
    labelling, found = block.labellings[0], {}
    for fit in fits:
        assert isinstance(fit, FoldFit)
        truth = labelling.targets[labelling.folds[fit.fold].test]
        found[fit.layer_at, fit.fold] = float(np.mean(fit.decision == truth))
    return Done(found, seconds)


def _one_by_one(singles: list[Single], limit_s: float) -> Done[Accuracies]:
    began, found = time.perf_counter(), {}
    for single in singles:
        found[single.layer, single.at] = train_single(single)
        if time.perf_counter() - began > limit_s:
            break
    share = len(found) / len(singles)
    return Done(found, (time.perf_counter() - began) / share, share)


def _in_pool(workers: Workers, singles: list[Single], limit_s: float) -> Done[Accuracies]:
    done = workers.run(train_tagged, singles, limit_s)
    return Done(dict(done.result), done.seconds, done.share)


def train_tagged(single: Single) -> tuple[tuple[int, int], float]:
    """The layer and fold with the accuracy."""
    return (single.layer, single.at), train_single(single)


def train_single(single: Single) -> float:
    """Train one network as a plain torch loop does; its test accuracy after its best epoch."""
    torch.manual_seed(single.at)
    train, val, test = (torch.from_numpy(part) for part in _parts(single.fold))
    mean, deviation = single.X[train].mean(0), single.X[train].std(0, correction=0)
    X = ((single.X - mean) / deviation).to(single.device)
    y = single.y.to(single.device)
    network = _network(single.name, X.shape[1]).to(single.device)
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATES[single.name], weight_decay=DECAY)
    best = (np.inf, 0.0)
    for _ in range(single.epochs):
        for rows in train[torch.randperm(len(train))].split(BATCH):
            loss = nn.functional.binary_cross_entropy_with_logits(network(X[rows])[:, 0], y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        best = min(best, _validated(network, X, y, val, test))
    return best[1]


def _parts(fold: Fold) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return fold.train, fold.val, fold.test


def _network(name: str, d: int) -> nn.Module:
    if name == "SingleLayer":
        return nn.Sequential(nn.Linear(d, 1))
    return nn.Sequential(nn.Linear(d, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 1))


@torch.no_grad()
def _validated(
    network: nn.Module, X: torch.Tensor, y: torch.Tensor, val: torch.Tensor, test: torch.Tensor
) -> tuple[float, float]:
    error = nn.functional.binary_cross_entropy_with_logits(network(X[val])[:, 0], y[val])
    accuracy = ((network(X[test])[:, 0] > 0) == (y[test] > 0.5)).float().mean()
    return float(error), float(accuracy)
