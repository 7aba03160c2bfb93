"""Room for features that are made of others: in memory, or in an unnamed file if they are large."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

IN_MEMORY = 2**28  # bytes: larger features are pages of a file, as those of layers are
_TEXTS = 4096  # that are copied together


def room_for(shape: tuple[int, ...], spare: Path) -> NDArray[np.float32]:
    """An array to write features into; a large one is an unnamed file in the folder `spare`."""
    if 4 * int(np.prod(shape)) <= IN_MEMORY:
        return np.empty(shape, dtype=np.float32)
    with tempfile.TemporaryFile(dir=spare) as file:
        return np.memmap(file, dtype=np.float32, mode="w+", shape=shape)


def one_after_another(parts: Sequence[Tensor], spare: Path) -> Tensor:
    """Features `[n_layers, n_texts, n_samples, d]` of several datasets as those of one."""
    n_layers, _, *rest = parts[0].shape
    made = room_for((n_layers, sum(one.shape[1] for one in parts), *rest), spare)
    start = 0
    for one in parts:
        for at in range(0, one.shape[1], _TEXTS):
            piece = one[:, at : at + _TEXTS]
            made[:, start + at : start + at + piece.shape[1]] = piece.numpy()
        start += one.shape[1]
    return torch.from_numpy(made)
