"""The weights of a user's class that is linear, in the units of the features."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from probing.engine.blocks import Block
from probing.engine.classifiers.bases.feature_arrays import on_cpu
from probing.engine.classifiers.users.fold_sets import Place

_TOLERANCE = 1e-4  # of what a network gives: more is no rounding in single precision


def weights_of(probe: Any, block: Block, place: Place) -> NDArray[np.float64] | None:
    """Weights `[k, d]` of a fitted object; None where it has none.

    Those of an estimator are its `coef_`, as scikit-learn names them; those of a network that is
    one linear layer, and nothing that bends, its weight matrix.
    """
    found = _coefficients(getattr(probe, "classifier", probe))
    if found is None and isinstance(probe, nn.Module):
        found = _of_linear_layer(probe)
    if found is None or found.shape[1] != block.features.shape[3] or not np.isfinite(found).all():
        return None
    return found / scaling_of(block, place)[1]


def _coefficients(estimator: Any) -> NDArray[np.float64] | None:
    found = getattr(estimator, "coef_", None)
    if not isinstance(found, np.ndarray) or found.ndim not in (1, 2):
        return None
    return np.atleast_2d(found).astype(np.float64)


def _of_linear_layer(network: nn.Module) -> NDArray[np.float64] | None:
    layers = [
        one for one in network.modules() if next(one.parameters(recurse=False), None) is not None
    ]
    if (
        len(layers) != 1
        or not isinstance(layers[0], nn.Linear)
        or not _is_linear(network, layers[0])
    ):
        return None
    return layers[0].weight.detach().cpu().double().numpy()


def _is_linear(network: nn.Module, layer: nn.Linear) -> bool:
    """Whether its outputs are those of the layer, on a few rows."""
    rows = torch.randn(8, layer.in_features, generator=torch.Generator().manual_seed(0))
    rows = rows.to(layer.weight.device, layer.weight.dtype)
    try:
        with torch.no_grad():
            given, plain = network(rows).reshape(len(rows), -1), layer(rows)
    except Exception:  # whatever a class does with rows of its own
        return False
    if given.shape != plain.shape:
        return False
    return bool((given - plain).abs().max() <= _TOLERANCE * plain.abs().max())


def scaling_of(block: Block, place: Place) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The means and deviations by which the training rows were scaled, `[d]` each.

    The deviation of a constant feature is 1; without scaling the means are 0 and deviations 1.
    """
    d = block.features.shape[3]
    if block.scale != "standard":
        return np.zeros(d), np.ones(d)
    train = block.labellings[place.labelling_at].folds[place.fold].train
    rows = np.asarray(on_cpu(block.features[place.layer_at][train]))
    values = rows.reshape(-1, d).astype(np.float64)
    mean, spread = values.mean(axis=0), values.std(axis=0)
    rounding = 10 * np.finfo(np.float64).eps * np.abs(mean)
    return mean, np.where(spread <= rounding, 1.0, spread)
