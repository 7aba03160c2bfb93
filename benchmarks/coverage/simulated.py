"""Simulated features with a known answer: layers of one dataset, groups that share noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from probing.engine.blocks import Task

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Setting:
    """One way to draw a dataset, `strength` away from chance, and to cross-validate on it.

    `groups` counts groups of equal size (None: every text is its own) that share `shared` of the
    variance of their features; `pure` groups have one label. `positive` is the share of class 1:
    half, exactly, or another, to which each label is drawn by itself.
    """

    n: int
    d: int
    strength: float
    n_folds: int = 5
    classifier: str = "LDA"
    groups: int | None = None
    pure: bool = False
    shared: float = 0.7
    positive: float = 0.5
    n_classes: int = 2
    n_layers: int = 1
    task: Task = "binary"

    @property
    def title(self) -> str:
        """The setting in a few words."""
        parts = [f"n {self.n:,}, d {self.d}", self.classifier, f"{self.n_folds} folds"]
        if self.groups:
            parts.append(f"{self.groups} groups{' of one label' if self.pure else ''}")
        if self.task == "binary" and self.positive != 0.5:
            parts.append(f"{self.positive:.0%} positive")
        if self.task == "multiclass":
            parts.append(f"{self.n_classes} classes")
        if self.task == "regression":
            parts.append("regression")
        return ", ".join(parts)


@dataclass(frozen=True)
class Simulated:
    """What a dataset is for the splits: targets, groups; and its features `[layers, n, d]`."""

    task: Task
    targets: NDArray[np.int64] | Numbers
    groups: NDArray[np.int64]
    features: NDArray[np.float32]
    classes: tuple[str, ...]
    splits: None = None


def draw(setting: Setting, seed: int) -> Simulated:
    """One dataset of the setting."""
    rng = np.random.default_rng(seed)
    n = setting.n
    groups = np.arange(n) if not setting.groups else np.arange(n) * setting.groups // n
    targets = _targets(setting, groups, rng)
    noise = _noise(setting, groups, rng)
    signal = np.zeros((setting.n_layers, n, setting.d))
    if setting.task == "regression":
        signal[:, :, 0] = setting.strength * targets
    elif setting.task == "binary":
        signal[:, :, 0] = setting.strength * (targets - 0.5)
    else:
        signal[:, np.arange(n), targets] = setting.strength / np.sqrt(2)
    classes = () if setting.task == "regression" else tuple(map(str, range(setting.n_classes)))
    features = (noise + signal).astype(np.float32)
    return Simulated(setting.task, targets, groups.astype(np.int64), features, classes)


def _targets(
    setting: Setting, groups: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64] | Numbers:
    n_units = int(groups.max()) + 1 if setting.pure else setting.n
    if setting.task == "regression":
        drawn = rng.standard_normal(n_units)
        return drawn[groups] if setting.pure else drawn
    if setting.task == "multiclass":
        classes = rng.permutation(np.arange(n_units) % setting.n_classes)
    elif setting.positive == 0.5:
        classes = rng.permutation(np.arange(n_units) % 2)
    else:
        classes = (rng.random(n_units) < setting.positive).astype(int)
    return (classes[groups] if setting.pure else classes).astype(np.int64)


def _noise(setting: Setting, groups: NDArray[np.int64], rng: np.random.Generator) -> Numbers:
    """Noise `[layers, n, d]`: half of its variance is of the text in every layer."""
    shape = setting.n_layers, setting.n, setting.d
    common = rng.standard_normal(shape[1:])
    noise: Numbers = np.sqrt(0.5) * common + np.sqrt(0.5) * rng.standard_normal(shape)
    if setting.groups:
        own = rng.standard_normal((setting.n_layers, int(groups.max()) + 1, setting.d))
        noise = np.sqrt(setting.shared) * own[:, groups] + np.sqrt(1 - setting.shared) * noise
    return noise
