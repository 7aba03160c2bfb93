"""What is simulated: near chance and near the top, few and many texts, groups, classes, folds."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.coverage.simulated import Setting

LAYERS = 13
POOLERS = 4

_BINARY = (
    Setting(60, 10, 1.0),
    Setting(60, 10, 4.5),
    Setting(60, 50, 3.0, n_folds=10),
    Setting(200, 20, 1.0, n_folds=10),
    Setting(400, 40, 3.0),
    Setting(1000, 20, 0.3),
    Setting(1000, 40, 4.6, n_folds=10),
    Setting(5000, 20, 0.4),
    Setting(5000, 50, 4.6, n_folds=10),
    Setting(400, 20, 2.0, positive=0.05),
    Setting(2000, 20, 3.0, positive=0.05, n_folds=10),
    Setting(400, 20, 1.0, groups=200),
    Setting(480, 20, 1.0, groups=60, pure=True),
    Setting(480, 20, 3.0, groups=60, pure=True),
    Setting(480, 20, 1.0, groups=60),
    Setting(200, 20, 1.0, groups=20, pure=True),
    Setting(200, 20, 3.0, groups=20, pure=True),
    Setting(2000, 20, 1.0, groups=200, pure=True, n_folds=10),
)
_MANY = (
    Setting(300, 20, 2.0, task="multiclass", n_classes=6),
    Setting(600, 40, 6.0, task="multiclass", n_classes=6),
    Setting(2000, 20, 1.5, task="multiclass", n_classes=6, n_folds=10),
)
_NUMBERS = (
    Setting(100, 10, 0.5, task="regression", classifier="Ridge"),
    Setting(300, 20, 2.0, task="regression", classifier="Ridge"),
    Setting(1000, 50, 0.3, task="regression", classifier="Ridge", n_folds=10),
    Setting(400, 20, 0.5, task="regression", classifier="Ridge", groups=80, pure=True),
)
_LINEAR = tuple(
    replace(one, classifier="LogisticRegression")
    for one in (_BINARY[0], _BINARY[1], _BINARY[3], _BINARY[4], _BINARY[9], _BINARY[12])
)

INTERVALS = (*_BINARY, *_MANY, *_NUMBERS, *_LINEAR)
BANDS = tuple(
    replace(one, n_layers=LAYERS)
    for one in (_BINARY[0], _BINARY[3], _BINARY[4], _BINARY[11], _BINARY[12], _MANY[0], _NUMBERS[1])
)
NOISE = tuple(
    replace(one, strength=0.0, n_layers=LAYERS * POOLERS)
    for one in (_BINARY[0], _BINARY[3], _BINARY[12], _MANY[0], _NUMBERS[0])
)
