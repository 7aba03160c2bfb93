"""What training does, epoch by epoch: losses, and the norms of gradients and weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


class EpochLog:
    """Gathers the epochs of n networks, whose `names` parameters are trained.

    The training loss is the mean over the rows of an epoch, each by the weights that its batch
    met; a gradient's norm is the mean over its batches; a weight's is that at its end. `watch` is
    called at the end of each epoch.
    """

    def __init__(self, names: Sequence[str], n: int, watch: Callable[[], object] | None = None):
        self.names, self.watch = tuple(names), watch
        self._rows: list[list[list[float]]] = [[] for _ in range(n)]
        self._begin()

    def _begin(self) -> None:
        self._losses = np.zeros(len(self._rows))
        self._n_rows = np.zeros(len(self._rows))
        self._gradients = np.zeros((len(self._rows), len(self.names)))
        self._n_steps = 0

    def step(
        self,
        networks: Sequence[int],
        losses: Tensor,
        sizes: Sequence[int],
        gradients: Mapping[str, Tensor | None],
    ) -> None:
        """Take in a batch of some networks: losses `[q]` of so many rows, gradients `[q, ...]`."""
        at = np.asarray(networks)
        self._losses[at] += losses.detach().cpu().double().numpy() * np.asarray(sizes)
        self._n_rows[at] += np.asarray(sizes)
        self._gradients[at] += self._norms(gradients, len(at))
        self._n_steps += 1

    def close(
        self,
        networks: Sequence[int],
        validation: Sequence[float] | None,
        weights: Mapping[str, Tensor],
    ) -> None:
        """End an epoch of some networks, with their validation losses and weights `[q, ...]`."""
        norms = self._norms(weights, len(networks))
        for at, one in enumerate(networks):
            loss = self._losses[one] / max(1.0, self._n_rows[one])
            held_out = float("nan") if validation is None else validation[at]
            gradients = self._gradients[one] / max(1, self._n_steps)
            self._rows[one].append([loss, held_out, *gradients, *norms[at]])
        self._begin()
        if self.watch is not None:
            self.watch()

    def of(self, network: int) -> NDArray[np.float64]:
        """The epochs of a network, `[n_epochs, 2 + 2 n_names]`.

        Losses of the training and the validation part (NaN where there is none), norms of the
        gradients, norms of the weights.
        """
        rows = np.array(self._rows[network], dtype=np.float64)
        return rows.reshape(-1, 2 + 2 * len(self.names))

    def _norms(self, tensors: Mapping[str, Tensor | None], n: int) -> NDArray[np.float64]:
        found = [tensors.get(name) for name in self.names]
        norms = [
            torch.zeros(n) if one is None else one.detach().reshape(n, -1).norm(dim=1).cpu()
            for one in found
        ]
        return torch.stack(norms, 1).double().numpy() if norms else np.zeros((n, 0))
